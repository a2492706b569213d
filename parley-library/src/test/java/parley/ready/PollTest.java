package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.WaitingContract;
import parley.kernel.Faults;
import parley.kernel.SysEventfd;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.pipe.Pipe;
import parley.socket.UnixStreamSocket;

@SuppressWarnings("try") // closing early is part of the tests
@Timeout(60)
class PollTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Interest BOTH = Interest.READ.and(Interest.WRITE);
    private static final int MANY = 1_000;

    private final Poll poll = new Poll();

    @AfterEach
    void close() {
        poll.close();
    }

    @Test
    @DisplayName("POLL-001 a pipe with room, a pipe with data")
    void pipe() throws Exception {
        try (var pipe = Pipe.create()) {
            int source = poll.add(pipe.source().fd(), BOTH);
            int sink = poll.add(pipe.sink().fd(), BOTH);
            assertEquals(1, poll.tryAwait());
            assertSame(Interest.NONE, poll.ready(source));
            assertSame(Interest.WRITE, poll.ready(sink));
            pipe.sink().write(Arena.ofAuto().allocate(1));
            assertEquals(2, poll.await());
            assertSame(Interest.READ, poll.ready(source));
            assertSame(Interest.WRITE, poll.ready(sink));
            pipe.sink().close();
            poll.remove(sink);
            assertEquals(1, poll.await(SHORT));
            assertSame(Interest.READ.and(Interest.HANG_UP), poll.ready(source));
        }
    }

    @Test
    @DisplayName("POLL-003 a closed descriptor is invalid")
    void closedDescriptor() throws Exception {
        try (var counter = EventFd.create()) {
            int index = poll.add(counter.fd(), Interest.READ);
            counter.close();
            assertEquals(1, poll.tryAwait());
            assertSame(Interest.INVALID, poll.ready(index));
            assertEquals(1, poll.await());
            assertSame(Interest.INVALID, poll.ready(index));
            poll.pause(index);
            assertEquals(0, poll.tryAwait());
            assertSame(Interest.NONE, poll.ready(index));
        }
    }

    @Test
    @DisplayName("POLL-003 so is one that was closed behind its owner's back, as the kernel says")
    void closedByNumber() throws Exception {
        int number = SysEventfd.eventfd(0, SysEventfd.EFD_CLOEXEC);
        var fd = Fd.of("eventfd", "", number);
        int index = poll.add(fd, Interest.READ);
        Unistd.close(number);
        assertEquals(1, poll.tryAwait());
        assertSame(Interest.INVALID, poll.ready(index)); // its owner is not asked to close it again
    }

    @ParameterizedTest
    @EnumSource
    void closingADescriptorEndsTheWaitAndIsReported(ThreadKind kind) throws Exception {
        try (var counter = EventFd.create();
                var other = EventFd.create()) {
            poll.add(other.fd(), Interest.READ);
            int index = poll.add(counter.fd(), Interest.READ);
            var about = new CountDownLatch(1);
            try (var _ = Faults.before("ppoll", 2, about::countDown)) {
                var running = kind.start(poll::await);
                about.await();
                counter.close();
                assertEquals(1, running.result());
            }
            assertSame(Interest.INVALID, poll.ready(index));
            assertSame(Interest.NONE, poll.ready(0));
        }
    }

    @Test
    void indexesStayAndAreGivenAgain() throws Exception {
        try (var first = EventFd.create(1);
                var second = EventFd.create(1);
                var third = EventFd.create(1)) {
            assertEquals(0, poll.add(first.fd(), Interest.READ));
            assertEquals(1, poll.add(second.fd(), Interest.READ));
            assertEquals(2, poll.add(first.fd(), Interest.WRITE)); // once more
            poll.remove(1);
            assertEquals(3, poll.size());
            assertThrows(IllegalArgumentException.class, () -> poll.ready(1));
            assertThrows(IllegalArgumentException.class, () -> poll.remove(1));
            assertThrows(IndexOutOfBoundsException.class, () -> poll.ready(3));
            assertEquals(2, poll.tryAwait());
            assertEquals(0, poll.nextReady(0));
            assertEquals(2, poll.nextReady(1));
            assertEquals(-1, poll.nextReady(3));
            assertEquals(1, poll.add(third.fd(), Interest.READ));
            assertSame(third.fd(), poll.fd(1));
            assertEquals(3, poll.tryAwait());
        }
    }

    @Test
    void interestsChangeAndPause() throws Exception {
        try (var counter = EventFd.create()) {
            int index = poll.add(counter.fd(), Interest.READ);
            assertEquals(0, poll.tryAwait());
            poll.modify(index, Interest.WRITE);
            assertEquals(1, poll.tryAwait());
            poll.pause(index);
            assertEquals(0, poll.tryAwait());
            assertEquals(0, poll.await(Duration.ofMillis(1)));
            poll.resume(index);
            assertEquals(1, poll.tryAwait());
            assertThrows(
                    IllegalArgumentException.class, () -> poll.modify(index, Interest.INVALID));
            assertThrows(
                    IllegalArgumentException.class, () -> poll.add(counter.fd(), Interest.INVALID));
        }
    }

    @Test
    void urgentDataAndAFinishedPeer() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            int index = poll.add(pair.first().fd(), Interest.URGENT.and(Interest.PEER_FINISHED));
            assertEquals(0, poll.tryAwait());
            pair.second().shutdownOutput();
            assertEquals(1, poll.await());
            assertSame(Interest.PEER_FINISHED, poll.ready(index));
        }
    }

    @Test
    void aThousandDescriptors() throws Exception {
        var open = new ArrayList<EventFd>();
        for (int i = 0; i < MANY; i++) {
            open.add(EventFd.create());
            poll.add(open.get(i).fd(), Interest.READ);
        }
        assertEquals(0, poll.tryAwait());
        open.get(MANY - 1).add(1);
        assertEquals(1, poll.await());
        assertEquals(MANY - 1, poll.nextReady(0));
        open.forEach(EventFd::close);
        assertEquals(MANY, poll.tryAwait()); // all invalid
    }

    @Test
    void aListIsForOneThreadAtATime() throws Exception {
        try (var counter = EventFd.create()) {
            poll.add(counter.fd(), Interest.READ);
            var about = new CountDownLatch(1);
            try (var _ = Faults.before("ppoll", 2, about::countDown)) {
                var running = ThreadKind.PLATFORM.start(poll::await);
                about.await();
                assertThrows(IllegalStateException.class, poll::tryAwait);
                assertThrows(
                        IllegalStateException.class, () -> poll.add(counter.fd(), Interest.READ));
                assertThrows(IllegalStateException.class, () -> poll.remove(0));
                counter.add(1);
                assertEquals(1, running.result());
            }
            assertEquals(1, poll.tryAwait());
        }
    }

    @Test
    void refusalsAreToldAndDescriptorsAreLeft() throws Throwable {
        OpenDescriptors.assertNoneIsLeftBy(() -> {
            try (var counter = EventFd.create();
                    var own = new Poll()) {
                own.add(counter.fd(), Interest.READ);
                for (int nth = 1; nth <= 2; nth++) {
                    try (var _ = Faults.fail("ppoll", nth, Errno.ENOMEM.number())) {
                        assertThrows(OsException.class, () -> own.await(SHORT));
                    }
                }
                try (var _ = Faults.fail("ppoll", 1, Errno.EINTR.number())) {
                    assertEquals(0, own.tryAwait());
                }
                own.close();
                assertFalse(own.isOpen());
                assertThrows(ClosedChannelException.class, own::tryAwait);
                assertThrows(ClosedChannelException.class, own::tryAwait);
                assertTrue(counter.isOpen());
            }
        });
    }

    @Nested
    class Waiting extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return new Blocked("ppoll", 2); // the first looks
        }

        @Override
        protected Wait newWait() throws Exception {
            var own = new Poll();
            var counter = EventFd.create();
            own.add(counter.fd(), Interest.READ);
            return new PollWait(own, counter);
        }
    }

    private record PollWait(Poll poll, EventFd counter) implements WaitingContract.Wait {
        @Override
        public void forever() throws Exception {
            assertEquals(1, poll.await());
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return poll.await(timeout) > 0;
        }

        /// By write(2) alone: adding looks first, by the function that is waited in.
        @Override
        public void satisfy() throws Exception {
            counter.add(2);
        }

        @Override
        public boolean isTakenOnce() {
            return false;
        }

        @Override
        public void close() {
            poll.close();
        }

        @Override
        public void dispose() {
            counter.close();
        }
    }
}
