package parley.socket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ThreadLocalRandom;
import parley.kernel.Fcntl;
import parley.kernel.SysSocket;
import parley.kernel.SysStat;
import parley.kernel.SysUn;
import parley.kernel.Unistd;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.OsException;

/// Gives a Unix socket its name, taking over one that a dead process left.
///
/// A socket file outlives its process, and bind(2) refuses a name that is taken. So the name of a
/// file that no socket is bound to any more is taken over: the socket is bound to a name beside it,
/// listens there already, and is renamed. Whoever connects meanwhile finds the old file or the new
/// socket, never nothing. The kernel remembers the name of the bind, so `ss -xl` shows the one
/// beside it.
///
/// **Guarantees.** No file is replaced but a socket of this user that nobody has open. Of two
/// Parleys that take over one name, one gets it: they look and rename under a [TakeoverLock]. A
/// foreign program that unlinks and binds the name in just that moment loses it; it would win
/// against any other program, and no lock that it does not know can help.
final class UnixBinding {
    private final Fd fd;
    private final String object;
    private final FileMode mode;
    private final boolean listens;

    private UnixBinding(Fd fd, String object, FileMode mode, boolean listens) {
        this.fd = fd;
        this.object = object;
        this.mode = mode;
        this.listens = listens;
    }

    /// Binds a socket, which listens before its name can be seen, or as soon as it can.
    ///
    /// @param mode of the file, if the address is a path
    /// @param listens false for datagram sockets
    /// @throws parley.os.AlreadyExistsException if the name is another socket's, or another file's
    static void bind(Fd fd, String object, UnixAddress address, FileMode mode, boolean listens)
            throws IOException {
        var binding = new UnixBinding(fd, object, mode, listens);
        switch (address) {
            case UnixAddress.PathAddress(Path path) -> binding.bind(path);
            case UnixAddress.AbstractAddress name -> {
                OsException.check("bind", object, binding.bindAt(name));
                binding.listen();
            }
            case UnixAddress.Unnamed _ ->
                    throw new IllegalArgumentException("needs an address with a name");
        }
    }

    /// Takes a socket's name out of the file system.
    static void unlink(Path path, String object) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int r = Unistd.unlink(arena.allocateFrom(path.toString()));
            OsException.check("unlink", object, r);
        }
    }

    /// What stands under the name.
    private enum Holder {
        NOTHING,
        STALE,
        OTHERS
    }

    private void bind(Path path) throws IOException {
        restrictMode();
        while (true) {
            int r = bindAt(new UnixAddress.PathAddress(path));
            if (!Errno.EADDRINUSE.is(r)) {
                OsException.check("bind", object, r);
                finishAt(path, path);
                return;
            }
            switch (holder(path)) {
                case NOTHING -> {} // it went just now
                case OTHERS -> OsException.check("bind", object, r);
                case STALE -> {
                    if (takeOver(path)) {
                        return;
                    }
                }
            }
        }
    }

    /// The file gets the mode of the socket, without the umask's bits: so it is never too wide.
    private void restrictMode() throws IOException {
        int number = fd.enter();
        try {
            OsException.check("fchmod", object, SysStat.fchmod(number, mode.bits()));
        } finally {
            fd.exit();
        }
    }

    private int bindAt(UnixAddress address) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            return SysSocket.bind(number, UnixNames.encode(address, arena));
        } finally {
            fd.exit();
        }
    }

    private void listen() throws IOException {
        if (listens) {
            Sockets.listen(fd, object);
        }
    }

    /// Completes what was bound at `bound` and shows it at `path`; on failure nothing is left
    /// there.
    private void finishAt(Path bound, Path path) throws IOException {
        boolean isFinished = false;
        try {
            undoUmask(bound);
            listen();
            if (!bound.equals(path)) {
                Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
            }
            isFinished = true;
        } finally {
            if (!isFinished) {
                Files.deleteIfExists(bound);
            }
        }
    }

    /// Gives the new file the bits that the umask took away, not trusting that the name still leads
    /// to it.
    private void undoUmask(Path bound) throws IOException {
        try (var file = openPath(bound)) {
            var status = FileStatus.of(file);
            if (isOwnSocket(status)) {
                mode.applyTo(file, object);
            }
        }
    }

    private Fd openPath(Path path) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int flags = Fcntl.O_PATH | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
            return Fd.of("open", object, Fcntl.open(arena.allocateFrom(path.toString()), flags, 0));
        }
    }

    private Holder holder(Path path) throws IOException {
        var status = FileStatus.of(path.toString());
        if (status.isEmpty()) {
            return Holder.NOTHING;
        }
        if (!isOwnSocket(status.get())) {
            return Holder.OTHERS;
        }
        return isBound(path) ? Holder.OTHERS : Holder.STALE;
    }

    private static boolean isOwnSocket(FileStatus status) {
        return status.kind() == FileStatus.Kind.SOCKET && status.uid() == Credentials.own().uid();
    }

    /// True if some process has the socket of this file, listening or not yet.
    ///
    /// A datagram socket asks: connecting it disturbs nobody, and a socket of another type answers
    /// EPROTOTYPE where a connection would have to be accepted, and where one that is bound but
    /// does not listen yet would look like a dead one.
    private boolean isBound(Path path) throws IOException {
        try (var probe = Sockets.open(SysSocket.AF_UNIX, SysSocket.SOCK_DGRAM, object);
                var arena = Arena.ofConfined()) {
            int number = probe.enter();
            try {
                var name = UnixNames.encode(new UnixAddress.PathAddress(path), arena);
                return switch (Errno.of(-SysSocket.connect(number, name))) {
                    case ECONNREFUSED, ENOENT -> false;
                    default -> true; // connected, EPROTOTYPE, or nothing we know to be dead
                };
            } finally {
                probe.exit();
            }
        }
    }

    /// Puts the socket in the place of a file that was found stale.
    ///
    /// @return false if it is not stale any more
    private boolean takeOver(Path path) throws IOException {
        try (var _ = TakeoverLock.acquire(path, object)) {
            if (holder(path) != Holder.STALE) { // somebody was faster
                return false;
            }
            finishAt(bindBeside(path), path);
            return true;
        }
    }

    private Path bindBeside(Path path) throws IOException {
        while (true) {
            var name = "." + Integer.toHexString(ThreadLocalRandom.current().nextInt());
            var beside = path.resolveSibling(name);
            if (beside.toString().length() > SysUn.PATH_BYTES) {
                throw OsException.of("bind", object, Errno.ENAMETOOLONG.number());
            }
            int r = bindAt(new UnixAddress.PathAddress(beside));
            if (!Errno.EADDRINUSE.is(r)) {
                OsException.check("bind", object, r);
                return beside;
            }
        }
    }
}
