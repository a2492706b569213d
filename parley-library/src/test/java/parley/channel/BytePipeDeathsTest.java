package parley.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.PeerGoneException;
import parley.ready.Outcome;
import parley.shm.LookAgain;

/// JVMs at the other side of a byte pipe are killed at random, while this one sleeps and is woken:
/// more with `-Dparley.jvm.victims=500 -Dparley.crash.seed=7`.
@Timeout(3600)
class BytePipeDeathsTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final int VICTIMS = Integer.getInteger("parley.jvm.victims", 12);
    private static final int AT_WORK_MICROS = 20_000; // at most
    private static final Duration LONG = Duration.ofSeconds(50);

    private final Random random = new Random(Long.getLong("parley.crash.seed", 1));
    private final String name = Unique.name("pipe");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(5000);
    private BytePipe pipe;

    @BeforeEach
    void create() throws IOException {
        pipe = BytePipe.create(name, 4096);
    }

    @AfterEach
    void unlink() throws IOException {
        pipe.close();
        BytePipe.unlink(name);
        arena.close();
    }

    private void killMany(String doing) throws Exception {
        for (int i = 0; i < VICTIMS; i++) {
            try (var victim = BytePipePeer.start(doing, name)) {
                LockSupport.parkNanos(1000L * random.nextInt(AT_WORK_MICROS));
                victim.kill();
            }
        }
    }

    @Test
    void nothingIsLostWhenWritersAreKilled() throws Exception {
        var source = pipe.source().whenAlone(WhenAlone.WAIT);
        var reading =
                ThreadKind.VIRTUAL.start(() -> {
                    long position = 0;
                    long before = -1;
                    while (position > before) { // until the end is asked for
                        before = position;
                        position = BytePipePeer.read(source, memory, position, Long.MAX_VALUE);
                    }
                    return position;
                });
        killMany("write");
        source.whenAlone(WhenAlone.END);
        pipe.sink().close();
        assertEquals(pipe.status().ring().written(), reading.result());
    }

    @Test
    void aReadersSuccessorGoesOnWhereItHadReadTo() throws Exception {
        var sink = pipe.sink().whenAlone(WhenAlone.WAIT);
        var writing =
                ThreadKind.VIRTUAL.start(() -> {
                    BytePipePeer.write(sink, memory, 0, Long.MAX_VALUE);
                    return true;
                });
        killMany("read");
        writing.awaitBlocked();
        writing.interrupt();
        assertThrows(InterruptedIOException.class, writing::result);
        sink.close();
        var ring = pipe.status().ring();
        assertTrue(ring.read() > 0, ring::toString);
        var into = arena.allocate(100);
        long end = BytePipePeer.read(pipe.source(), into, ring.read(), Long.MAX_VALUE);
        assertEquals(ring.written(), end);
    }

    @ParameterizedTest
    @EnumSource
    void aKilledWriterIsTheEnd(ThreadKind kind) throws Exception {
        var source = pipe.source();
        try (var peer = BytePipePeer.start("hold-sink", name)) {
            assertEquals(0, source.tryRead(memory));
            var reading = kind.start(() -> source.read(memory));
            reading.awaitBlocked();
            peer.kill();
            assertEquals(Outcome.END, reading.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKilledReaderBreaksThePipe(ThreadKind kind) throws Exception {
        var sink = pipe.sink();
        try (var peer = BytePipePeer.start("hold-source", name)) {
            var writing = kind.start(() -> sink.write(memory, LONG));
            writing.awaitBlocked();
            peer.kill();
            assertThrows(PeerGoneException.class, writing::result);
        }
        assertThrows(PeerGoneException.class, () -> sink.tryWrite(memory));
        assertEquals(0, sink.tryWrite(MemorySegment.NULL));
    }
}
