package parley.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import parley.kernel.Pool;
import parley.kernel.SysSocket;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Readiness.Attempt;

/// A connected Unix seqpacket socket: messages in both directions, in order, none lost, and
/// descriptors with them. See unix(7).
///
/// The kernel returns 0 for an empty message and for the end alike. They are told apart by the time
/// of a message: sockets here have `SO_TIMESTAMPNS` set, so a message always brings something
/// besides its bytes, and the end never does. Another process that shares the descriptor gets those
/// times too.
public final class UnixSeqpacketSocket extends MessageSocket implements UnixSocket {
    private static final int TYPE = SysSocket.SOCK_SEQPACKET;

    private final UnixMessages messages;
    private final Pool<MessageBuffer> buffers = MessageBuffer.newPool();
    private final Attempt receiving =
            Attempt.tryingFirst(
                    (fd, into, flags) -> receive(fd, into, flags | SysSocket.MSG_DONTWAIT),
                    this::receive);

    private UnixSeqpacketSocket(Fd fd, String address) {
        super(fd, address);
        this.messages = new UnixMessages(fd, address, TYPE);
    }

    static String addressOf(UnixAddress address) {
        return "unix-seq:" + address;
    }

    /// Owns a connected socket; the caller closes it on failure.
    static UnixSeqpacketSocket of(Fd fd, String address) throws IOException {
        Sockets.setOption(fd, address, SysSocket.SOL_SOCKET, SysSocket.SO_TIMESTAMPNS, 1);
        return new UnixSeqpacketSocket(fd, address);
    }

    /// Connects, waiting while the listener's queue of connections is full.
    ///
    /// @throws parley.os.NotFoundException if nothing has this name
    /// @throws parley.os.NotPermittedException if the file's mode does not allow it
    /// @throws OsException `ECONNREFUSED` if nobody listens; `EPROTOTYPE` if it is a socket of
    ///   another type
    public static UnixSeqpacketSocket connect(UnixAddress address)
            throws IOException, InterruptedException {
        return connect(address, Deadline.NEVER).orElseThrow();
    }

    /// Connects, waiting at most `timeout` while the listener's queue of connections is full.
    ///
    /// @return empty if it stayed full
    public static Optional<UnixSeqpacketSocket> connect(UnixAddress address, Duration timeout)
            throws IOException, InterruptedException {
        return connect(address, Deadline.after(timeout));
    }

    private static Optional<UnixSeqpacketSocket> connect(UnixAddress address, Deadline deadline)
            throws IOException, InterruptedException {
        var object = addressOf(address);
        var fd = Sockets.connected(TYPE, object, address, deadline);
        return fd.isEmpty()
                ? Optional.empty()
                : Optional.of(Sockets.orClose(fd.get(), () -> of(fd.get(), object)));
    }

    /// Makes two that are connected with each other.
    public static SocketPair<UnixSeqpacketSocket> pair() throws IOException {
        var object = addressOf(UnixAddress.UNNAMED);
        var fds = Sockets.pair(TYPE, object);
        return Sockets.orClose(
                fds[0],
                () ->
                        Sockets.orClose(
                                fds[1],
                                () -> new SocketPair<>(of(fds[0], object), of(fds[1], object))));
    }

    /// A connected socket that this process got as a descriptor: inherited, or received with a
    /// message.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else
    public static UnixSeqpacketSocket of(Fd fd) throws IOException {
        return SocketKind.UNIX_SEQPACKET.adopt(
                fd, () -> of(fd, addressOf(Sockets.unixAddress(fd, fd.toString()))));
    }

    @Override
    Attempt receiving() {
        return receiving;
    }

    /// Times are what tells an empty message from the end.
    @Override
    public <T> void set(SocketOption<T> option, T value) throws IOException {
        if (option == SocketOption.TIMESTAMPS) {
            throw new IllegalArgumentException("a seqpacket socket has times with its messages");
        }
        super.set(option, value);
    }

    private long receive(int fd, MemorySegment into, long flags) {
        var buffer = buffers.acquire();
        try {
            buffer.prepare(into);
            long r = buffer.receive(fd, into, (int) flags | SysSocket.MSG_TRUNC);
            return r == 0 && buffer.isBare() ? END : r;
        } finally {
            buffers.release(buffer);
        }
    }

    /// Sends a message with descriptors, waiting while there is no room.
    ///
    /// @param message native memory; all of it is the message
    /// @param controls descriptors, which stay open here
    /// @throws parley.os.PeerGoneException if the peer has closed
    /// @throws parley.os.LimitReachedException if too many descriptors are on their way
    ///   (`ETOOMANYREFS`)
    @Override
    public void send(MemorySegment message, List<ControlMessage> controls)
            throws IOException, InterruptedException {
        var _ = messages.send(message, UnixAddress.UNNAMED, controls, Deadline.NEVER);
    }

    /// Sends a message with descriptors if there is room; never waits.
    ///
    /// @return false if there is no room
    public boolean trySend(MemorySegment message, List<ControlMessage> controls)
            throws IOException {
        return messages.trySend(message, UnixAddress.UNNAMED, controls) >= 0;
    }

    /// Sends a message with descriptors, waiting at most `timeout`.
    ///
    /// @return false if there was no room in time
    public boolean send(MemorySegment message, List<ControlMessage> controls, Duration timeout)
            throws IOException, InterruptedException {
        var deadline = Deadline.after(timeout);
        return messages.send(message, UnixAddress.UNNAMED, controls, deadline) >= 0;
    }

    /// Receives a message with the descriptors sent along, waiting until there is one.
    ///
    /// @return to be closed, which closes the descriptors that were not taken
    /// @throws OsException `EMSGSIZE` if it is longer than `into`; it is lost then, and its
    ///   descriptors are closed
    /// @throws parley.os.LimitReachedException if this process has no room for the descriptors
    ///   (`EMFILE`); they are closed, and the message is lost
    @Override
    public ReceivedMessage receiveMessage(MemorySegment into)
            throws IOException, InterruptedException {
        return messages.receive(into, Deadline.NEVER).orElseThrow();
    }

    /// Receives a message with the descriptors sent along, if there is one; never waits.
    ///
    /// @return empty if there is none
    public Optional<ReceivedMessage> tryReceiveMessage(MemorySegment into) throws IOException {
        return messages.tryReceive(into);
    }

    /// Receives a message with the descriptors sent along, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<ReceivedMessage> receiveMessage(MemorySegment into, Duration timeout)
            throws IOException, InterruptedException {
        return messages.receive(into, Deadline.after(timeout));
    }

    /// Ends the output: the peer finds the end after what was sent. Input goes on.
    public void shutdownOutput() throws IOException {
        Sockets.shutdown(fd(), address(), SysSocket.SHUT_WR);
    }

    /// Ends the input: receives find the end, those that wait too. Output goes on.
    public void shutdownInput() throws IOException {
        Sockets.shutdown(fd(), address(), SysSocket.SHUT_RD);
    }
}
