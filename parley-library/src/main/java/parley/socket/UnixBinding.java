package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import parley.kernel.Fcntl;
import parley.kernel.Stdio;
import parley.kernel.SysSocket;
import parley.kernel.SysStat;
import parley.kernel.Unistd;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.OsException;
import parley.os.SocketFile;

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
    private static final String NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final int BESIDE_CHARACTERS_MAX = 12;
    private static final int BESIDE_ATTEMPTS_MAX = 1000; // a name of one character may be taken

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
    /// @return its name: of [UnixAddress#UNNAMED] an abstract one that nobody else has
    /// @throws parley.os.AlreadyExistsException if the name is another socket's, or another file's
    /// @throws java.io.InterruptedIOException if interrupted while another takes over the same name
    static UnixAddress bind(
            Fd fd, String object, UnixAddress address, FileMode mode, boolean listens)
            throws IOException {
        var binding = new UnixBinding(fd, object, mode, listens);
        switch (address) {
            case UnixAddress.PathAddress(Path path) -> binding.bind(path);
            case UnixAddress.AbstractAddress name -> {
                OsException.check("bind", object, binding.bindAt(name));
                binding.listen();
            }
            case UnixAddress.Unnamed _ -> {
                OsException.check("bind", object, binding.bindToAnyName());
                binding.listen();
                return Sockets.localUnixAddress(fd, object);
            }
        }
        return address;
    }

    /// Makes a listening socket.
    ///
    /// @param type `SOCK_STREAM` or `SOCK_SEQPACKET`
    /// @param made owns it, with its name
    static <L> L listener(
            int type,
            String object,
            UnixAddress address,
            FileMode mode,
            BiFunction<Fd, UnixAddress, L> made)
            throws IOException {
        var fd = Sockets.open(SysSocket.AF_UNIX, type | SysSocket.SOCK_NONBLOCK, object);
        return Sockets.orClose(fd, () -> made.apply(fd, bind(fd, object, address, mode, true)));
    }

    /// Takes a listening socket that this process got as a descriptor.
    ///
    /// @param fd closed on failure
    /// @param made owns it, with its name
    static <L> L listener(SocketKind kind, Fd fd, BiFunction<Fd, UnixAddress, L> made)
            throws IOException {
        return kind.adopt(
                fd,
                () -> {
                    Sockets.makeNonBlocking(fd, fd.toString());
                    return made.apply(fd, Sockets.localUnixAddress(fd, fd.toString()));
                });
    }

    /// Autobind: a name of the family alone.
    private int bindToAnyName() throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var family = arena.allocateFrom(JAVA_SHORT, (short) SysSocket.AF_UNIX);
            return SysSocket.bind(number, family);
        } finally {
            fd.exit();
        }
    }

    /// Takes a socket's name out of the file system.
    static void unlink(Path path, String object) throws OsException {
        var status = FileStatus.of(path.toString());
        if (status.isPresent() && status.get().kind() != FileStatus.Kind.SOCKET) {
            throw OsException.of("unlink", object, Errno.ENOTSOCK.number());
        }
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
        try (var shortened = ShortName.of(address);
                var arena = Arena.ofConfined()) {
            return SysSocket.bind(number, UnixNames.encode(shortened.address(), arena));
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
                rename(bound, path);
            }
            isFinished = true;
        } finally {
            if (!isFinished) {
                remove(bound);
            }
        }
    }

    private void rename(Path from, Path to) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int r =
                    Stdio.rename(
                            arena.allocateFrom(from.toString()), arena.allocateFrom(to.toString()));
            OsException.check("rename", object, r);
        }
    }

    /// Removes a file of ours on the way out of a failure, which is what is told.
    static void remove(Path path) {
        try (var arena = Arena.ofConfined()) {
            var _ = Unistd.unlink(arena.allocateFrom(path.toString()));
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
        boolean isStale = SocketFile.owner(path.toString()) == SocketFile.Owner.GONE;
        return isStale ? Holder.STALE : Holder.OTHERS;
    }

    private static boolean isOwnSocket(FileStatus status) {
        return status.kind() == FileStatus.Kind.SOCKET && status.uid() == Credentials.own().uid();
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

    /// Binds to a name that nothing has, no longer than the final one, for which there is room.
    private Path bindBeside(Path path) throws IOException {
        int length = Math.min(path.getFileName().toString().length(), BESIDE_CHARACTERS_MAX);
        int r = -Errno.EADDRINUSE.number();
        for (int i = 0; i < BESIDE_ATTEMPTS_MAX && Errno.EADDRINUSE.is(r); i++) {
            var beside = path.resolveSibling(randomName(length));
            r = bindAt(new UnixAddress.PathAddress(beside));
            if (r >= 0) {
                return beside;
            }
        }
        throw OsException.of("bind", object, -r);
    }

    private static String randomName(int length) {
        var name = new StringBuilder();
        if (length > 1) {
            name.append('.');
        }
        while (name.length() < length) {
            int random = ThreadLocalRandom.current().nextInt(NAME_CHARACTERS.length());
            name.append(NAME_CHARACTERS.charAt(random));
        }
        return name.toString();
    }
}
