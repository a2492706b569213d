package parley.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import parley.kernel.SysIoctl;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
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
public abstract sealed class MessageSocket implements Socket, MessageSink, MessageSource
        permits UnixSeqpacketSocket, UnixDatagramSocket, UdpSocket {
    /// Beyond any length: what an [Attempt] to receive returns at the end of the stream.
    static final long END = Long.MAX_VALUE;

    private static final int TAKE = 0;
    private static final int PEEK = SysSocket.MSG_PEEK;
    private static final Attempt RECEIVE =
            Attempt.tryingFirst(
                    (fd, into, flags) -> receive(fd, into, flags | SysSocket.MSG_DONTWAIT),
                    MessageSocket::receive);

    private final Fd fd;
    private final String address;

    MessageSocket(Fd fd, String address) {
        this.fd = fd;
        this.address = address;
    }

    private static long receive(int fd, MemorySegment into, long flags) {
        return SysSocket.recv(fd, into, (int) flags | SysSocket.MSG_TRUNC);
    }

    /// How this socket receives, with these flags: returns the message's real length, [#END], or
    /// `-errno`.
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
    @Override
    public void send(MemorySegment message) throws IOException, InterruptedException {
        var _ = send(message, Deadline.NEVER);
    }

    /// Sends a message to the peer if there is room; never waits.
    ///
    /// @return false if there is no room
    @Override
    public boolean trySend(MemorySegment message) throws IOException {
        return isSent(Readiness.attempt(fd, Sockets.SEND, message, 0));
    }

    /// Sends a message to the peer, waiting at most `timeout`.
    ///
    /// @return false if there was no room in time
    @Override
    public boolean send(MemorySegment message, Duration timeout)
            throws IOException, InterruptedException {
        return send(message, Deadline.after(timeout));
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
    @Override
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        return cutNothing(receive(into, Deadline.NEVER, TAKE), into);
    }

    /// Receives a message if there is one; never waits.
    ///
    /// @return its length in bytes, [Outcome#NOTHING], or [Outcome#END]
    @Override
    public int tryReceive(MemorySegment into) throws IOException {
        return cutNothing(length(Readiness.attempt(fd, receiving(), into, TAKE)), into);
    }

    /// Receives a message, waiting at most `timeout`.
    ///
    /// @return its length in bytes, [Outcome#NOTHING] if none came in time, or [Outcome#END]
    @Override
    public int receive(MemorySegment into, Duration timeout)
            throws IOException, InterruptedException {
        return cutNothing(receive(into, Deadline.after(timeout), TAKE), into);
    }

    /// Looks at the next message, which stays to be received, waiting until there is one. Given no
    /// memory it tells the length alone.
    ///
    /// @return its length in bytes, of which as many as there is room for are in `into`;
    ///   [Outcome#END]
    public int peek(MemorySegment into) throws IOException, InterruptedException {
        return receive(into, Deadline.NEVER, PEEK);
    }

    /// Looks at the next message, which stays to be received, if there is one; never waits.
    ///
    /// @return its length in bytes, [Outcome#NOTHING], or [Outcome#END]
    public int tryPeek(MemorySegment into) throws IOException {
        return length(Readiness.attempt(fd, receiving(), into, PEEK));
    }

    /// Looks at the next message, which stays to be received, waiting at most `timeout`.
    ///
    /// @return its length in bytes, [Outcome#NOTHING] if none came in time, or [Outcome#END]
    public int peek(MemorySegment into, Duration timeout) throws IOException, InterruptedException {
        return receive(into, Deadline.after(timeout), PEEK);
    }

    private int receive(MemorySegment into, Deadline deadline, int flags)
            throws IOException, InterruptedException {
        return length(Readiness.await(fd, Interest.READ, deadline, receiving(), into, flags));
    }

    private int length(long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return Outcome.NOTHING;
        }
        if (r == END) {
            return Outcome.END;
        }
        return (int) OsException.check("recv", address, r);
    }

    private int cutNothing(int length, MemorySegment into) throws OsException {
        Truncation.check("recv", address, length, into);
        return length;
    }

    /// Sends all messages of a batch to the peer, or to the names they have, in as few system calls
    /// as can be, waiting while there is no room.
    ///
    /// @throws OsException as the plain `send`, of the first message that could not be sent: number
    ///   [MessageBatch#sent]; those before it have gone
    public void send(MessageBatch batch) throws IOException, InterruptedException {
        var _ = send(batch, Deadline.NEVER);
    }

    /// Sends messages of a batch, from number `first` on, while there is room; never waits.
    ///
    /// @return how many have gone
    public int trySend(MessageBatch batch, int first) throws IOException {
        var headers = batch.headers(first);
        batch.setSent(first);
        if (first == batch.size()) {
            return 0;
        }
        int count = batch.size() - first;
        int sent = count(Readiness.attempt(fd, MessageBatch.SEND, headers, count));
        batch.setSent(first + sent);
        return sent;
    }

    /// Sends messages of a batch until all have gone or the time is over.
    ///
    /// @return how many have gone
    public int send(MessageBatch batch, Duration timeout) throws IOException, InterruptedException {
        return send(batch, Deadline.after(timeout));
    }

    private int send(MessageBatch batch, Deadline deadline)
            throws IOException, InterruptedException {
        batch.setSent(0);
        try {
            while (batch.sent() < batch.size()) {
                int more = count(await(batch, batch.sent(), deadline));
                if (more == 0) {
                    break;
                }
                batch.setSent(batch.sent() + more);
            }
        } catch (ClosedChannelException e) {
            throw batch.sent() == 0 ? e : new AsynchronousCloseException();
        }
        return batch.sent();
    }

    /// Sends what has room of a batch, waiting until something has.
    ///
    /// @return how many have gone, `-EAGAIN` if the deadline came first
    long await(MessageBatch batch, int first, Deadline deadline)
            throws IOException, InterruptedException {
        var headers = batch.headers(first);
        int count = batch.size() - first;
        return Readiness.await(fd, Interest.WRITE, deadline, MessageBatch.SEND, headers, count);
    }

    private int count(long r) throws OsException {
        return Errno.EAGAIN.is(r) ? 0 : (int) OsException.check("sendmmsg", address, r);
    }

    /// Receives messages, as many as are there and fit into the batch, waiting until there is one.
    /// One that is too long is cut: [MessageBatch#isTruncated].
    ///
    /// @return how many, or [Outcome#END]
    public int receive(MessageBatch batch) throws IOException, InterruptedException {
        return receive(batch, Deadline.NEVER);
    }

    /// Receives messages, as many as are there and fit into the batch; never waits.
    ///
    /// @return how many, [Outcome#NOTHING], or [Outcome#END]
    public int tryReceive(MessageBatch batch) throws IOException {
        var headers = batch.prepareToReceive();
        int count = batch.capacity();
        return received(batch, Readiness.attempt(fd, MessageBatch.RECEIVE, headers, count));
    }

    /// Receives messages, as many as are there and fit into the batch, waiting at most `timeout`
    /// for the first.
    ///
    /// @return how many, [Outcome#NOTHING] if none came in time, or [Outcome#END]
    public int receive(MessageBatch batch, Duration timeout)
            throws IOException, InterruptedException {
        return receive(batch, Deadline.after(timeout));
    }

    private int receive(MessageBatch batch, Deadline deadline)
            throws IOException, InterruptedException {
        var headers = batch.prepareToReceive();
        long r =
                Readiness.await(
                        fd,
                        Interest.READ,
                        deadline,
                        MessageBatch.RECEIVE,
                        headers,
                        batch.capacity());
        return received(batch, r);
    }

    private int received(MessageBatch batch, long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return Outcome.NOTHING;
        }
        int count = (int) OsException.check("recvmmsg", address, r);
        return batch.received(count, this instanceof UnixSeqpacketSocket);
    }

    /// The length of the next message in bytes, 0 also if there is none. (`FIONREAD`)
    public int bytesWaiting() throws IOException {
        return Sockets.control(fd, address, SysIoctl.FIONREAD);
    }

    /// How many bytes are on their way from here, with the kernel's book-keeping. (`SIOCOUTQ`)
    public int bytesUnsent() throws IOException {
        return Sockets.control(fd, address, SysIoctl.TIOCOUTQ);
    }

    /// The socket's descriptor, which can be waited on together with others.
    @Override
    public Fd fd() {
        return fd;
    }

    /// As an address: its own or the peer's, whichever has a name.
    @Override
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
