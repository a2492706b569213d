package parley.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import parley.kernel.SysSocket;
import parley.os.Fd;

/// The server side of TCP. See tcp(7).
public final class TcpListener extends Listener<TcpSocket> {
    private final InetSocketAddress localAddress;

    private TcpListener(Fd fd, InetSocketAddress localAddress) {
        super(fd, TcpSocket.addressOf(localAddress));
        this.localAddress = localAddress;
    }

    /// Listens on 127.0.0.1, for processes of this host only.
    ///
    /// @param port 0 for any free one, which [#localAddress] tells
    /// @throws parley.os.AlreadyExistsException if another socket has this port
    public static TcpListener listenOnLoopback(int port) throws IOException {
        return listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    }

    /// Listens on an address of this host. Any other than a loopback address lets other hosts
    /// connect; `0.0.0.0` or `::` is all of them.
    ///
    /// @param address port 0 for any free one, which [#localAddress] tells
    /// @throws parley.os.AlreadyExistsException if another socket has this port
    /// @throws parley.os.NotPermittedException if the port is too low for this user
    public static TcpListener listen(InetSocketAddress address) throws IOException {
        var object = TcpSocket.addressOf(address);
        var fd =
                Sockets.open(
                        InternetNames.family(address),
                        SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK,
                        object);
        return Sockets.orClose(
                fd,
                () -> {
                    // Connections of the last listener that linger (TIME_WAIT) do not keep the
                    // port.
                    Sockets.setOption(fd, object, SysSocket.SOL_SOCKET, SysSocket.SO_REUSEADDR, 1);
                    Sockets.bind(fd, object, address);
                    Sockets.listen(fd, object);
                    return new TcpListener(fd, Sockets.localInternetAddress(fd, object));
                });
    }

    /// A listening socket that this process got as a descriptor: inherited, or received with a
    /// message. It becomes non-blocking, for all who share it.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws parley.os.OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else, or does not
    ///   listen
    public static TcpListener of(Fd fd) throws IOException {
        return SocketKind.TCP_LISTENER.adopt(
                fd,
                () -> {
                    Sockets.makeNonBlocking(fd, fd.toString());
                    return new TcpListener(fd, Sockets.localInternetAddress(fd, fd.toString()));
                });
    }

    @Override
    TcpSocket accepted(Fd connection) throws IOException {
        return TcpSocket.of(connection, address());
    }

    /// What it listens on, with the real port.
    public InetSocketAddress localAddress() {
        return localAddress;
    }
}
