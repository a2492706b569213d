package parley.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import parley.kernel.SysSocket;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Readiness;

/// A Unix datagram socket: messages from anybody, to anybody, in order, none lost. See unix(7).
///
/// A receiver holds some messages (`net.unix.max_dgram_qlen`, 10 by default); then senders wait.
/// There is no end: who receives does not learn that senders have gone.
public final class UnixDatagramSocket extends MessageSocket implements UnixSocket {
    private static final int TYPE = SysSocket.SOCK_DGRAM;
    private static final List<ControlMessage> NO_CONTROLS = List.of();

    private final UnixAddress localAddress;
    private final UnixMessages messages;

    private UnixDatagramSocket(Fd fd, String address, UnixAddress localAddress) {
        super(fd, address);
        this.localAddress = localAddress;
        this.messages = new UnixMessages(fd, address, TYPE);
    }

    static String addressOf(UnixAddress address) {
        return "unix-dgram:" + address;
    }

    /// Makes one without a name, to send from; nobody can answer it.
    public static UnixDatagramSocket unbound() throws IOException {
        var object = addressOf(UnixAddress.UNNAMED);
        var fd = Sockets.open(SysSocket.AF_UNIX, TYPE, object);
        return new UnixDatagramSocket(fd, object, UnixAddress.UNNAMED);
    }

    /// Makes one that receives under a name; a file gets mode 0600. The file of a dead process is
    /// taken over.
    ///
    /// @param address [UnixAddress#UNNAMED] for an abstract name of the kernel's choice (autobind),
    ///   which [#localAddress] tells
    /// @throws parley.os.AlreadyExistsException if another socket or another file has this name
    public static UnixDatagramSocket bound(UnixAddress address) throws IOException {
        return bound(address, FileMode.OWNER_ONLY);
    }

    /// Makes one that receives under a name. The file of a dead process is taken over.
    ///
    /// @param mode of the file, whatever the process's umask is: who may write, may send; an
    ///   abstract name has none
    /// @throws parley.os.AlreadyExistsException if another socket or another file has this name
    /// @throws java.io.InterruptedIOException if interrupted while another takes over the same name
    public static UnixDatagramSocket bound(UnixAddress address, FileMode mode) throws IOException {
        var object = addressOf(address);
        var fd = Sockets.open(SysSocket.AF_UNIX, TYPE, object);
        return Sockets.orClose(
                fd,
                () -> {
                    var name = UnixBinding.bind(fd, object, address, mode, false);
                    return new UnixDatagramSocket(fd, addressOf(name), name);
                });
    }

    /// Makes one without a name whose peer is `peer`.
    ///
    /// @throws parley.os.NotFoundException if nothing has this name
    /// @throws OsException `ECONNREFUSED` if nobody receives there
    public static UnixDatagramSocket connected(UnixAddress peer) throws IOException {
        var object = addressOf(peer);
        var fd = Sockets.open(SysSocket.AF_UNIX, TYPE, object);
        return Sockets.orClose(
                fd,
                () -> {
                    var socket = new UnixDatagramSocket(fd, object, UnixAddress.UNNAMED);
                    socket.connect(peer);
                    return socket;
                });
    }

    /// A socket that this process got as a descriptor: inherited, or received with a message.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else
    public static UnixDatagramSocket of(Fd fd) throws IOException {
        return SocketKind.UNIX_DATAGRAM.adopt(
                fd,
                () -> {
                    var local = Sockets.localUnixAddress(fd, fd.toString());
                    var object = addressOf(Sockets.unixAddress(fd, fd.toString()));
                    return new UnixDatagramSocket(fd, object, local);
                });
    }

    /// Makes two that are connected with each other.
    public static SocketPair<UnixDatagramSocket> pair() throws OsException {
        var object = addressOf(UnixAddress.UNNAMED);
        var fds = Sockets.pair(TYPE, object);
        return new SocketPair<>(
                new UnixDatagramSocket(fds[0], object, UnixAddress.UNNAMED),
                new UnixDatagramSocket(fds[1], object, UnixAddress.UNNAMED));
    }

    /// Takes the name out of the file system; a socket keeps receiving, where nobody finds it.
    ///
    /// @throws parley.os.NotFoundException if nothing has this name
    public static void unlink(Path path) throws OsException {
        UnixBinding.unlink(path, "unix-dgram:" + path);
    }

