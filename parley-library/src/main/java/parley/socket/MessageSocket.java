package parley.socket;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Outcome;
import parley.ready.Readiness;
import parley.ready.Readiness.Attempt;

/// A socket that keeps the boundaries of messages: each is sent and received as a whole, and may be
/// empty.
///
/// A message longer than the memory given to receive it is refused, not cut: `EMSGSIZE`, with its
/// length; the kernel has dropped it then. Descriptors that come with a message are closed by the
/// plain verbs. Safe for many threads: one may receive while another sends; each message goes to
/// one receiver.
public abstract sealed class MessageSocket implements Closeable
        permits UnixSeqpacketSocket, UnixDatagramSocket, UdpSocket {
    /// Beyond any length: what an [Attempt] to receive returns at the end of the stream.
    static final long END = Long.MAX_VALUE;

    private static final Attempt RECEIVE =
            Attempt.of(
                    (fd, into, _) ->
                            SysSocket.recv(fd, into, SysSocket.MSG_DONTWAIT | SysSocket.MSG_TRUNC),
                    (fd, into, _) -> SysSocket.recv(fd, into, SysSocket.MSG_TRUNC));

    private final Fd fd;
    private final String address;

    MessageSocket(Fd fd, String address) {
        this.fd = fd;
        this.address = address;
    }

    /// How this socket receives: returns the message's real length, [#END], or `-errno`.
    Attempt receiving() {
        return RECEIVE;
    }

    /// Sends a message to the peer, waiting while there is no room.
    ///
    /// @param message native memory; all of it is the message
    /// @throws OsException `EMSGSIZE` if it is longer than the socket's send buffer, or than the
    ///   protocol, allows; `ENOTCONN`, `EDESTADDRREQ` if there is no peer; `ECONNREFUSED` if the
    ///   peer of a datagram socket has closed
    /// @throws parley.os.PeerGoneException if the peer has closed (seqpacket)
    /// @throws java.nio.channels.ClosedChannelException if this socket is closed, meanwhile too
    public void send(MemorySegment message) throws IOException, InterruptedException {
        var _ = send(message, Deadline.NEVER);
    }

    /// Sends a message to the peer if there is room; never waits.
    ///
    /// @return false if there is no room
    public boolean trySend(MemorySegment message) throws IOException {
        return isSent(Readiness.attempt(fd, Sockets.SEND, message, 0));
    }

    /// Sends a message to the peer, waiting at most `timeout`.
    ///
    /// @return false if there was no room in time
    public boolean send(MemorySegment message, Duration timeout)
            throws IOException, InterruptedException {
        return send(message, Deadline.after(timeout));
    }

    /// Sends a message to the peer, waiting while there is no room.
    public void send(byte[] message) throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            send(arena.allocateFrom(ValueLayout.JAVA_BYTE, message));
        }
    }

    private boolean send(MemorySegment message, Deadline deadline)
            throws IOException, InterruptedException {
        return isSent(Readiness.await(fd, Interest.WRITE, deadline, Sockets.SEND, message, 0));
    }

    private boolean isSent(long r) throws OsException {
        return isSent("send", r);
    }

    boolean isSent(String call, long r) throws OsException {
        return !Errno.EAGAIN.is(r) && OsException.check(call, address, r) >= 0;
    }

    /// Receives a message, waiting until there is one.
    ///
    /// @param into native memory, not read-only
    /// @return its length in bytes, 0 for an empty one; [Outcome#END] if the peer has closed and
    ///   everything was received (seqpacket: the others have no end)
    /// @throws OsException `EMSGSIZE` if it is longer than `into`; it is lost then
    /// @throws java.nio.channels.ClosedChannelException if this socket is closed, meanwhile too
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        return receive(into, Deadline.NEVER);
    }

    /// Receives a message if there is one; never waits.
    ///
    /// @return its length in bytes, [Outcome#NOTHING], or [Outcome#END]
    public int tryReceive(MemorySegment into) throws IOException {
        return length(Readiness.attempt(fd, receiving(), into, 0), into);
    }

    /// Receives a message, waiting at most `timeout`.
    ///
    /// @return its length in bytes, [Outcome#NOTHING] if none came in time, or [Outcome#END]
    public int receive(MemorySegment into, Duration timeout)
            throws IOException, InterruptedException {
        return receive(into, Deadline.after(timeout));
    }

    private int receive(MemorySegment into, Deadline deadline)
            throws IOException, InterruptedException {
        return length(Readiness.await(fd, Interest.READ, deadline, receiving(), into, 0), into);
    }

    private int length(long r, MemorySegment into) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return Outcome.NOTHING;
        }
        if (r == END) {
            return Outcome.END;
        }
        OsException.check("recv", address, r);
        Truncation.check("recv", address, r, into);
        return (int) r;
    }

    /// The socket's descriptor, which can be waited on together with others.
    public Fd fd() {
        return fd;
    }

    /// As an address: its own or the peer's, whichever has a name.
    public String address() {
        return address;
    }

    /// True until [#close].
    public boolean isOpen() {
        return fd.isOpen();
    }

    /// Closes; calls that wait on it end. Its name in the file system stays.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
