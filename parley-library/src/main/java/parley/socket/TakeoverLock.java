package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import parley.kernel.Fcntl;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Interruption;

/// The right to replace a stale socket file: one thread of one process at a time.
///
/// It is a lock on a file beside the socket, `.NAME.lock`, which the kernel gives back when a
/// process dies. A file and not the directory: a directory that others may read they may lock too,
/// and so keep a server from starting. The file goes with the lock; so who gets the lock of a file
/// that has gone meanwhile begins anew.
///
/// The lock belongs to the open file description (fcntl(2), "Open file description locks"): two
/// threads of one process exclude each other as two processes do.
final class TakeoverLock implements AutoCloseable {
    private final Path path;
    private final String object;
    private final Fd fd;
    private final boolean isNew; // made by this opening, and not found

    private TakeoverLock(Path path, String object, Fd fd, boolean isNew) {
        this.path = path;
        this.object = object;
        this.fd = fd;
        this.isNew = isNew;
    }

    /// Waits for the right.
    ///
    /// @throws java.io.InterruptedIOException if interrupted while somebody else has it
    static TakeoverLock acquire(Path socket, String object) throws IOException {
        var path = socket.resolveSibling("." + socket.getFileName() + ".lock");
        while (true) {
            var lock = open(path, object);
            if (lock.take()) {
                return lock;
            }
        }
    }

    private static TakeoverLock open(Path path, String object) throws OsException {
        while (true) {
            int r = open(path, Fcntl.O_CREAT | Fcntl.O_EXCL);
            boolean isNew = !Errno.EEXIST.is(r);
            if (!isNew) {
                r = open(path, 0);
            }
            if (isNew || !Errno.ENOENT.is(r)) { // else it has gone meanwhile
                return new TakeoverLock(path, object, Fd.of("open", "file:" + path, r), isNew);
            }
        }
    }

    private static int open(Path path, int flags) {
        try (var arena = Arena.ofConfined()) {
            int always = Fcntl.O_RDWR | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
            var name = arena.allocateFrom(path.toString());
            return Fcntl.open(name, always | flags, FileMode.OWNER_ONLY.bits());
        }
    }

    /// Waits for the lock, and gives it up if that is of no use.
    ///
    /// @return false if the file has gone meanwhile
    private boolean take() throws IOException {
        boolean isTaken = false;
        try {
            requireOwnFile();
            lock();
            isTaken = isThere();
            return isTaken;
        } finally {
            if (!isTaken) {
                giveUp();
            }
        }
    }

    private void requireOwnFile() throws IOException {
        var status = FileStatus.of(fd);
        if (status.kind() != FileStatus.Kind.FILE || status.uid() != Credentials.own().uid()) {
            throw OsException.of(
                    "open",
                    path + ", the lock for taking over " + object + ", which is not ours,",
                    Errno.EPERM.number());
        }
    }

    private boolean isThere() throws IOException {
        var own = FileStatus.of(fd);
        return FileStatus.of(path.toString())
                .filter(found -> found.inode() == own.inode() && found.device() == own.device())
                .isPresent();
    }

    private void lock() throws IOException {
        try {
            long r = tryLock();
            if (Errno.EAGAIN.is(r)) {
                r = Blocking.call(fd.lifetime(), () -> lock(Fcntl.F_OFD_SETLKW));
            }
            OsException.check("fcntl(F_OFD_SETLKW)", object, r);
        } catch (InterruptedException _) {
            throw Interruption.asIoException(object, 0);
        }
    }

    private int tryLock() {
        return lock(Fcntl.F_OFD_SETLK);
    }

    /// The descriptor is this object's alone, and not closed before its end.
    private int lock(int command) {
        try (var arena = Arena.ofConfined()) {
            var wholeFile = arena.allocate(Fcntl.FLOCK);
            wholeFile.set(JAVA_SHORT, Fcntl.L_TYPE, Fcntl.F_WRLCK);
            return Fcntl.fcntl(fd.number(), command, wholeFile);
        }
    }

    /// Leaves nothing behind of a file that this has made, unless somebody else has the lock by
    /// now: who has it removes it.
    private void giveUp() throws IOException {
        try (fd) {
            if (isNew && !Errno.EAGAIN.is(tryLock()) && isThere()) {
                UnixBinding.remove(path);
            }
        }
    }

    /// Removes the file before others get the lock; they see that it has gone.
    @Override
    public void close() {
        try (fd) {
            UnixBinding.remove(path);
        }
    }
}