    /// Makes `peer` the one that sends without an address go to, and the only one received from.
    ///
    /// @throws OsException `ECONNREFUSED` if nobody receives there; `EPERM` if it has another peer
    public void connect(UnixAddress peer) throws IOException {
        Sockets.connectAtOnce(fd(), addressOf(peer), peer);
    }

    /// Takes the peer away: messages are received from anybody again.
    public void disconnect() throws IOException {
        Sockets.disconnect(fd(), address());
    }

    /// As [UnixMessages] waits for room in the queues of names.
    @Override
    long await(MessageBatch batch, int first, Deadline deadline)
            throws IOException, InterruptedException {
        if (!batch.isNamed(first)) {
            return super.await(batch, first, deadline);
        }
        var headers = batch.headers(first);
        int count = batch.size() - first;
        return messages.awaitRoom(
                deadline,
                Readiness.attempt(fd(), MessageBatch.SEND, headers, count),
                number -> MessageBatch.send(number, headers, count, SysSocket.MSG_NOSIGNAL));
    }

    /// Sends a message, waiting while the receiver has no room.
    ///
    /// @param to whose name it is
    /// @throws parley.os.NotFoundException if nothing has this name
    /// @throws OsException `ECONNREFUSED` if nobody receives there; `EMSGSIZE` if the message is
    ///   too long
    public void send(MemorySegment message, UnixAddress to)
            throws IOException, InterruptedException {
        send(message, to, NO_CONTROLS);
    }

    /// Sends a message if the receiver has room; never waits.
    ///
    /// @return false if it has none
    public boolean trySend(MemorySegment message, UnixAddress to) throws IOException {
        return trySend(message, to, NO_CONTROLS);
    }

    /// Sends a message, waiting at most `timeout`.
    ///
    /// @return false if the receiver had no room in time
    public boolean send(MemorySegment message, UnixAddress to, Duration timeout)
            throws IOException, InterruptedException {
        return send(message, to, NO_CONTROLS, timeout);
    }

    /// Sends a message with descriptors to the peer, waiting while it has no room.
    ///
    /// @param controls descriptors, which stay open here
    @Override
    public void send(MemorySegment message, List<ControlMessage> controls)
            throws IOException, InterruptedException {
        var _ = messages.send(message, UnixAddress.UNNAMED, controls, Deadline.NEVER);
    }

    /// Sends a message with descriptors, waiting while the receiver has no room.
    ///
    /// @param to whose name it is
    /// @param controls descriptors, which stay open here
    public void send(MemorySegment message, UnixAddress to, List<ControlMessage> controls)
            throws IOException, InterruptedException {
        var _ = messages.send(message, named(to), controls, Deadline.NEVER);
    }

    /// Sends a message with descriptors if the receiver has room; never waits.
    ///
    /// @return false if it has none
    public boolean trySend(MemorySegment message, UnixAddress to, List<ControlMessage> controls)
            throws IOException {
        return messages.trySend(message, named(to), controls) >= 0;
    }

    /// Sends a message with descriptors, waiting at most `timeout`.
    ///
    /// @return false if the receiver had no room in time
    public boolean send(
            MemorySegment message, UnixAddress to, List<ControlMessage> controls, Duration timeout)
            throws IOException, InterruptedException {
        return messages.send(message, named(to), controls, Deadline.after(timeout)) >= 0;
    }

    private static UnixAddress named(UnixAddress to) {
        if (to instanceof UnixAddress.Unnamed) {
            throw new IllegalArgumentException("a socket without a name cannot be sent to");
        }
        return to;
    }

    /// Receives a message with the sender's name and descriptors, waiting until there is one.
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

    /// Receives a message with the sender's name and descriptors, if there is one; never waits.
    ///
    /// @return empty if there is none
    public Optional<ReceivedMessage> tryReceiveMessage(MemorySegment into) throws IOException {
        return messages.tryReceive(into);
    }

    /// Receives a message with the sender's name and descriptors, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<ReceivedMessage> receiveMessage(MemorySegment into, Duration timeout)
            throws IOException, InterruptedException {
        return messages.receive(into, Deadline.after(timeout));
    }

    /// Its own name, [UnixAddress.Unnamed] if it was not bound.
    @Override
    public UnixAddress localAddress() {
        return localAddress;
    }
}
