package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.ThreadKind;
import parley.contract.WaitingContract;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.pipe.NamedPipe;
import parley.pipe.Pipe;

@SuppressWarnings("try") // closing early is part of the tests
@Timeout(60)
class SelectTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Interest BOTH = Interest.READ.and(Interest.WRITE);

    private final Select select = new Select();

    @Test
    @DisplayName("POLL-007 pipe, FIFO, file: the right bits are set")
    void bits(@TempDir Path directory) throws Exception {
        var file = Files.writeString(directory.resolve("file"), "x").toString();
        var fifo = NamedPipe.create(directory.resolve("fifo"));
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined();
                var fd = Fd.of("open", "", Fcntl.open(arena.allocateFrom(file), 2, 0));
                var source = fifo.tryOpenSource();
                var sink = fifo.tryOpenSink().orElseThrow()) {
            select.set(pipe.source().fd(), Interest.READ);
            select.set(pipe.sink().fd(), Interest.WRITE);
            select.set(source.fd(), BOTH);
            select.set(sink.fd(), BOTH);
            select.set(fd, BOTH);
            sink.write(arena.allocate(1));
            assertEquals(5, select.await());
            assertSame(Interest.NONE, select.ready(pipe.source().fd()));
            assertSame(Interest.WRITE, select.ready(pipe.sink().fd()));
            assertSame(Interest.READ, select.ready(source.fd()));
            assertSame(Interest.WRITE, select.ready(sink.fd()));
            assertSame(BOTH, select.ready(fd));
            select.clear(fd);
            assertEquals(3, select.tryAwait());
            assertSame(Interest.NONE, select.ready(fd));
        }
    }

    @Test
    @DisplayName("POLL-008 a closed descriptor is refused")
    void closedDescriptor() throws Exception {
        try (var counter = EventFd.create(1);
                var other = EventFd.create(1)) {
            select.set(other.fd(), Interest.READ);
            select.set(counter.fd(), Interest.READ);
            counter.close();
            assertThrows(ClosedChannelException.class, select::await);
            assertThrows(ClosedChannelException.class, select::tryAwait);
            select.clear(counter.fd());
            assertEquals(1, select.await());
        }
    }

    @Test
    @DisplayName("POLL-009 when the time is over all bits are cleared")
    void timeIsOver() throws Exception {
        try (var pipe = Pipe.create();
                var counter = EventFd.create(1)) {
            var room = Arena.ofAuto().allocate(4096);
            while (pipe.sink().tryWrite(room) > 0) {
                // until it is full
            }
            select.set(pipe.sink().fd(), Interest.WRITE);
            select.set(counter.fd(), Interest.READ);
            assertEquals(1, select.await(SHORT));
            counter.take();
            long start = System.nanoTime();
            assertEquals(0, select.await(SHORT));
            assertTrue(System.nanoTime() - start >= SHORT.toNanos());
            assertSame(Interest.NONE, select.ready(counter.fd()));
            assertSame(Interest.NONE, select.ready(pipe.sink().fd()));
        }
    }

    @Test
    @DisplayName("POLL-010 a number that has no place is refused, and what to use instead is named")
    void tooLargeANumber() throws Exception {
        var open = new ArrayList<EventFd>();
        try {
            do {
                open.add(EventFd.create(1));
            } while (open.getLast().fd().number() < Select.NUMBERS);
            var fd = open.getLast().fd();
            var e =
                    assertThrows(
                            IllegalArgumentException.class, () -> select.set(fd, Interest.READ));
            assertTrue(e.getMessage().contains("FD_SETSIZE"), e.getMessage());
            assertTrue(e.getMessage().contains("Epoll"), e.getMessage());
            for (var each : open) {
                if (each.fd().number() == Select.NUMBERS - 1) {
                    select.set(each.fd(), Interest.READ);
                    assertEquals(1, select.await());
                    assertSame(Interest.READ, select.ready(each.fd()));
                }
            }
        } finally {
            open.forEach(EventFd::close);
        }
    }

    @Test
    void thereAreThreeSets() throws Exception {
        try (var counter = EventFd.create(1)) {
            select.set(counter.fd(), BOTH.and(Interest.URGENT));
            assertEquals(2, select.tryAwait());
            for (var none :
                    new Interest[] {Interest.HANG_UP, Interest.ERROR, Interest.PEER_FINISHED}) {
                assertThrows(IllegalArgumentException.class, () -> select.set(counter.fd(), none));
            }
        }
    }

    @Test
    void setsAreForOneThreadAtATime() throws Exception {
        try (var counter = EventFd.create()) {
            select.set(counter.fd(), Interest.READ);
            var about = new CountDownLatch(1);
            try (var _ = Faults.before("pselect", 2, about::countDown)) {
                var running = ThreadKind.PLATFORM.start(select::await);
                about.await();
                assertThrows(IllegalStateException.class, select::tryAwait);
                assertThrows(
                        IllegalStateException.class,
                        () -> select.set(counter.fd(), Interest.WRITE));
                assertThrows(IllegalStateException.class, () -> select.clear(counter.fd()));
                counter.add(1);
                assertEquals(1, running.result());
            }
        }
    }

    @Test
    void refusalsAreTold() throws Exception {
        try (var counter = EventFd.create()) {
            select.set(counter.fd(), Interest.READ);
            for (int nth = 1; nth <= 2; nth++) {
                try (var _ = Faults.fail("pselect", nth, Errno.ENOMEM.number())) {
                    assertThrows(OsException.class, () -> select.await(SHORT));
                }
            }
            try (var _ = Faults.fail("pselect", 1, Errno.EINTR.number())) {
                assertEquals(0, select.tryAwait());
            }
        }
    }

    @Nested
    class Waiting extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return new Blocked("pselect", 2); // the first looks
        }

        @Override
        protected Wait newWait() throws Exception {
            var own = new Select();
            var counter = EventFd.create();
            own.set(counter.fd(), Interest.READ);
            return new SelectWait(own, counter);
        }
    }

    private record SelectWait(Select select, EventFd counter) implements WaitingContract.Wait {
        @Override
        public void forever() throws Exception {
            assertEquals(1, select.await());
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return select.await(timeout) > 0;
        }

        @Override
        public void satisfy() throws Exception {
            counter.add(1);
        }

        @Override
        public boolean isTakenOnce() {
            return false;
        }

        @Override
        public void close() {
            counter.close();
        }

        @Override
        public void dispose() {}
    }
}
