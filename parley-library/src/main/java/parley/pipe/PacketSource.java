package parley.pipe;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import parley.kernel.Fcntl;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.MessageSource;
import parley.ready.Outcome;
import parley.ready.Readiness;

/// The read end of a pipe in packet mode. Safe for many threads; each packet goes to one of them.
///
/// The kernel drops what does not fit into the memory given, without a word. So less than the
/// longest packet is refused as the caller's mistake, and no packet is ever cut.
public final class PacketSource implements MessageSource, Closeable {
    private final Fd fd;
    private final String object;

    PacketSource(Fd fd) {
        this.fd = fd;
        this.object = "packet pipe " + fd;
    }

    /// The read end of a pipe that this process got as a descriptor. It is owned from now on.
    /// Whether bytes come in packets is for its writers to say.
    ///
    /// @throws IllegalArgumentException if it is no read end of a pipe; it stays the caller's then
    public static PacketSource of(Fd fd) throws OsException, ClosedChannelException {
        var _ = PipeCalls.requireEnd(fd, Fcntl.O_RDONLY);
        return new PacketSource(fd);
    }

    /// Receives a packet, waiting until there is one.
    ///
    /// @param into native memory, not read-only, at least [PacketPipe#PACKET_BYTES_MAX] bytes
    /// @return its length in bytes; [Outcome#END] if every sender has closed and all was received
    /// @throws IllegalArgumentException if `into` is shorter
    /// @throws ClosedChannelException if this end is closed, meanwhile too
    @Override
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        return receive(into, Deadline.NEVER);
    }

    /// Receives a packet if there is one; never waits.
    ///
    /// @return its length in bytes, [Outcome#NOTHING], or [Outcome#END]
    @Override
    public int tryReceive(MemorySegment into) throws IOException {
        requireRoom(into);
        return length(Readiness.attempt(fd, PipeCalls.READ, into, 0));
    }

    /// Receives a packet, waiting at most `timeout`.
    ///
    /// @return its length in bytes, [Outcome#NOTHING] if none came in time, or [Outcome#END]
    @Override
    public int receive(MemorySegment into, Duration timeout)
            throws IOException, InterruptedException {
        return receive(into, Deadline.after(timeout));
    }

    private int receive(MemorySegment into, Deadline deadline)
            throws IOException, InterruptedException {
        requireRoom(into);
        return length(Readiness.await(fd, Interest.READ, deadline, PipeCalls.READ, into, 0));
    }

    private int length(long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return Outcome.NOTHING;
        }
        int length = (int) OsException.check("read", object, r);
        return length == 0 ? Outcome.END : length;
    }

    private static void requireRoom(MemorySegment into) {
        if (into.byteSize() < PacketPipe.PACKET_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "room for %d bytes, and a packet may have %d"
                            .formatted(into.byteSize(), PacketPipe.PACKET_BYTES_MAX));
        }
    }

    /// The descriptor, which this end owns.
    public Fd fd() {
        return fd;
    }

    /// How many bytes are sent and not yet received, of all packets together.
    public int bytesWaiting() throws OsException, ClosedChannelException {
        return PipeCalls.bytesWaiting(fd, object);
    }

    /// True until [#close].
    public boolean isOpen() {
        return fd.isOpen();
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return object;
    }
}
