package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.OsException;

/// A ring of bytes with a program in C at the other side, which is killed at random: more often
/// with `-Dparley.victims=20000 -Dparley.crash.seed=7`. Each byte follows from its position.
@Timeout(3600)
class ByteRingDeathsTest {
    private static final int VICTIMS = Integer.getInteger("parley.victims", 2_000) / 2;
    private static final int SEED = Integer.getInteger("parley.crash.seed", 1);
    private static final int CAPACITY = 4096;
    private static final int TIMES = 20_000_000;

    @TempDir private static Path directory;

    private static String program;

    private final String name = Unique.name("bytes");
    private final String file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(CAPACITY);
    private SharedRegion region;
    private SharedByteRing ring;
    private long position;

    @BeforeAll
    static void compile() throws Exception {
        program = CPeer.compile(directory);
    }

    @BeforeEach
    void create() throws IOException {
        region = SharedRegion.create(name, 1, SharedByteRing.bytes(CAPACITY));
        ring = region.byteRing(0, CAPACITY);
    }

    @AfterEach
    void unlink() throws IOException {
        region.close();
        SharedRegion.unlink(name);
        arena.close();
    }

    private static byte at(long position) {
        return (byte) ((position * 0x9E3779B97F4A7C15L) >>> 56);
    }

    /// Reads what there is.
    private boolean isRead(ByteRingSource source) throws IOException {
        long count = source.tryRead(buffer, 0, CAPACITY);
        for (int i = 0; i < count; i++) {
            assertEquals(at(position + i), buffer.get(JAVA_BYTE, i));
        }
        position += count;
        return count > 0;
    }

    /// Writes what there is room for.
    private void write(ByteRingSink sink, long most) throws IOException {
        long bytes = Math.min(CAPACITY, most);
        for (int i = 0; i < bytes; i++) {
            buffer.set(JAVA_BYTE, i, at(position + i));
        }
        position += sink.tryWrite(buffer, 0, bytes);
    }

    @Test
    void eachSideIsOfOneAtATime() throws Exception {
        try (var sink = ring.sink();
                var source = ring.source()) {
            assertEquals(Errno.EBUSY, assertThrows(OsException.class, ring::sink).errno());
            assertEquals(Errno.EBUSY, assertThrows(OsException.class, ring::source).errno());
            assertTrue(ring.hasSink() && ring.hasSource());
            write(sink, 100);
            assertEquals(100, ring.status().bytesWaiting());
            position = 0;
            assertTrue(isRead(source));
        }
        assertTrue(!ring.hasSink() && !ring.hasSource());
        assertThrows(IllegalArgumentException.class, () -> region.byteRing(0, 2 * CAPACITY));
        assertThrows(IllegalArgumentException.class, () -> region.byteRing(0, 1000));
    }

    @Test
    void aProgramInCWritesAndThisOneReads() throws Exception {
        try (var peer = CPeer.start(program, "write", file, 0, TIMES);
                var source = ring.source()) {
            while (position < TIMES) {
                boolean _ = isRead(source);
            }
            assertEquals("done", peer.line());
        }
    }

    @Test
    void thisOneWritesAndAProgramInCReads() throws Exception {
        try (var peer = CPeer.start(program, "read", file, 0, TIMES);
                var sink = ring.sink()) {
            while (position < TIMES) {
                write(sink, TIMES - position);
            }
            assertEquals("done", peer.line());
            assertEquals(0, ring.status().bytesWaiting());
        }
    }

    /// What killed writers have written comes once and in order, and each goes on behind the last.
    @Test
    void nothingIsLostWhenWritersAreKilled() throws Exception {
        try (var peer = CPeer.start(program, "writers", file, 0, VICTIMS, SEED);
                var source = ring.source()) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            boolean isOver;
            do {
                isOver = over.isDone();
            } while (isRead(source) || !isOver);
            assertEquals("done", over.result());
        }
        assertEquals(ring.status().written(), position);
        System.out.printf("%d killed writers, %d bytes%n", VICTIMS, position);
    }

    /// Each goes on where the last one had read to, and finds all that follows.
    @Test
    void nothingIsLostWhenReadersAreKilled() throws Exception {
        try (var peer = CPeer.start(program, "readers", file, 0, VICTIMS, SEED);
                var sink = ring.sink()) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            while (!over.isDone()) {
                write(sink, CAPACITY);
            }
            assertEquals("done", over.result());
        }
        assertEquals(ring.status().written(), position);
        long written = position;
        position = ring.status().read();
        try (var source = ring.source()) {
            boolean _ = isRead(source);
        }
        assertEquals(written, position);
        System.out.printf("%d killed readers, %d bytes%n", VICTIMS, position);
    }
}
