package parley.socket;

import java.io.Closeable;
import java.io.IOException;
import parley.os.Fd;

/// A socket of any kind: what all have. See socket(7).
public sealed interface Socket extends Closeable
        permits StreamSocket, MessageSocket, Listener, UnixSocket {
    /// The socket that this process got as a descriptor, inherited or received with a message, as
    /// what the kernel says it is: to be told apart by its type.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws parley.os.OsException `ENOTSOCK` if it is no socket, `EPROTOTYPE` if it is of a kind
    ///   that is not here; `ENOTCONN` if it is a TCP socket that neither listens nor is connected
    static Socket of(Fd fd) throws IOException {
        return switch (Sockets.orClose(fd, () -> SocketKind.of(fd))) {
            case UNIX_STREAM -> UnixStreamSocket.of(fd);
            case UNIX_STREAM_LISTENER -> UnixStreamListener.of(fd);
            case UNIX_SEQPACKET -> UnixSeqpacketSocket.of(fd);
            case UNIX_SEQPACKET_LISTENER -> UnixSeqpacketListener.of(fd);
            case UNIX_DATAGRAM -> UnixDatagramSocket.of(fd);
            case TCP -> TcpSocket.of(fd);
            case TCP_LISTENER -> TcpListener.of(fd);
            case UDP -> UdpSocket.of(fd);
        };
    }

    /// Its descriptor, which can be waited on together with others.
    Fd fd();

    /// As an address, without options: `unix:/path`, `tcp:127.0.0.1:4242`.
    String address();

    /// What an option is set to.
    ///
    /// @throws parley.os.OsException `ENOPROTOOPT`, `EOPNOTSUPP` if this socket, or this kernel,
    ///   does not have it
    default <T> T get(SocketOption<T> option) throws IOException {
        return option.get(fd(), address());
    }

    /// Sets an option.
    ///
    /// @throws parley.os.OsException `ENOPROTOOPT`, `EOPNOTSUPP` if this socket, or this kernel,
    ///   does not have it, or if it can only be asked; `EINVAL`, `EDOM` if the value cannot be
    /// @throws parley.os.NotPermittedException if only root may
    default <T> void set(SocketOption<T> option, T value) throws IOException {
        option.set(fd(), address(), value);
    }
}
