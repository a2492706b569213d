package parley.socket;

import java.io.IOException;
import java.nio.file.Path;
import parley.kernel.SysSocket;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.OsException;

/// The server side of Unix stream sockets. See unix(7).
public final class UnixStreamListener extends Listener<UnixStreamSocket> {
    private final UnixAddress localAddress;

    private UnixStreamListener(Fd fd, UnixAddress localAddress) {
        super(fd, UnixStreamSocket.addressOf(localAddress));
        this.localAddress = localAddress;
    }

    /// Listens on a name; a file gets mode 0600. The file of a dead process is taken over.
    ///
    /// @param address [UnixAddress#UNNAMED] for an abstract name of the kernel's choice (autobind),
    ///   which [#localAddress] tells
    /// @throws parley.os.AlreadyExistsException if another socket or another file has this name
    /// @throws parley.os.NotPermittedException if the directory may not be written to
    public static UnixStreamListener listen(UnixAddress address) throws IOException {
        return listen(address, FileMode.OWNER_ONLY);
    }

    /// Listens on a name. The file of a dead process is taken over.
    ///
    /// @param mode of the file, whatever the process's umask is: who may write, may connect; an
    ///   abstract name has none
    /// @throws parley.os.AlreadyExistsException if another socket or another file has this name
    /// @throws java.io.InterruptedIOException if interrupted while another takes over the same name
    public static UnixStreamListener listen(UnixAddress address, FileMode mode) throws IOException {
        return UnixBinding.listener(
                SysSocket.SOCK_STREAM,
                UnixStreamSocket.addressOf(address),
                address,
                mode,
                UnixStreamListener::new);
    }

    /// A listening socket that this process got as a descriptor: inherited, or received with a
    /// message. It becomes non-blocking, for all who share it.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else, or does not listen
    public static UnixStreamListener of(Fd fd) throws IOException {
        return UnixBinding.listener(SocketKind.UNIX_STREAM_LISTENER, fd, UnixStreamListener::new);
    }

    /// Takes the name out of the file system; a listener keeps listening, where nobody finds it.
    ///
    /// @throws parley.os.NotFoundException if nothing has this name
    public static void unlink(Path path) throws OsException {
        UnixBinding.unlink(path, "unix:" + path);
    }

    @Override
    UnixStreamSocket accepted(Fd connection) {
        return new UnixStreamSocket(connection, address());
    }

    /// What it listens on.
    public UnixAddress localAddress() {
        return localAddress;
    }
}
