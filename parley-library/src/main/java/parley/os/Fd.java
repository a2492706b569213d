package parley.os;

import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;

/// An open file descriptor and its owner: closed exactly once, never while a call uses it.
///
/// Equality is identity: numbers are reused. Safe for many threads.
public final class Fd implements AutoCloseable {
    private final int number;
    private final Lifetime lifetime;

    private Fd(int number) {
        this.number = number;
        // Linux frees the number whatever close(2) returns.
        this.lifetime = new Lifetime(() -> Unistd.close(number));
    }

    /// Owns a descriptor that a system call has just returned.
    ///
    /// @param result the call's result: a number, or `-errno`
    /// @throws OsException if it is an error
    public static Fd of(String call, String object, int result) throws OsException {
        return new Fd((int) OsException.check(call, object, result));
    }

    /// Owns a descriptor that this process got otherwise: inherited, or made by other code that
    /// gives it up. From now on nobody else may close it.
    ///
    /// @throws OsException `EBADF` if no such descriptor is open
    public static Fd adopt(int number) throws OsException {
        OsException.check("fcntl(F_GETFD)", "fd " + number, Fcntl.fcntl(number, Fcntl.F_GETFD, 0));
        return new Fd(number);
    }

    /// Opens a file to be read.
    ///
    /// @throws NotFoundException if nothing has this name
    /// @throws OsException `ELOOP` if it is a symbolic link, which is not followed
    public static Fd openToRead(Path path) throws OsException {
        return open(path, Fcntl.O_RDONLY);
    }

    /// Opens a file to be written from its beginning, or makes one with mode 0600. What it holds
    /// stays, as far as it is not written over.
    ///
    /// @throws OsException `ELOOP` if it is a symbolic link, which is not followed
    public static Fd openToWrite(Path path) throws OsException {
        return open(path, Fcntl.O_WRONLY | Fcntl.O_CREAT);
    }

    /// O_NONBLOCK means nothing to a file, and keeps the opening of a FIFO from waiting.
    private static Fd open(Path path, int flags) throws OsException {
        int always = Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK;
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(path.toString());
            int r = Fcntl.open(name, flags | always, FileMode.OWNER_ONLY.bits());
            return of("open", "file:" + path, r);
        }
    }

    /// Begins a call: the number stays open, and this process's own, until [#exit].
    ///
    /// @throws ClosedChannelException if closed
    public int enter() throws ClosedChannelException {
        lifetime.enter();
        return number;
    }

    /// Ends a call.
    public void exit() {
        lifetime.exit();
    }

    /// The number, for messages and `/proc` only: it may be another file's once this is closed.
    public int number() {
        return number;
    }

    /// The life of the descriptor, for those who wait on it.
    public Lifetime lifetime() {
        return lifetime;
    }

    /// A second descriptor for the same open file description, which is closed by itself.
    ///
    /// @throws OsException `EMFILE` at the limit of descriptors
    /// @throws ClosedChannelException if closed
    public Fd duplicate() throws OsException, ClosedChannelException {
        int fd = enter();
        try {
            return of(
                    "fcntl(F_DUPFD_CLOEXEC)",
                    toString(),
                    Fcntl.fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, 0));
        } finally {
            exit();
        }
    }

    /// True until [#close].
    public boolean isOpen() {
        return lifetime.isOpen();
    }

    /// Closes; calls that wait on the descriptor in other threads end with
    /// `AsynchronousCloseException`, and the last of them frees the number.
    @Override
    public void close() {
        lifetime.close();
    }

    @Override
    public String toString() {
        return "fd " + number;
    }
}
