package parley.pipe;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import parley.kernel.Fcntl;
import parley.kernel.Poll;
import parley.kernel.Pool;
import parley.kernel.SysIoctl;
import parley.kernel.SysUio;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;
import parley.ready.Readiness.Attempt;

/// What both ends of a pipe, of bytes and of packets, do alike.
///
/// Reads and writes do not wait and yet do without O_NONBLOCK, which would be seen by every process
/// that holds the same end.
final class PipeCalls {
    static final Attempt READ = Attempt.of(PipeCalls::read, PipeCalls::readWaiting);
    static final Attempt WRITE =
            Attempt.of(PipeCalls::write, (fd, from, _) -> Unistd.write(fd, from));

    private static final long OWN_POSITION = -1;
    private static final int POLLFDS_KEPT = 8;

    private static final Pool<MemorySegment> POLLFDS =
            new Pool<>(POLLFDS_KEPT, () -> Arena.ofAuto().allocate(Poll.POLLFD));

    private PipeCalls() {}

    private static long read(int fd, MemorySegment into, long unused) {
        long r = SysUio.preadv2(fd, into, OWN_POSITION, SysUio.RWF_NOWAIT);
        if (Errno.EOPNOTSUPP.is(r)) {
            // Before Linux 6.4. Another reader of the same end may be faster; then this waits.
            r = isReady(fd, Poll.POLLIN) ? Unistd.read(fd, into) : -Errno.EAGAIN.number();
        }
        return r == 0 ? endOrNothing(fd) : r;
    }

    private static long readWaiting(int fd, MemorySegment into, long unused) {
        long r = Unistd.read(fd, into);
        return r == 0 ? endOrNothing(fd) : r;
    }

    /// What a read of 0 bytes means: 0 for the end, `-EAGAIN` for nothing yet.
    ///
    /// A FIFO without a writer reads as if it were at its end. Only poll(2) tells whether there has
    /// been one since this end was opened: it reports POLLHUP then.
    static long endOrNothing(int fd) {
        return poll(fd, Poll.POLLIN) == Poll.POLLHUP ? 0 : -Errno.EAGAIN.number();
    }

    private static long write(int fd, MemorySegment from, long unused) {
        long r = SysUio.pwritev2(fd, from, OWN_POSITION, SysUio.RWF_NOWAIT);
        if (!Errno.EOPNOTSUPP.is(r)) {
            return r;
        }
        // A pipe that polls as writable has room for PIPE_BUF bytes.
        var atomic = from.asSlice(0, Math.min(from.byteSize(), Unistd.PIPE_BUF));
        return isReady(fd, Poll.POLLOUT) ? Unistd.write(fd, atomic) : -Errno.EAGAIN.number();
    }

    /// True if a call in this direction returns at once, be it with an error.
    static boolean isReady(int fd, short events) {
        return poll(fd, events) != 0;
    }

    /// What poll(2) reports now.
    private static short poll(int fd, short events) {
        var pollfd = POLLFDS.acquire();
        try {
            pollfd.set(JAVA_INT, Poll.FD, fd);
            pollfd.set(JAVA_SHORT, Poll.EVENTS, events);
            pollfd.set(JAVA_SHORT, Poll.REVENTS, (short) 0);
            return Poll.poll(pollfd, 1, 0) > 0 ? pollfd.get(JAVA_SHORT, Poll.REVENTS) : 0;
        } finally {
            POLLFDS.release(pollfd);
        }
    }

    /// Refuses a descriptor that is no such end of a pipe or FIFO, by the word of the kernel.
    ///
    /// @param access `O_RDONLY` or `O_WRONLY`
    /// @return the open file's flags
    /// @throws IllegalArgumentException if it is something else
    static int requireEnd(Fd fd, int access) throws OsException, ClosedChannelException {
        var kind = FileStatus.of(fd).kind();
        if (kind != FileStatus.Kind.FIFO) {
            throw new IllegalArgumentException(fd + " is " + kind.words() + ", and no pipe");
        }
        int flags = fcntl("fcntl(F_GETFL)", fd, fd.toString(), Fcntl.F_GETFL, 0);
        int given = flags & Fcntl.O_ACCMODE;
        if (given != access && given != Fcntl.O_RDWR) {
            var end = given == Fcntl.O_RDONLY ? "read" : "write";
            throw new IllegalArgumentException(fd + " is the " + end + " end of a pipe");
        }
        return flags;
    }

    static int capacityBytes(Fd fd, String object) throws OsException, ClosedChannelException {
        return fcntl("fcntl(F_GETPIPE_SZ)", fd, object, Fcntl.F_GETPIPE_SZ, 0);
    }

    static int setCapacityBytes(Fd fd, String object, int bytes)
            throws OsException, ClosedChannelException {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a capacity in bytes: " + bytes);
        }
        return fcntl("fcntl(F_SETPIPE_SZ)", fd, object, Fcntl.F_SETPIPE_SZ, bytes);
    }

    static int fcntl(String call, Fd fd, String object, int command, int argument)
            throws OsException, ClosedChannelException {
        int number = fd.enter();
        try {
            return (int) OsException.check(call, object, Fcntl.fcntl(number, command, argument));
        } finally {
            fd.exit();
        }
    }

    static int bytesWaiting(Fd fd, String object) throws OsException, ClosedChannelException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(JAVA_INT);
            int r = SysIoctl.ioctl(number, SysIoctl.FIONREAD, bytes);
            OsException.check("ioctl(FIONREAD)", object, r);
            return bytes.get(JAVA_INT, 0);
        } finally {
            fd.exit();
        }
    }
}
