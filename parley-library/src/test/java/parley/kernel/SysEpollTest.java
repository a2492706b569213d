package parley.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.os.Errno;

/// What only the bindings can show, because the typed objects refuse it before the call.
@Timeout(60)
class SysEpollTest {
    private static final int LONG_MILLIS = 50_000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment events = arena.allocate(SysEpoll.EPOLL_EVENT, 4);
    private int epoll;
    private int counter;

    @BeforeEach
    void open() {
        epoll = SysEpoll.epoll_create1(SysEpoll.EPOLL_CLOEXEC);
        counter = SysEventfd.eventfd(0, SysEventfd.EFD_CLOEXEC | SysEventfd.EFD_NONBLOCK);
        assertTrue(epoll >= 0 && counter >= 0);
    }

    @AfterEach
    void close() {
        Unistd.close(epoll);
        Unistd.close(counter);
        arena.close();
    }

    private static void assertIs(Errno errno, long result) {
        assertEquals(errno, Errno.of((int) -result));
    }

    private int waitNow(int fd, int count) {
        return SysEpoll.epoll_pwait(fd, events, count, 0, MemorySegment.NULL);
    }

    @Test
    @DisplayName("EPL-001 unknown flags are refused")
    void unknownFlags() {
        assertIs(Errno.EINVAL, SysEpoll.epoll_create1(1));
        assertIs(Errno.EINVAL, SysEpoll.epoll_create1(-1));
    }

    @Test
    @DisplayName("EPL-007 itself and unknown operations are refused")
    void itself() {
        assertIs(Errno.EINVAL, SysEpoll.epoll_ctl(epoll, SysEpoll.EPOLL_CTL_ADD, epoll, events));
        assertIs(Errno.EINVAL, SysEpoll.epoll_ctl(epoll, -1, counter, events));
    }

    @Test
    @DisplayName("EPL-011 no room, or no epoll instance, is refused")
    void noRoom() {
        assertIs(Errno.EINVAL, waitNow(epoll, 0));
        assertIs(Errno.EINVAL, waitNow(epoll, -1));
        assertIs(Errno.EINVAL, waitNow(counter, 1));
        assertIs(Errno.EBADF, waitNow(-1, 1));
    }

    @Test
    @DisplayName("EPL-024 a signal that is blocked during the wait does not end it")
    void blockedSignal() throws Exception {
        events.set(JAVA_INT, SysEpoll.EVENTS, SysEpoll.EPOLLIN);
        assertEquals(0, SysEpoll.epoll_ctl(epoll, SysEpoll.EPOLL_CTL_ADD, counter, events));
        var action = arena.allocate(SignalH.SIGACTION);
        action.set(JAVA_LONG, SignalH.SA_HANDLER, SignalH.emptyHandler());
        assertEquals(0, SignalH.sigaction(SignalH.SIGURG, action, MemorySegment.NULL));
        var mask = arena.allocate(SignalH.SIGSET_T);
        mask.set(JAVA_INT, 0, 1 << (SignalH.SIGURG - 1));
        var about = new CountDownLatch(1);
        var tid = new FutureTask<>(SignalH::gettid);
        var found =
                new FutureTask<>(() -> {
                    tid.run();
                    try (var _ = Faults.before("epoll_pwait", 1, about::countDown)) {
                        return SysEpoll.epoll_pwait(epoll, events, 1, LONG_MILLIS, mask);
                    }
                });
        Thread.ofPlatform().start(found);
        about.await();
        int process = (int) ProcessHandle.current().pid();
        for (int i = 0; i < 100; i++) {
            assertEquals(0, SignalH.tgkill(process, tid.get(), SignalH.SIGURG));
            Thread.onSpinWait();
        }
        assertEquals(Long.BYTES, Unistd.write(counter, arena.allocateFrom(JAVA_LONG, 1)));
        // A signal before the call may have been handled before it; one during it was not.
        assertEquals(1, found.get());
    }

    @Test
    @DisplayName("EPL-025 a timespec that is none is refused")
    void badTime() {
        var time = arena.allocate(Time.TIMESPEC);
        for (long nanos : new long[] {1_000_000_000, -1}) {
            time.set(JAVA_LONG, Time.TV_NSEC, nanos);
            int r = SysEpoll.epoll_pwait2(epoll, events, 1, time, MemorySegment.NULL);
            assumeFalse(Errno.ENOSYS.is(r), "no epoll_pwait2 here");
            assertIs(Errno.EINVAL, r);
        }
    }

    @Test
    @DisplayName(
            "POLL-008 POLL-011 select: a bad count, a closed descriptor, a bad time are refused")
    void select() {
        var sets = arena.allocate(SysSelect.FD_SET_BYTES * 3L, Long.BYTES);
        var read = sets.asSlice(0, SysSelect.FD_SET_BYTES);
        var none = MemorySegment.NULL;
        var time = arena.allocate(Time.TIMESPEC);
        assertIs(Errno.EINVAL, SysSelect.pselect(-1, read, none, none, time));
        int closed = SysEventfd.eventfd(0, SysEventfd.EFD_CLOEXEC);
        Unistd.close(closed);
        SysSelect.FD_SET(closed, read);
        assertTrue(SysSelect.FD_ISSET(closed, read));
        assertIs(Errno.EBADF, SysSelect.pselect(closed + 1, read, none, none, time));
        for (long nanos : new long[] {1_000_000_000, -1}) {
            time.set(JAVA_LONG, Time.TV_NSEC, nanos);
            assertIs(Errno.EINVAL, SysSelect.pselect(0, none, none, none, time));
        }
        time.fill((byte) 0);
        time.set(JAVA_LONG, Time.TV_SEC, -1);
        assertIs(Errno.EINVAL, SysSelect.pselect(0, none, none, none, time));
    }
}
