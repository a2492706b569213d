package parley.socket;

import java.io.IOException;
import java.nio.file.Path;
import parley.kernel.SysSocket;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.OsException;

/// The server side of Unix seqpacket sockets. See unix(7).
public final class UnixSeqpacketListener extends Listener<UnixSeqpacketSocket> {
    private final UnixAddress localAddress;

    private UnixSeqpacketListener(Fd fd, UnixAddress localAddress) {
        super(fd, UnixSeqpacketSocket.addressOf(localAddress));
        this.localAddress = localAddress;
    }

    /// Listens on a name; a file gets mode 0600. The file of a dead process is taken over.
    ///
    /// @param address [UnixAddress#UNNAMED] for an abstract name of the kernel's choice (autobind),
    ///   which [#localAddress] tells
    /// @throws parley.os.AlreadyExistsException if another socket or another file has this name
    /// @throws parley.os.NotPermittedException if the directory may not be written to
    public static UnixSeqpacketListener listen(UnixAddress address) throws IOException {
        return listen(address, FileMode.OWNER_ONLY);
    }

    /// Listens on a name. The file of a dead process is taken over.
    ///
    /// @param mode of the file, whatever the process's umask is: who may write, may connect; an
    ///   abstract name has none
    /// @throws parley.os.AlreadyExistsException if another socket or another file has this name
    /// @throws java.io.InterruptedIOException if interrupted while another takes over the same name
    public static UnixSeqpacketListener listen(UnixAddress address, FileMode mode)
            throws IOException {
        var object = UnixSeqpacketSocket.addressOf(address);
        var fd =
                Sockets.open(
                        SysSocket.AF_UNIX,
                        SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_NONBLOCK,
                        object);
        return Sockets.orClose(
                fd,
                () -> {
                    var name = UnixBinding.bind(fd, object, address, mode, true);
                    return new UnixSeqpacketListener(fd, name);
                });
    }

    /// A listening socket that this process got as a descriptor: inherited, or received with a
    /// message. It becomes non-blocking, for all who share it.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else, or does not listen
    public static UnixSeqpacketListener of(Fd fd) throws IOException {
        return SocketKind.UNIX_SEQPACKET_LISTENER.adopt(
                fd,
                () -> {
                    Sockets.makeNonBlocking(fd, fd.toString());
                    var name = Sockets.localUnixAddress(fd, fd.toString());
                    return new UnixSeqpacketListener(fd, name);
                });
    }

    /// Takes the name out of the file system; a listener keeps listening, where nobody finds it.
    ///
    /// @throws parley.os.NotFoundException if nothing has this name
    public static void unlink(Path path) throws OsException {
        UnixBinding.unlink(path, "unix-seq:" + path);
    }

    @Override
    UnixSeqpacketSocket accepted(Fd connection) throws IOException {
        return UnixSeqpacketSocket.of(connection, address());
    }

    /// What it listens on.
    public UnixAddress localAddress() {
        return localAddress;
    }
}
