package parley.pipe;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Poll;
import parley.kernel.SysUio;
import parley.kernel.Time;
import parley.kernel.Unistd;
import parley.os.Errno;

/// Reading and writing a pipe without waiting and without O_NONBLOCK, which would be seen by every
/// process that holds the same end.
final class PipeCalls {
    private static final long OWN_POSITION = -1;

    private PipeCalls() {}

    static long read(int fd, MemorySegment into, long unused) {
        long r = SysUio.preadv2(fd, into, OWN_POSITION, SysUio.RWF_NOWAIT);
        if (!Errno.EOPNOTSUPP.is(r)) {
            return r;
        }
        // Before Linux 6.4. Another reader of the same end may be faster; then this waits for more.
        return isReady(fd, Poll.POLLIN) ? Unistd.read(fd, into) : -Errno.EAGAIN.number();
    }

    static long write(int fd, MemorySegment from, long unused) {
        long r = SysUio.pwritev2(fd, from, OWN_POSITION, SysUio.RWF_NOWAIT);
        if (!Errno.EOPNOTSUPP.is(r)) {
            return r;
        }
        // A pipe that polls as writable has room for PIPE_BUF bytes.
        var atomic = from.asSlice(0, Math.min(from.byteSize(), Unistd.PIPE_BUF));
        return isReady(fd, Poll.POLLOUT) ? Unistd.write(fd, atomic) : -Errno.EAGAIN.number();
    }

    private static boolean isReady(int fd, short events) {
        try (var arena = Arena.ofConfined()) {
            var pollfd = arena.allocate(Poll.POLLFD);
            pollfd.set(JAVA_INT, Poll.FD, fd);
            pollfd.set(JAVA_SHORT, Poll.EVENTS, events);
            return Poll.ppoll(pollfd, 1, arena.allocate(Time.TIMESPEC)) > 0;
        }
    }
}
