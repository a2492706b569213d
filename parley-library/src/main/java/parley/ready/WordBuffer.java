package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Pool;
import parley.kernel.SysUio;
import parley.kernel.Time;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.ready.Readiness.Attempt;

/// The memory of one call on an eventfd or timerfd, which read and write one word; and such calls,
/// which wait in the kernel or never, and that without O_NONBLOCK, which every process that has the
/// same open file description would see.
///
/// ```
///  0      8        16         32
///  | word | pollfd | timespec |      the time stays zero
/// ```
final class WordBuffer {
    private static final long POLLFD = Long.BYTES;
    private static final long TIMESPEC = POLLFD + parley.kernel.Poll.POLLFD.byteSize();
    private static final long OWN_POSITION = -1;

    private final MemorySegment memory =
            Arena.ofAuto().allocate(TIMESPEC + Time.TIMESPEC.byteSize(), Long.BYTES);
    private final MemorySegment word = memory.asSlice(0, Long.BYTES);
    private final MemorySegment pollfd = memory.asSlice(POLLFD, TIMESPEC - POLLFD);
    private final MemorySegment now = memory.asSlice(TIMESPEC);

    /// Reads the word given.
    final Attempt read =
            Attempt.of((fd, into, _) -> read(fd, into), (fd, into, _) -> Unistd.read(fd, into));

    /// Writes the word given, if at least 1 can be added to the eventfd.
    final Attempt write =
            Attempt.of((fd, from, _) -> write(fd, from), (fd, from, _) -> Unistd.write(fd, from));

    /// For one object: two are kept from call to call, as one thread may wait and another end that
    /// wait.
    static Pool<WordBuffer> newPool() {
        return new Pool<>(2, WordBuffer::new);
    }

    MemorySegment word() {
        return word;
    }

    long get() {
        return word.get(JAVA_LONG, 0);
    }

    void set(long value) {
        word.set(JAVA_LONG, 0, value);
    }

    private long read(int fd, MemorySegment into) {
        long r = SysUio.preadv2(fd, into, OWN_POSITION, SysUio.RWF_NOWAIT);
        if (!Errno.EOPNOTSUPP.is(r)) {
            return r;
        }
        // A timerfd of an older kernel. Another reader may be faster; then this waits for more.
        r = poll(fd, parley.kernel.Poll.POLLIN);
        return r > 0 ? Unistd.read(fd, into) : notReady(r);
    }

    /// No kernel knows RWF_NOWAIT for writing an eventfd. Another writer may be faster, and the
    /// counter be full; then this waits for a reader.
    private long write(int fd, MemorySegment from) {
        long r = poll(fd, parley.kernel.Poll.POLLOUT);
        return r > 0 ? Unistd.write(fd, from) : notReady(r);
    }

    private long poll(int fd, short events) {
        pollfd.set(JAVA_INT, parley.kernel.Poll.FD, fd);
        pollfd.set(JAVA_SHORT, parley.kernel.Poll.EVENTS, events);
        return parley.kernel.Poll.ppoll(pollfd, 1, now);
    }

    private static long notReady(long r) {
        return r == 0 ? -Errno.EAGAIN.number() : r;
    }
}
