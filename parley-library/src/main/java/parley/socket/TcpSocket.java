package parley.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import parley.kernel.NetinetIn;
import parley.kernel.SysSocket;
import parley.os.Fd;
import parley.ready.Deadline;
import parley.ready.DescriptorSink;
import parley.ready.Readiness.Attempt;

/// A TCP connection: bytes in both directions. See tcp(7).
///
/// What is written is sent at once (`TCP_NODELAY`): between processes that ask and answer, waiting
/// to fill a packet would make each round trip as long as the other side's delayed acknowledgement,
/// 40 ms. Who writes little pieces, buffers them.
public final class TcpSocket extends StreamSocket {
    private static final Attempt SEND_MORE = Sockets.sending(SysSocket.MSG_MORE);

    private final DescriptorSink sinkOfMore;

    private TcpSocket(Fd fd, String address) {
        super(fd, address);
        this.sinkOfMore = new DescriptorSink(fd, address, "send", SEND_MORE);
    }

    static String addressOf(InetSocketAddress address) {
        return "tcp:" + InternetNames.toString(address);
    }

    /// Owns a connected socket; the caller closes it on failure.
    static TcpSocket of(Fd fd, String address) throws IOException {
        Sockets.setOption(fd, address, NetinetIn.IPPROTO_TCP, NetinetIn.TCP_NODELAY, 1);
        return new TcpSocket(fd, address);
    }

    /// A connected socket that this process got as a descriptor: inherited, or received with a
    /// message.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws parley.os.OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else; `ENOTCONN`
    ///   if it is not connected, or the peer has reset the connection
    public static TcpSocket of(Fd fd) throws IOException {
        return SocketKind.TCP.adopt(
                fd, () -> of(fd, addressOf(Sockets.peerInternetAddress(fd, fd.toString()))));
    }

    /// Connects, waiting until the listener's host has answered.
    ///
    /// @throws parley.os.OsException `ECONNREFUSED` if nobody listens; `ETIMEDOUT` if the host does
    ///   not answer for some minutes; `EHOSTUNREACH`, `ENETUNREACH`
    public static TcpSocket connect(InetSocketAddress address)
            throws IOException, InterruptedException {
        return connect(address, Deadline.NEVER).orElseThrow();
    }

    /// Connects, waiting at most `timeout` for the listener's host to answer.
    ///
    /// @return empty if it did not answer in time
    public static Optional<TcpSocket> connect(InetSocketAddress address, Duration timeout)
            throws IOException, InterruptedException {
        return connect(address, Deadline.after(timeout));
    }

    private static Optional<TcpSocket> connect(InetSocketAddress address, Deadline deadline)
            throws IOException, InterruptedException {
        var object = addressOf(address);
        var fd =
                Sockets.open(
                        InternetNames.family(address),
                        SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK,
                        object);
        return Sockets.orClose(
                fd,
                () -> {
                    if (!Sockets.connect(fd, object, address, deadline)) {
                        fd.close();
                        return Optional.empty();
                    }
                    return Optional.of(of(fd, object));
                });
    }

    /// Writes all bytes, waiting while the stream is full, and says that more follows: they go
    /// together with the next ones, so far as these come within 200 ms. (`MSG_MORE`)
    ///
    /// @param from native memory
    /// @throws parley.os.PeerGoneException if nobody reads any more
    public void writeMore(MemorySegment from) throws IOException {
        sinkOfMore.write(from);
    }

    /// Its own address.
    public InetSocketAddress localAddress() throws IOException {
        return Sockets.localInternetAddress(fd(), address());
    }

    /// The peer's address.
    ///
    /// @throws parley.os.OsException `ENOTCONN` if the peer has reset the connection
    public InetSocketAddress peerAddress() throws IOException {
        return Sockets.peerInternetAddress(fd(), address());
    }
}
