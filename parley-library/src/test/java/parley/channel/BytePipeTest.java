package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.Allocations;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.LookAgain;
import parley.shm.SharedRegion;

@Timeout(120)
class BytePipeTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final int CAPACITY = 1024;
    private static final Duration LONG = Duration.ofSeconds(50);

    private final String name = Unique.name("pipe");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(CAPACITY);
    private BytePipe pipe;
    private BytePipe other;

    @BeforeEach
    void open() throws IOException {
        pipe = BytePipe.create(name, CAPACITY);
        other = BytePipe.open(name);
    }

    @AfterEach
    void close() throws IOException {
        pipe.close();
        other.close();
        BytePipe.unlink(name);
        arena.close();
    }

    private static void assertBusy(ThreadKind.Action<?> action) {
        assertEquals(Errno.EBUSY, assertThrows(OsException.class, action::run).errno());
    }

    @Test
    void aNameIsOfOnePipe() throws Exception {
        assertTrue(BytePipe.list().contains(name));
        assertFalse(MessageChannel.list().contains(name));
        assertEquals(ChannelKind.BYTES, ChannelKind.of(name));
        assertThrows(AlreadyExistsException.class, () -> BytePipe.create(name, CAPACITY));
        try (var same = BytePipe.openOrCreate(name, 64)) {
            assertEquals(CAPACITY, same.status().ring().capacity());
        }
        assertThrows(NotFoundException.class, () -> BytePipe.open(name + "-none"));
        assertThrows(BadRegionException.class, () -> MessageChannel.open(name));
    }

    @Test
    void whatIsNoPipeIsRefused() throws Exception {
        long number = new BytePipeLayout(CAPACITY).number();
        for (long wrong : new long[] {7, number + (1L << 48), number | 0xffL << 32}) {
            try (var region = SharedRegion.createAnonymous(wrong, 1 << 16)) {
                assertThrows(BadRegionException.class, () -> BytePipe.of(region.fd().duplicate()));
            }
        }
        try (var region = SharedRegion.createAnonymous(number, CAPACITY)) {
            assertThrows(BadRegionException.class, () -> BytePipe.of(region.fd().duplicate()));
        }
        var mistake = IllegalArgumentException.class;
        assertThrows(mistake, () -> BytePipe.createAnonymous(1000));
        assertThrows(mistake, () -> BytePipe.createAnonymous(32));
    }

    @Test
    void eachSideIsOfOneAtATime() throws Exception {
        var sink = pipe.sink();
        var source = other.source();
        assertBusy(other::sink);
        assertBusy(pipe::source);
        assertTrue(pipe.sink(Duration.ofMillis(5)).isEmpty());
        var standingBy = ThreadKind.VIRTUAL.start(() -> pipe.source(LONG).orElseThrow());
        standingBy.awaitBlocked();
        source.close();
        standingBy.result().close();
        sink.close();
        assertFalse(other.hasSink() || other.hasSource());
        pipe.sink(LONG).orElseThrow().close();
    }

    @Test
    void beforeTheFirstWriterThereIsNoEnd() throws Exception {
        var source = other.source();
        assertEquals(0, source.read(memory, Duration.ofMillis(20)));
        pipe.sink().close();
        assertEquals(Outcome.END, source.read(memory));
        assertEquals(Outcome.END, source.tryRead(memory));
    }

    /// A stream that was empty has an end like every other.
    @Test
    void aReaderWhoComesLaterIsToldOfTheEndOnce() throws Exception {
        pipe.sink().close();
        try (var source = other.source()) {
            assertEquals(Outcome.END, source.read(memory));
        }
        try (var source = other.source()) {
            assertEquals(0, source.tryRead(memory));
            try (var sink = pipe.sink()) {
                sink.write(memory.asSlice(0, 10));
            }
            assertEquals(10, source.read(memory));
            assertEquals(Outcome.END, source.read(memory));
        }
    }

    @Test
    void whoComesFirstWaitsForAReader() throws Exception {
        other.source().close(); // not one of this writer's
        var sink = pipe.sink();
        assertEquals(CAPACITY, sink.write(memory, Duration.ofMillis(20)));
        assertEquals(0, sink.write(memory, Duration.ofMillis(20)));
        var source = other.source();
        int read = 0;
        while (read < CAPACITY) {
            read += source.read(memory);
        }
        sink.write(memory.asSlice(0, 10));
        source.close();
        assertThrows(PeerGoneException.class, () -> sink.write(memory.asSlice(0, 10)));
    }

    @ParameterizedTest
    @EnumSource
    void whoAsksForItWaitsForAnother(ThreadKind kind) throws Exception {
        var sink = pipe.sink().whenAlone(WhenAlone.WAIT);
        other.source().close();
        var writing = kind.start(() -> sink.write(arena.allocate(2 * CAPACITY), LONG));
        writing.awaitBlocked();
        var source = other.source().whenAlone(WhenAlone.WAIT);
        int read = 0;
        while (read < 2 * CAPACITY) {
            read += source.read(memory);
        }
        assertEquals(2L * CAPACITY, writing.result());
        sink.close();
        var reading = kind.start(() -> source.read(memory));
        reading.awaitBlocked();
        pipe.sink().write(memory.asSlice(0, 7));
        assertEquals(7, reading.result());
    }

    @ParameterizedTest
    @EnumSource
    void eachWayToWaitComesToAnEnd(Waiting waiting) throws Exception {
        var sink = pipe.sink().waiting(waiting);
        var source = other.source().waiting(waiting);
        assertEquals(0, source.read(memory, Duration.ofMillis(5)));
        long bytes = 10_000_000;
        var writing =
                ThreadKind.PLATFORM.start(() -> {
                    BytePipePeer.write(sink, arena.allocate(700), 0, bytes);
                    return true;
                });
        assertEquals(bytes, BytePipePeer.read(source, memory, 0, bytes));
        assertTrue(writing.result());
        var closed = ThreadKind.PLATFORM.start(() -> source.read(memory));
        source.close();
        assertThrows(ClosedChannelException.class, closed::result);
    }

    @Test
    void whoWaitsForHisTurnIsToldOfTheClose() throws Exception {
        var source = other.source();
        var first = ThreadKind.PLATFORM.start(() -> source.read(memory));
        first.awaitBlocked();
        var second = ThreadKind.VIRTUAL.start(() -> source.read(memory));
        second.awaitBlocked();
        assertEquals(0, source.tryRead(memory));
        assertEquals(0, source.read(memory, Duration.ofMillis(5)));
        other.close();
        assertThrows(AsynchronousCloseException.class, first::result);
        assertThrows(ClosedChannelException.class, second::result);
    }

    @Test
    void memoryOfTheHeapIsWrittenAndRead() throws Exception {
        pipe.sink().write(MemorySegment.ofArray("17.4".getBytes(UTF_8)));
        var into = new byte[4];
        assertEquals(4, other.source().read(MemorySegment.ofArray(into)));
        assertArrayEquals("17.4".getBytes(UTF_8), into);
    }

    @Test
    void whatIsWrittenAndReadIsNoGarbage() throws Throwable {
        var sink = pipe.sink();
        var source = other.source();
        var out = arena.allocate(100);
        Allocations.assertNone(() -> {
            sink.write(out);
            assertEquals(100, source.read(memory));
            assertEquals(100, sink.tryWrite(out));
            assertEquals(100, source.tryRead(memory));
        });
    }

    @Test
    void noSystemCallIsMadeWhileBothSidesAreAwake() throws Exception {
        var sink = pipe.sink().waiting(Waiting.SPIN);
        var source = other.source().waiting(Waiting.SPIN);
        var calls = new AtomicInteger();
        var faults = Calls.counting("futex", calls);
        faults.addAll(Calls.counting("membarrier", calls));
        for (int i = 0; i < 10_000; i++) {
            sink.write(memory.asSlice(0, 100));
            assertEquals(100, source.read(memory));
        }
        assertEquals(0, calls.get());
        faults.forEach(Faults.Fault::close);
    }

    @Test
    void positionsThatCannotBeAreNoCrash() throws Exception {
        try (var region = SharedRegion.createAnonymous(1, BytePipe.bytes(CAPACITY))) {
            var one = BytePipe.in(region, 0, CAPACITY);
            var sink = one.sink();
            var source = one.source();
            sink.write(memory);
            long written = BytePipeLayout.RING + 256;
            long read = BytePipeLayout.RING + 384;
            for (long wrong : new long[] {-1, CAPACITY + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
                region.data().set(JAVA_LONG, read, wrong);
                assertThrows(BadRegionException.class, () -> sink.tryWrite(memory), "" + wrong);
                region.data().set(JAVA_LONG, read, 0);
            }
            assertEquals(CAPACITY / 4, source.tryRead(memory));
            region.data().set(JAVA_LONG, written, 3L * CAPACITY);
            sink.close();
            source.close();
            assertThrows(BadRegionException.class, one::sink);
            assertThrows(BadRegionException.class, one::source);
            region.data().set(JAVA_LONG, written, CAPACITY);
            assertEquals(CAPACITY / 4, one.source().read(memory));
            assertEquals(CAPACITY / 2, one.sink().tryWrite(memory));
            one.close();
        }
    }

    @Test
    void statusCountsWhatWasWrittenAndRead() throws Exception {
        var sink = pipe.sink();
        sink.write(memory.asSlice(0, 100).fill((byte) 1));
        assertEquals(7, other.source().read(memory.asSlice(0, 7)));
        assertEquals(1, memory.get(JAVA_BYTE, 6));
        var status = pipe.status();
        assertTrue(status.hasSink() && status.hasSource());
        assertEquals(100, status.ring().written());
        assertEquals(7, status.ring().read());
        assertEquals(93, status.ring().bytesWaiting());
        assertEquals(2, pipe.participants().size());
    }

    @Test
    void theRegionMayBeClosedBeforeThePipe() throws Exception {
        var region = SharedRegion.createAnonymous(1, BytePipe.bytes(64));
        var one = BytePipe.in(region, 0, 64);
        var sink = one.sink();
        var source = one.source();
        var reading = ThreadKind.VIRTUAL.start(() -> source.read(memory));
        reading.awaitBlocked();
        region.close();
        assertThrows(ClosedChannelException.class, reading::result);
        assertThrows(ClosedChannelException.class, () -> sink.tryWrite(memory));
        assertThrows(ClosedChannelException.class, () -> source.tryRead(memory));
        one.close();
        assertThrows(ClosedChannelException.class, one::sink);
        sink.close();
    }
}
