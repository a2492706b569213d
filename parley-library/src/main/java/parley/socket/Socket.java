package parley.socket;

import java.io.Closeable;
import java.io.IOException;
import parley.os.Fd;

/// A socket of any kind: what all have. See socket(7).
public sealed interface Socket extends Closeable
        permits StreamSocket, MessageSocket, Listener, UnixSocket {
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
