package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Outcome;

/// The receiving side of a [SharedRing], as long as it is open. For one thread at a time; [#close]
/// may be called by any. A message costs no system call, and nothing is allocated.
public final class RingReceiver implements AutoCloseable {
    private final SharedRing ring;
    private final RingReader reader;
    private final RingUse use;

    RingReceiver(SharedRing ring, RingReader reader, RingUse use) {
        this.ring = ring;
        this.reader = reader;
        this.use = use;
    }

    /// Receives a message if there is one.
    ///
    /// @return its length in bytes, or [Outcome#NOTHING]
    /// @throws OsException `EMSGSIZE` if `into` is too small for it; it stays
    /// @throws BadRegionException if what is there cannot be a message
    /// @throws java.nio.channels.ClosedChannelException if closed
    public int tryReceive(MemorySegment into) throws IOException {
        use.enter();
        try {
            int bytes = reader.look();
            if (bytes < 0) {
                return Outcome.NOTHING;
            }
            if (bytes > into.byteSize()) {
                throw tooSmall(into.byteSize(), bytes);
            }
            reader.copyOut(into, bytes);
            reader.take();
            reader.release();
            return bytes;
        } finally {
            use.exit();
        }
    }

    private OsException tooSmall(long room, int bytes) {
        var detail = "the message has %d bytes, and there is room for %d".formatted(bytes, room);
        return OsException.of("tryReceive", ring.toString(), Errno.EMSGSIZE.number(), detail);
    }

    /// Has messages that are there read where they lie, one after another.
    ///
    /// A message is taken when the handler has returned true, or thrown. Of a process that is
    /// killed while it handles a message, another gets that message again.
    ///
    /// @param limit how many at most
    /// @return how many were taken, 0 if the handler left the first; [Outcome#NOTHING] if there is
    ///   none
    /// @throws BadRegionException if what is there cannot be a message
    /// @throws java.nio.channels.ClosedChannelException if closed
    public int drain(MessageHandler handler, int limit) throws IOException {
        use.enter();
        try {
            if (reader.look() < 0) {
                return Outcome.NOTHING;
            }
            int taken = 0;
            while (taken < limit && handle(handler)) {
                taken++;
            }
            return taken;
        } catch (IllegalStateException e) { // of the handler's
            throw ring.failed(e);
        } finally {
            reader.release();
            use.exit();
        }
    }

    private boolean handle(MessageHandler handler) throws IOException {
        int bytes = use.isOpen() ? reader.look() : Outcome.NOTHING;
        if (bytes < 0) {
            return false;
        }
        boolean isDone = true;
        try {
            isDone = handler.handle(ring.data(), ring.inData(reader.payload()), bytes);
        } finally {
            if (isDone) {
                reader.take();
            }
        }
        reader.releaseIfMuch();
        return isDone;
    }

    /// True until [#close], or until that of the region.
    public boolean isOpen() {
        return use.isOpen();
    }

    /// Gives many sides up, for little more than one costs: a handshake of all threads.
    public static void closeAll(Collection<RingReceiver> receivers) {
        RingUse.closeAll(receivers.stream().map(receiver -> receiver.use).toList());
    }

    /// Gives the side up; more calls do nothing.
    @Override
    public void close() {
        use.close();
    }
}
