package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Optional;
import parley.os.Errno;
import parley.os.OsException;

/// The receiving side of a [SharedRing], or one of several, as long as it is open. For one thread
/// at a time; [#close] may be called by any. A message costs no system call, and nothing is
/// allocated.
public abstract sealed class RingReceiver implements AutoCloseable
        permits SoleReceiver, CompetingReceiver, LeasingReceiver {
    final SharedRing ring;
    final RingUse use;

    RingReceiver(SharedRing ring, RingUse use) {
        this.ring = ring;
        this.use = use;
    }

    /// Receives a message if there is one.
    ///
    /// @return its length in bytes, or [Outcome#NOTHING]
    /// @throws OsException `EMSGSIZE` if `into` is too small for it; it stays
    /// @throws BadRegionException if what is there cannot be a message
    /// @throws java.nio.channels.ClosedChannelException if closed
    public abstract int tryReceive(MemorySegment into) throws IOException;

    /// Has messages that are there read one after another: where they lie, but for
    /// [Delivery#COMPETING], where it is a copy.
    ///
    /// A message is taken when the handler has returned true, or thrown. Of a process that is
    /// killed while it handles a message, another gets that message again. With
    /// [Delivery#COMPETING] it is taken before, whatever the handler returns.
    ///
    /// @param limit how many at most
    /// @return how many were taken, 0 if the handler left the first; [Outcome#NOTHING] if there is
    ///   none
    /// @throws BadRegionException if what is there cannot be a message
    /// @throws java.nio.channels.ClosedChannelException if closed
    public abstract int drain(MessageHandler handler, int limit) throws IOException;

    /// Takes all messages that were sent before and that nobody has, unread.
    ///
    /// @return how many
    public abstract long discard() throws IOException;

    /// Leases a message if there is one that nobody has.
    ///
    /// @throws IllegalStateException if messages are not [Delivery#LEASED]
    public Optional<Lease> tryLease() throws IOException {
        throw new IllegalStateException("messages are not leased: " + ring);
    }

    /// Gives back what one of [Delivery#LEASED] has who has died.
    ///
    /// @param dead his number
    public void giveBackAll(int dead) throws IOException {
        throw new IllegalStateException("messages are not leased: " + ring);
    }

    /// True until [#close], or until that of the region.
    public boolean isOpen() {
        return use.isOpen();
    }

    OsException tooSmall(long room, int bytes) {
        var detail = "the message has %d bytes, and there is room for %d".formatted(bytes, room);
        return OsException.of("tryReceive", ring.toString(), Errno.EMSGSIZE.number(), detail);
    }

    /// Gives many sides up, for little more than one costs: a handshake of all threads.
    public static void closeAll(Collection<RingReceiver> receivers) {
        RingUse.closeAll(receivers.stream().map(receiver -> receiver.use).toList());
    }

    /// Gives the side up, and what is leased by it; more calls do nothing.
    @Override
    public void close() {
        use.close();
    }
}
