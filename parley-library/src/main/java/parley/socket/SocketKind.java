package parley.socket;

import java.io.IOException;
import parley.kernel.NetinetIn;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;

/// What the socket behind a descriptor is, by the word of the kernel.
enum SocketKind {
    UNIX_STREAM,
    UNIX_STREAM_LISTENER,
    UNIX_SEQPACKET,
    UNIX_SEQPACKET_LISTENER,
    UNIX_DATAGRAM,
    TCP,
    TCP_LISTENER,
    UDP;

    /// Asks the kernel.
    ///
    /// @throws OsException `ENOTSOCK` if it is no socket, `EPROTOTYPE` if one that is not here
    static SocketKind of(Fd fd) throws IOException {
        int type = option(fd, SysSocket.SO_TYPE);
        boolean isListening = option(fd, SysSocket.SO_ACCEPTCONN) != 0;
        return switch (option(fd, SysSocket.SO_DOMAIN)) {
            case SysSocket.AF_UNIX ->
                    switch (type) {
                        case SysSocket.SOCK_STREAM ->
                                isListening ? UNIX_STREAM_LISTENER : UNIX_STREAM;
                        case SysSocket.SOCK_SEQPACKET ->
                                isListening ? UNIX_SEQPACKET_LISTENER : UNIX_SEQPACKET;
                        case SysSocket.SOCK_DGRAM -> UNIX_DATAGRAM;
                        default -> throw refusal(fd);
                    };
            case SysSocket.AF_INET, SysSocket.AF_INET6 ->
                    switch (option(fd, SysSocket.SO_PROTOCOL)) {
                        case NetinetIn.IPPROTO_TCP, NetinetIn.IPPROTO_MPTCP ->
                                isListening ? TCP_LISTENER : TCP;
                        case NetinetIn.IPPROTO_UDP -> UDP;
                        default -> throw refusal(fd);
                    };
            default -> throw refusal(fd);
        };
    }

    /// Makes an object of a descriptor that is of this kind.
    ///
    /// @param fd closed on failure
    /// @throws OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else
    <T> T adopt(Fd fd, Sockets.Steps<T, RuntimeException> steps) throws IOException {
        return Sockets.orClose(
                fd,
                () -> {
                    if (of(fd) != this) {
                        throw refusal(fd);
                    }
                    return steps.take();
                });
    }

    private static int option(Fd fd, int name) throws IOException {
        return Sockets.option(fd, fd.toString(), SysSocket.SOL_SOCKET, name);
    }

    private static OsException refusal(Fd fd) {
        return OsException.of("getsockopt", fd.toString(), Errno.EPROTOTYPE.number());
    }
}
