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
import parley.ready.MessageSink;
import parley.ready.Readiness;

/// The write end of a pipe in packet mode. Safe for many threads.
///
/// Each packet takes a page of the pipe's capacity, however short it is: 16 fit by default.
public final class PacketSink implements MessageSink, Closeable {
    private final Fd fd;
    private final String object;

    PacketSink(Fd fd) {
        this.fd = fd;
        this.object = "packet pipe " + fd;
    }

    /// The write end of a pipe that this process got as a descriptor. It is owned from now on.
    ///
    /// @throws IllegalArgumentException if it is no write end of a pipe, or not in packet mode; it
    ///   stays the caller's then
    public static PacketSink of(Fd fd) throws OsException, ClosedChannelException {
        if ((PipeCalls.requireEnd(fd, Fcntl.O_WRONLY) & Fcntl.O_DIRECT) == 0) {
            throw new IllegalArgumentException(fd + " is not in packet mode (O_DIRECT)");
        }
        return new PacketSink(fd);
    }

    /// Sends a packet, waiting while the pipe is full.
    ///
    /// @param packet native memory, 1 to [PacketPipe#PACKET_BYTES_MAX] bytes
    /// @throws IllegalArgumentException if it is empty: the kernel has no empty packets
    /// @throws OsException `EMSGSIZE` if it is longer, which the kernel would cut into several
    /// @throws parley.os.PeerGoneException if nobody receives any more
    /// @throws ClosedChannelException if this end is closed, meanwhile too
    @Override
    public void send(MemorySegment packet) throws IOException, InterruptedException {
        var _ = send(packet, Deadline.NEVER);
    }

    /// Sends a packet if there is room; never waits.
    ///
    /// @return false if the pipe is full
    @Override
    public boolean trySend(MemorySegment packet) throws IOException {
        requireLength(packet);
        return isSent(Readiness.attempt(fd, PipeCalls.WRITE, packet, 0));
    }

    /// Sends a packet, waiting at most `timeout`.
    ///
    /// @return false if the pipe stayed full
    @Override
    public boolean send(MemorySegment packet, Duration timeout)
            throws IOException, InterruptedException {
        return send(packet, Deadline.after(timeout));
    }

    private boolean send(MemorySegment packet, Deadline deadline)
            throws IOException, InterruptedException {
        requireLength(packet);
        return isSent(Readiness.await(fd, Interest.WRITE, deadline, PipeCalls.WRITE, packet, 0));
    }

    private boolean isSent(long r) throws OsException {
        return !Errno.EAGAIN.is(r) && OsException.check("write", object, r) > 0;
    }

    private void requireLength(MemorySegment packet) throws OsException {
        if (packet.byteSize() == 0) {
            throw new IllegalArgumentException("an empty packet cannot be sent");
        }
        if (packet.byteSize() > PacketPipe.PACKET_BYTES_MAX) {
            throw OsException.of("write", object, Errno.EMSGSIZE.number());
        }
    }

    /// The descriptor, which this end owns.
    public Fd fd() {
        return fd;
    }

    /// How many bytes the pipe has room for; each packet takes a page of it.
    public int capacityBytes() throws OsException, ClosedChannelException {
        return PipeCalls.capacityBytes(fd, object);
    }

    /// Changes the capacity, as [PipeSink#setCapacityBytes] does.
    public int setCapacityBytes(int bytes) throws OsException, ClosedChannelException {
        return PipeCalls.setCapacityBytes(fd, object, bytes);
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
