package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.WaitingContract;
import parley.kernel.Faults;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.LimitReachedException;
import parley.os.OsException;

@SuppressWarnings("try") // closing early is part of the tests
class EventFdTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final long SOME = 5;

    @Test
    @DisplayName("EFD-001 taking gives the sum and leaves 0")
    void takingGivesTheSum() throws Exception {
        try (var counter = EventFd.create(10)) {
            assertEquals(10, counter.value());
            assertEquals(10, counter.take());
            assertEquals(0, counter.value());
            assertEquals(EventFd.NOTHING, counter.tryTake());
            counter.add(2);
            assertTrue(counter.tryAdd(3));
            assertTrue(counter.add(4, SHORT));
            assertTrue(counter.tryAdd(1));
            counter.add(0);
            assertEquals(10, counter.take(SHORT));
        }
    }

    @Test
    void aPlatformThreadTakesAndAddsWithoutAskingFirst() throws Exception {
        try (var asked = Faults.before("ppoll", 1, () -> {});
                var counter = EventFd.create()) {
            var taker = ThreadKind.PLATFORM.start(counter::take);
            taker.awaitBlocked();
            counter.add(SOME);
            assertEquals(SOME, taker.result());
            assertFalse(asked.happened());
        }
    }

    @Test
    @DisplayName("EFD-004 2^64 - 1 is refused")
    void theLargestNumberIsRefused() throws Exception {
        try (var counter = EventFd.create()) {
            assertThrows(IllegalArgumentException.class, () -> counter.add(-1));
            assertThrows(IllegalArgumentException.class, () -> counter.tryAdd(-1));
            assertThrows(IllegalArgumentException.class, () -> counter.add(-1, SHORT));
            assertThrows(IllegalArgumentException.class, () -> EventFd.create(-1));
            assertThrows(IllegalArgumentException.class, () -> EventFd.create(1L << 32));
        }
        try (var counter = EventFd.create((1L << 32) - 1)) {
            assertEquals((1L << 32) - 1, counter.take());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("EFD-005 a full counter refuses without waiting")
    void aFullCounterRefuses(ThreadKind kind) throws Exception {
        try (var counter = EventFd.create()) {
            counter.add(EventFd.MAX);
            assertEquals(EventFd.MAX, counter.value());
            assertFalse(kind.start(() -> counter.tryAdd(1)).result());
            assertFalse(kind.start(() -> counter.add(1, SHORT)).result());
            assertFalse(kind.start(() -> counter.add(2, SHORT)).result());
            assertEquals(EventFd.MAX, counter.take());
            counter.add(EventFd.MAX - SOME);
            assertFalse(kind.start(() -> counter.tryAdd(SOME + 1)).result());
            assertTrue(kind.start(() -> counter.tryAdd(SOME)).result());
            assertEquals(EventFd.MAX, counter.tryTake());
        }
    }

    @Test
    @DisplayName("EFD-006 it is ready to read while above 0, ready to write while below the most")
    void readiness() throws Exception {
        try (var counter = EventFd.create(1);
                var poll = new Poll()) {
            poll.add(counter.fd(), Interest.READ.and(Interest.WRITE));
            assertEquals(1, poll.tryAwait());
            assertEquals(Interest.READ.and(Interest.WRITE), poll.ready(0));
            counter.take();
            poll.tryAwait();
            assertEquals(Interest.WRITE, poll.ready(0));
            counter.add(EventFd.MAX);
            poll.tryAwait();
            assertEquals(Interest.READ, poll.ready(0));
        }
    }

    @Test
    @DisplayName("EFD-009 a semaphore gives 1 each time")
    void aSemaphoreGivesOneEachTime() throws Exception {
        try (var semaphore = EventFd.createSemaphore(SOME)) {
            for (int i = 0; i < SOME; i++) {
                assertEquals(1, semaphore.take());
            }
            assertEquals(EventFd.NOTHING, semaphore.tryTake());
        }
    }

    @Test
    void anotherOwnerOfTheSameCounterSeesIt() throws Exception {
        try (var counter = EventFd.create();
                var other = EventFd.of(counter.fd().duplicate())) {
            counter.add(3);
            assertEquals(3, other.take());
            counter.close();
            assertFalse(counter.isOpen());
            assertTrue(other.tryAdd(1));
            assertTrue(other.address().startsWith("eventfd:" + ProcessHandle.current().pid()));
            assertEquals(other.address(), other.toString());
        }
    }

    @Test
    void theDescriptorStaysBlocking() throws Exception {
        try (var counter = EventFd.create()) {
            counter.tryTake();
            counter.add(1);
            assertTrue(OpenDescriptors.info(counter.fd()).contains("flags:\t02000002"));
        }
    }

    @Test
    void whatIsNoEventFdHasNoValue() throws Exception {
        try (var timer = TimerFd.create();
                var counter = EventFd.of(timer.fd().duplicate())) {
            assertThrows(IOException.class, counter::value);
        }
    }

    @Test
    void aReadWithoutNowaitLooksFirst() throws Exception {
        try (var counter = EventFd.create()) {
            for (long expected : new long[] {EventFd.NOTHING, SOME}) {
                try (var fault = Faults.fail("preadv2", 1, Errno.EOPNOTSUPP.number())) {
                    assertEquals(expected, counter.tryTake());
                    assertTrue(fault.happened());
                }
                counter.add(SOME);
            }
        }
    }

    @Test
    void refusalsAreToldAndLeaveNothingOpen() throws Throwable {
        OpenDescriptors.assertNoneIsLeftBy(() -> {
            try (var _ = Faults.fail("eventfd", 1, Errno.EMFILE.number())) {
                assertThrows(LimitReachedException.class, EventFd::create);
            }
            try (var counter = EventFd.create(1)) {
                assertRefused("read", counter::take);
                assertRefused("preadv2", counter::tryTake);
                assertRefused("write", () -> counter.add(1));
                assertRefused("write", () -> counter.add(2));
                assertRefused("write", () -> counter.tryAdd(2));
                assertRefused("ppoll", () -> counter.tryAdd(1));
                assertEquals(1, counter.take());
            }
        });
    }

    private static void assertRefused(
            String function, org.junit.jupiter.api.function.Executable call) {
        try (var _ = Faults.fail(function, 1, Errno.EIO.number())) {
            assertEquals(Errno.EIO, assertThrows(OsException.class, call).errno());
        }
    }

    @Nested
    class Taking extends WaitingContract {
        @Override
        protected Wait newWait() throws Exception {
            return new TakeWait(EventFd.create());
        }
    }

    @Nested
    class TakingFromASemaphore extends WaitingContract {
        @Override
        protected Wait newWait() throws Exception {
            return new TakeWait(EventFd.createSemaphore(0));
        }
    }

    @Nested
    class Adding extends WaitingContract {
        @Override
        protected Wait newWait() throws Exception {
            return new AddWait(full(), 1);
        }
    }

    @Nested
    class AddingMoreThanOne extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return new Blocked("write", 1);
        }

        @Override
        protected Wait newWait() throws Exception {
            return new AddWait(full(), 2);
        }
    }

    private static EventFd full() throws Exception {
        var counter = EventFd.create();
        counter.add(EventFd.MAX);
        return counter;
    }

    private abstract static class CounterWait implements WaitingContract.Wait {
        final EventFd counter;

        CounterWait(EventFd counter) {
            this.counter = counter;
        }

        @Override
        public void close() {
            counter.close();
        }

        @Override
        public void dispose() {}
    }

    private static final class TakeWait extends CounterWait {
        TakeWait(EventFd counter) {
            super(counter);
        }

        @Override
        public void forever() throws Exception {
            assertEquals(1, counter.take());
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return counter.take(timeout) != EventFd.NOTHING;
        }

        @Override
        public void satisfy() throws Exception {
            counter.add(1);
        }
    }

    private static final class AddWait extends CounterWait {
        private final long number;

        AddWait(EventFd counter, long number) {
            super(counter);
            this.number = number;
        }

        @Override
        public void forever() throws Exception {
            counter.add(number);
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return counter.add(number, timeout);
        }

        @Override
        public void satisfy() throws Exception {
            assertEquals(EventFd.MAX, counter.take());
        }

        @Override
        public boolean isTakenOnce() {
            return false;
        }
    }

    @Test
    void closedIsClosed() throws Exception {
        var counter = EventFd.create();
        Fd fd = counter.fd();
        counter.close();
        assertFalse(fd.isOpen());
    }
}
