package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.WaitingContract;
import parley.kernel.Faults;
import parley.os.Errno;
import parley.os.LimitReachedException;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.ready.TimerFd.Clock;
import parley.ready.TimerFd.ClockChange;

@SuppressWarnings("try") // closing early is part of the tests
class TimerFdTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration HOUR = Duration.ofHours(1);

    private static TimerFd create(Clock clock) throws IOException {
        try {
            return TimerFd.create(clock);
        } catch (NotPermittedException e) {
            assertTrue(e.getMessage().contains("CAP_WAKE_ALARM"), e.getMessage());
            assumeTrue(false, e.getMessage());
            throw e;
        }
    }

    @ParameterizedTest
    @EnumSource
    void expiresOnceAfterItsDelay(Clock clock) throws Exception {
        try (var timer = create(clock)) {
            assertEquals(clock, timer.clock());
            assertEquals(TimerFd.NOT_EXPIRED, timer.tryAwait());
            assertEquals(Optional.empty(), timer.remaining());
            var start = clock.now();
            timer.start(SHORT);
            assertEquals(1, timer.await());
            assertTrue(clock.now().minus(start).compareTo(SHORT) >= 0);
            assertEquals(TimerFd.NOT_EXPIRED, timer.tryAwait());
            assertEquals(Optional.empty(), timer.remaining());
        }
    }

    @ParameterizedTest
    @EnumSource
    void expiresAtAMomentOfItsClock(Clock clock) throws Exception {
        try (var timer = create(clock)) {
            var moment = clock.now().plus(SHORT);
            timer.startAt(moment);
            assertEquals(1, timer.await());
            assertTrue(clock.now().compareTo(moment) >= 0);
            timer.startAt(moment); // over already
            assertEquals(1, timer.await());
            timer.startAt(Duration.ZERO);
            assertEquals(1, timer.await());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REALTIME", "REALTIME_ALARM"})
    void expiresAtAMomentOfTheDay(Clock clock) throws Exception {
        try (var timer = create(clock)) {
            var moment = Instant.now().plus(SHORT);
            timer.startAt(moment, ClockChange.FOLLOW);
            assertEquals(1, timer.await());
            assertFalse(Instant.now().isBefore(moment));
            timer.startAt(Instant.EPOCH, HOUR, ClockChange.CANCEL);
            assertTrue(timer.await() > 1); // all the hours since
            assertEquals(Optional.of(HOUR), timer.period());
        }
    }

    @Test
    void onlyTheTimeOfDayHasMoments() throws Exception {
        try (var timer = TimerFd.create()) {
            assertThrows(
                    IllegalStateException.class,
                    () -> timer.startAt(Instant.now(), ClockChange.FOLLOW));
        }
    }

    @Test
    void expiresAgainAndAgainAndCounts() throws Exception {
        try (var timer = TimerFd.create()) {
            var start = Clock.MONOTONIC.now();
            timer.start(Duration.ZERO, Duration.ofMillis(2));
            assertEquals(Optional.of(Duration.ofMillis(2)), timer.period());
            long count = 0;
            while (count < 5) {
                count += timer.await();
            }
            assertTrue(Clock.MONOTONIC.now().minus(start).compareTo(Duration.ofMillis(8)) >= 0);
            timer.startAt(start, Duration.ofMillis(1));
            assertTrue(timer.await() >= 8); // missed ones are counted
            assertThrows(IllegalArgumentException.class, () -> timer.start(SHORT, Duration.ZERO));
        }
    }

    @Test
    void aStoppedTimerDoesNotExpire() throws Exception {
        try (var timer = TimerFd.create()) {
            timer.start(HOUR);
            var remaining = timer.remaining().orElseThrow();
            assertTrue(remaining.isPositive() && remaining.compareTo(HOUR) <= 0);
            assertEquals(Optional.empty(), timer.period());
            timer.disarm();
            assertEquals(Optional.empty(), timer.remaining());
            timer.start(Duration.ofSeconds(-1));
            assertEquals(1, timer.await(HOUR));
            timer.start(Duration.ZERO);
            timer.disarm(); // may have expired already
            assertEquals(TimerFd.NOT_EXPIRED, timer.tryAwait());
        }
    }

    @Test
    void aDelayMayBeLongerThanAnybodyLives() throws Exception {
        try (var timer = TimerFd.create()) {
            timer.start(Duration.ofSeconds(Long.MAX_VALUE));
            assertEquals(TimerFd.NOT_EXPIRED, timer.tryAwait());
            assertTrue(timer.remaining().orElseThrow().toDays() > 0);
        }
    }

    @Test
    void aChangeOfTheClockIsAnOutcome() throws Exception {
        try (var timer = TimerFd.create(Clock.REALTIME)) {
            timer.startAt(Instant.now().plus(HOUR), ClockChange.CANCEL);
            assertTrue(OpenDescriptors.info(timer.fd()).contains("settime flags: 03"));
            try (var fault = Faults.fail("read", 1, Errno.ECANCELED.number())) {
                assertEquals(TimerFd.CLOCK_CHANGED, timer.await());
                assertTrue(fault.happened());
            }
            try (var _ = Faults.fail("preadv2", 1, Errno.ECANCELED.number())) {
                assertEquals(TimerFd.CLOCK_CHANGED, timer.tryAwait());
            }
            try (var _ = Faults.fail("timerfd_settime", 1, Errno.ECANCELED.number())) {
                timer.disarm(); // done all the same, it tells of before
            }
        }
    }

    @Test
    void isWatchedByEpoll() throws Exception {
        try (var timer = TimerFd.create();
                var epoll = Epoll.<TimerFd>create()) {
            epoll.add(timer.fd(), Interest.READ, timer);
            timer.start(SHORT);
            var events = epoll.events(1);
            assertEquals(1, epoll.await(events));
            assertEquals(1, events.attachment(0).tryAwait());
            assertEquals(0, epoll.tryAwait(events));
        }
    }

    @Test
    void anotherOwnerOfTheSameTimer() throws Exception {
        try (var timer = TimerFd.create(Clock.BOOTTIME);
                var other = TimerFd.of(timer.fd().duplicate(), Clock.BOOTTIME)) {
            timer.start(Duration.ZERO);
            assertEquals(1, other.await());
            timer.close();
            assertFalse(timer.isOpen());
            assertTrue(other.isOpen());
            assertTrue(other.toString().startsWith("timerfd fd "), other.toString());
        }
    }

    @Test
    void anOlderKernelIsAskedFirst() throws Exception {
        try (var timer = TimerFd.create()) {
            try (var _ = Faults.fail("preadv2", 1, Errno.EOPNOTSUPP.number())) {
                assertEquals(TimerFd.NOT_EXPIRED, timer.tryAwait());
            }
            timer.start(Duration.ZERO);
            try (var poll = new Poll()) {
                poll.add(timer.fd(), Interest.READ);
                assertEquals(1, poll.await());
            }
            try (var _ = Faults.fail("preadv2", 1, Errno.EOPNOTSUPP.number())) {
                assertEquals(1, timer.tryAwait());
            }
        }
    }

    @Test
    void refusalsAreToldAndLeaveNothingOpen() throws Throwable {
        OpenDescriptors.assertNoneIsLeftBy(() -> {
            try (var _ = Faults.fail("timerfd_create", 1, Errno.EMFILE.number())) {
                assertThrows(LimitReachedException.class, TimerFd::create);
            }
            try (var _ = Faults.fail("timerfd_create", 1, Errno.EPERM.number())) {
                var e =
                        assertThrows(
                                NotPermittedException.class,
                                () -> TimerFd.create(Clock.BOOTTIME_ALARM));
                assertTrue(e.getMessage().contains("CAP_WAKE_ALARM"), e.getMessage());
            }
            try (var timer = TimerFd.create()) {
                assertRefused("timerfd_settime", () -> timer.start(HOUR));
                assertRefused("timerfd_settime", timer::disarm);
                assertRefused("timerfd_gettime", timer::remaining);
                assertRefused("read", timer::await);
                assertRefused("preadv2", timer::tryAwait);
            }
        });
    }

    private static void assertRefused(String function, Executable call) {
        try (var _ = Faults.fail(function, 1, Errno.EIO.number())) {
            assertEquals(Errno.EIO, assertThrows(OsException.class, call).errno());
        }
    }

    @Nested
    class Waiting extends WaitingContract {
        @Override
        protected Wait newWait() throws Exception {
            return new TimerWait(TimerFd.create());
        }
    }

    private record TimerWait(TimerFd timer) implements WaitingContract.Wait {
        @Override
        public void forever() throws Exception {
            assertEquals(1, timer.await());
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return timer.await(timeout) != TimerFd.NOT_EXPIRED;
        }

        @Override
        public void satisfy() throws Exception {
            timer.start(Duration.ZERO);
            // "At once" is when the timer's interrupt comes; a try just before would find nothing.
            boolean _ = Readiness.await(timer.fd(), Interest.READ, Deadline.after(SHORT));
        }

        @Override
        public void close() {
            timer.close();
        }

        @Override
        public void dispose() {}
    }
}
