package parley.socket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;
import parley.kernel.Fcntl;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.OsException;

/// The right to replace a stale socket file: one process at a time, and within it one thread.
///
/// It is a lock on a file beside the socket, `.NAME.lock`, which the kernel gives back when a
/// process dies. A file and not the directory: a directory that others may read they may lock too,
/// and so keep a server from starting. The file goes with the lock; so who gets the lock of a file
/// that has gone meanwhile begins anew.
final class TakeoverLock implements AutoCloseable {
    // The lock is the process's, and closing any descriptor of the file would end it.
    private static final ReentrantLock THREADS = new ReentrantLock();

    private final Path path;
    private final Fd fd;
    private final FileChannel channel;

    private TakeoverLock(Path path, Fd fd, FileChannel channel) {
        this.path = path;
        this.fd = fd;
        this.channel = channel;
    }

    /// Waits for the right.
    ///
    /// @throws java.nio.channels.FileLockInterruptionException if interrupted while another process
    ///   has it
    static TakeoverLock acquire(Path socket, String object) throws IOException {
        var path = socket.resolveSibling("." + socket.getFileName() + ".lock");
        boolean isAcquired = false;
        THREADS.lock();
        try {
            var lock = open(path, object);
            while (!lock.lock()) {
                lock = open(path, object);
            }
            isAcquired = true;
            return lock;
        } finally {
            if (!isAcquired) {
                THREADS.unlock();
            }
        }
    }

    private static TakeoverLock open(Path path, String object) throws IOException {
        var fd = openFile(path, object);
        return Sockets.orClose(
                fd,
                () -> {
                    var file = throughProc(fd);
                    return new TakeoverLock(
                            path, fd, FileChannel.open(file, StandardOpenOption.WRITE));
                });
    }

    private static Fd openFile(Path path, String object) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(path.toString());
            int flags = Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
            return Fd.of("open", object, Fcntl.open(name, flags, FileMode.OWNER_ONLY.bits()));
        }
    }

    private static Path throughProc(Fd fd) throws IOException {
        int number = fd.enter();
        try {
            return Path.of("/proc/self/fd/" + number);
        } finally {
            fd.exit();
        }
    }

    /// Locks; closes if that is of no use.
    ///
    /// @return false if the file has gone meanwhile
    private boolean lock() throws IOException {
        boolean isFound = false;
        boolean isOwn = true;
        boolean isLocked = false;
        try {
            var _ = channel.lock(); // held until the channel is closed
            isFound = isThere();
            if (isFound) {
                isOwn = isOwnFile(FileStatus.of(fd));
                if (!isOwn) {
                    throw OsException.of("open", path.toString(), Errno.EPERM.number());
                }
            }
            isLocked = isFound;
            return isLocked;
        } finally {
            if (!isLocked) {
                close(isFound && isOwn);
            }
        }
    }

    private boolean isThere() throws IOException {
        try {
            return Files.isSameFile(throughProc(fd), path);
        } catch (NoSuchFileException _) {
            return false;
        }
    }

    private static boolean isOwnFile(FileStatus status) {
        return status.kind() == FileStatus.Kind.FILE && status.uid() == Credentials.own().uid();
    }

    private void close(boolean isFileDeleted) throws IOException {
        try (fd;
                channel) {
            if (isFileDeleted) {
                Files.deleteIfExists(path);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            close(true);
        } finally {
            THREADS.unlock();
        }
    }
}
