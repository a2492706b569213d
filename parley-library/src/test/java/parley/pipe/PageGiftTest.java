package parley.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.ThreadKind;
import parley.contract.WaitingContract;
import parley.os.Fd;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.process.Redirect;
import parley.process.Spawn;

@Timeout(60)
final class PageGiftTest {
    private static final int CAPACITY = 65536;

    private static PageGift filled(long bytes) throws OsException {
        var pages = PageGift.allocate(bytes);
        pages.segment().fill((byte) 'g');
        return pages;
    }

    private static void drain(PipeSource source) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(CAPACITY);
            while (source.tryRead(buffer) > 0) {
                assertEquals('g', buffer.get(ValueLayout.JAVA_BYTE, 0));
            }
        }
    }

    private static boolean isMapped(MemorySegment memory) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.map(line -> line.split("[- ]", 3))
                    .anyMatch(ends ->
                            Long.parseUnsignedLong(ends[0], 16) <= memory.address()
                                    && memory.address() < Long.parseUnsignedLong(ends[1], 16));
        }
    }

    @Test
    void anotherProgramReadsWhatNobodyCopied() throws Exception {
        var count = Spawn.command("tr", "-cd", "g").stdin(Redirect.pipe()).stdout(Redirect.pipe());
        try (var child = count.start();
                var pages = filled(1_000_001)) {
            var reading =
                    ThreadKind.PLATFORM.start(() -> child.stdout().inputStream().readAllBytes());
            child.stdin().give(pages);
            assertEquals(0, pages.bytesLeft());
            child.stdin().close();
            assertEquals(1_000_001, reading.result().length);
        }
    }

    @Test
    void givenPagesAreOutOfReachAndFreed() throws Exception {
        try (var pipe = Pipe.create();
                var pages = filled(2 * CAPACITY)) {
            var memory = pages.segment();
            assertEquals(CAPACITY, pipe.sink().tryGive(pages));
            assertEquals(CAPACITY, pages.bytesLeft());
            assertThrows(
                    IllegalStateException.class,
                    () -> memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 0));
            assertTrue(isMapped(memory));
            assertEquals(0, pipe.sink().tryGive(pages));
            assertEquals(0, pipe.sink().give(pages, Duration.ofMillis(5)));
            drain(pipe.source());
            assertEquals(CAPACITY, pipe.sink().give(pages, Duration.ofMinutes(1)));
            assertFalse(isMapped(memory));
            assertThrows(IllegalStateException.class, () -> pipe.sink().give(pages));
            drain(pipe.source());
        }
    }

    @Test
    void whatIsNotGivenIsFreedByClosing() throws Exception {
        var pages = filled(100);
        var memory = pages.segment();
        assertTrue(isMapped(memory));
        pages.close();
        pages.close();
        assertFalse(isMapped(memory));
        try (var pipe = Pipe.create()) {
            assertThrows(IllegalStateException.class, () -> pipe.sink().give(pages));
        }
        assertThrows(IllegalArgumentException.class, () -> PageGift.allocate(0));
        assertThrows(OsException.class, () -> PageGift.allocate(Long.MAX_VALUE / 2));
    }

    @Test
    void whoGivesToNobodyIsToldAndNotKilled() throws Exception {
        try (var pipe = Pipe.create();
                var pages = filled(100)) {
            pipe.source().close();
            assertThrows(PeerGoneException.class, () -> pipe.sink().give(pages));
            assertEquals(100, pages.bytesLeft());
        }
    }

    @Test
    void anotherThreadMayNotGiveThem() throws Exception {
        try (var pipe = Pipe.create();
                var pages = filled(100)) {
            var other = ThreadKind.PLATFORM.start(() -> pipe.sink().tryGive(pages));
            assertThrows(WrongThreadException.class, other::result);
        }
    }

    @Test
    void anInterruptSaysHowMuchWent() throws Exception {
        try (var pipe = Pipe.create()) {
            var giver =
                    ThreadKind.PLATFORM.start(() -> {
                        try (var pages = filled(4 * CAPACITY)) {
                            var e =
                                    assertThrows(
                                            InterruptedIOException.class,
                                            () -> pipe.sink().give(pages));
                            assertEquals(4 * CAPACITY - e.bytesTransferred, pages.bytesLeft());
                            return e.bytesTransferred;
                        }
                    });
            giver.awaitBlocked();
            giver.interrupt();
            assertEquals(CAPACITY, giver.result());
            drain(pipe.source());
        }
    }

    /// Waiting for room.
    @Nested
    class Giving extends WaitingContract {
        @Override
        protected Wait newWait() throws Exception {
            var pipe = Pipe.create();
            pipe.sink().setCapacityBytes(1);
            pipe.sink().tryWrite(Arena.ofAuto().allocate(4096));
            return new Wait() {
                @Override
                public void forever() throws Exception {
                    try (var pages = filled(1)) {
                        pipe.sink().give(pages);
                    }
                }

                @Override
                public boolean atMost(Duration timeout) throws Exception {
                    try (var pages = filled(1)) {
                        return pipe.sink().give(pages, timeout) != 0;
                    }
                }

                @Override
                public void satisfy() throws Exception {
                    pipe.source().tryRead(Arena.ofAuto().allocate(4096));
                }

                @Override
                public Optional<Fd> peersEnd() {
                    return Optional.of(pipe.source().fd());
                }

                @Override
                public void close() {
                    pipe.sink().close();
                }

                @Override
                public void dispose() {
                    pipe.close();
                }
            };
        }
    }
}
