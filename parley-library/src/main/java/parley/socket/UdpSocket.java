package parley.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import parley.kernel.Pool;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Readiness;

/// A UDP socket: messages that may be lost, doubled and reordered on their way, and are dropped
/// when the receiver has no room. See udp(7).
public final class UdpSocket extends MessageSocket {
    private static final int TYPE = SysSocket.SOCK_DGRAM;

    private final int family;
    private final Pool<MessageBuffer> buffers = MessageBuffer.newPool();

    private UdpSocket(Fd fd, String address, int family) {
        super(fd, address);
        this.family = family;
    }

    /// A received message, without its bytes.
    ///
    /// @param length its length in bytes
    /// @param sender who sent it, as far as that can be believed
    /// @param controlMessages what came besides: [SocketOption#TIMESTAMPS],
    ///   [SocketOption#DROPPED_MESSAGES]
    public record Datagram(
            int length, InetSocketAddress sender, List<ControlMessage> controlMessages) {}

    private static String addressOf(InetSocketAddress address) {
        return "udp:" + InternetNames.toString(address);
    }

    /// Makes one that receives on 127.0.0.1, from processes of this host only.
    ///
    /// @param port 0 for any free one, which [#localAddress] tells
    /// @throws parley.os.AlreadyExistsException if another socket has this port
    public static UdpSocket boundToLoopback(int port) throws IOException {
        return bound(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    }

    /// Makes one that receives on an address of this host. Any other than a loopback address lets
    /// other hosts send to it; `0.0.0.0` or `::` is all of them.
    ///
    /// @param address port 0 for any free one, which [#localAddress] tells
    /// @throws parley.os.AlreadyExistsException if another socket has this port
    public static UdpSocket bound(InetSocketAddress address) throws IOException {
        var object = addressOf(address);
        int family = InternetNames.family(address);
        var fd = Sockets.open(family, TYPE, object);
        return Sockets.orClose(
                fd,
                () -> {
                    Sockets.bind(fd, object, address);
                    var local = Sockets.localInternetAddress(fd, object);
                    return new UdpSocket(fd, addressOf(local), family);
                });
    }

    /// Makes one whose peer is `peer`, on a free port. Whether somebody receives there shows later,
    /// if at all: `ECONNREFUSED` of a send or a receive.
    public static UdpSocket connected(InetSocketAddress peer) throws IOException {
        var object = addressOf(peer);
        int family = InternetNames.family(peer);
        var fd = Sockets.open(family, TYPE, object);
        return Sockets.orClose(
                fd,
                () -> {
                    var socket = new UdpSocket(fd, object, family);
                    socket.connect(peer);
                    return socket;
                });
    }

    /// A socket that this process got as a descriptor: inherited, or received with a message.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else
    public static UdpSocket of(Fd fd) throws IOException {
        return SocketKind.UDP.adopt(
                fd,
                () -> {
                    var local = Sockets.localInternetAddress(fd, fd.toString());
                    return new UdpSocket(fd, addressOf(local), InternetNames.family(local));
                });
    }

    /// Makes `peer` the one that sends without an address go to, and the only one received from.
    public void connect(InetSocketAddress peer) throws IOException {
        Sockets.connectAtOnce(fd(), addressOf(peer), peer, family);
    }

    /// Takes the peer away: messages are received from anybody again.
    public void disconnect() throws IOException {
        Sockets.disconnect(fd(), address());
    }

    /// Sends a message, waiting while this socket's buffer is full.
    ///
    /// @throws OsException `EMSGSIZE` if it is longer than 65507 bytes (IPv4)
    public void send(MemorySegment message, InetSocketAddress to)
            throws IOException, InterruptedException {
        var _ = send(message, to, Deadline.NEVER);
    }

    /// Sends a message if this socket's buffer has room; never waits.
    ///
    /// @return false if it has none
    public boolean trySend(MemorySegment message, InetSocketAddress to) throws IOException {
        var buffer = buffers.acquire();
        try {
            buffer.prepare(message);
            buffer.putName(to, family);
            return isSent("sendmsg", Readiness.attempt(fd(), buffer.send, message, 0));
        } finally {
            buffers.release(buffer);
        }
    }

    /// Sends a message, waiting at most `timeout`.
    ///
    /// @return false if this socket's buffer had no room in time
    public boolean send(MemorySegment message, InetSocketAddress to, Duration timeout)
            throws IOException, InterruptedException {
        return send(message, to, Deadline.after(timeout));
    }

    private boolean send(MemorySegment message, InetSocketAddress to, Deadline deadline)
            throws IOException, InterruptedException {
        var buffer = buffers.acquire();
        try {
            buffer.prepare(message);
            buffer.putName(to, family);
            return isSent(
                    "sendmsg",
                    Readiness.await(fd(), Interest.WRITE, deadline, buffer.send, message, 0));
        } finally {
            buffers.release(buffer);
        }
    }

    /// Receives a message with its sender, waiting until there is one.
    ///
    /// @throws OsException `EMSGSIZE` if it is longer than `into`; it is lost then
    public Datagram receiveDatagram(MemorySegment into) throws IOException, InterruptedException {
        return receiveDatagram(into, Deadline.NEVER).orElseThrow();
    }

    /// Receives a message with its sender, if there is one; never waits.
    ///
    /// @return empty if there is none
    public Optional<Datagram> tryReceiveDatagram(MemorySegment into) throws IOException {
        var buffer = buffers.acquire();
        try {
            prepare(buffer, into);
            long r = Readiness.attempt(fd(), buffer.receive, into, SysSocket.MSG_TRUNC);
            return received(buffer, r, into);
        } finally {
            buffers.release(buffer);
        }
    }

    /// Receives a message with its sender, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<Datagram> receiveDatagram(MemorySegment into, Duration timeout)
            throws IOException, InterruptedException {
        return receiveDatagram(into, Deadline.after(timeout));
    }

    private Optional<Datagram> receiveDatagram(MemorySegment into, Deadline deadline)
            throws IOException, InterruptedException {
        var buffer = buffers.acquire();
        try {
            prepare(buffer, into);
            long r =
                    Readiness.await(
                            fd(),
                            Interest.READ,
                            deadline,
                            buffer.receive,
                            into,
                            SysSocket.MSG_TRUNC);
            return received(buffer, r, into);
        } finally {
            buffers.release(buffer);
        }
    }

    private static void prepare(MessageBuffer buffer, MemorySegment into) {
        buffer.prepare(into);
        buffer.expectAll();
    }

    private Optional<Datagram> received(MessageBuffer buffer, long r, MemorySegment into)
            throws IOException {
        if (Errno.EAGAIN.is(r)) {
            return Optional.empty();
        }
        OsException.check("recvmsg", address(), r);
        Truncation.check("recvmsg", address(), r, into);
        var controls = buffer.controls(address());
        return Optional.of(new Datagram((int) r, buffer.internetSender(), controls));
    }

    /// Its own address, with the real port.
    public InetSocketAddress localAddress() throws IOException {
        return Sockets.localInternetAddress(fd(), address());
    }
}
