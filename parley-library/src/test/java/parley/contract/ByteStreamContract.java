package parley.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.kernel.Faults;
import parley.os.Fd;
import parley.os.PeerGoneException;
import parley.ready.ByteSink;
import parley.ready.ByteSource;
import parley.ready.Outcome;

/// What every byte stream must do.
@Timeout(120)
public abstract class ByteStreamContract {
    /// The two ends of one stream, both in this process, and their descriptors if they have some.
    public record Ends(ByteSource source, ByteSink sink, @Nullable Fd sourceFd, @Nullable Fd sinkFd)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            source.close();
            sink.close();
        }
    }

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(64 * 1024);
    private Ends ends;

    /// A fresh stream.
    protected abstract Ends open() throws Exception;

    /// False if memory of any kind can be written and read.
    protected boolean needsNativeMemory() {
        return true;
    }

    /// As [WaitingContract#blockedTimed].
    protected WaitingContract.Blocked blockedTimed() {
        return new WaitingContract.Blocked("ppoll", 1);
    }

    /// What a fresh stream needs to be taken away.
    protected void dispose() throws Exception {}

    @BeforeEach
    void openEnds() throws Exception {
        ends = open();
    }

    @AfterEach
    void closeEnds() throws Exception {
        ends.close();
        dispose();
        arena.close();
    }

    private static byte[] random(int length) {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private MemorySegment segment(byte[] bytes) {
        return Arena.ofAuto().allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    }

    /// Writes until nothing more goes. TCP moves bytes on from one buffer to the next a little
    /// later, so that one refusal is not yet the end.
    private static void fill(ByteSink sink, MemorySegment chunk) throws IOException {
        while (sink.write(chunk, Duration.ofMillis(50)) > 0) {}
    }

    private void fill() throws IOException {
        fill(ends.sink(), buffer);
    }

    @Test
    void bytesComeOutAsTheyWentIn() throws Exception {
        var sent = random(3_000_001);
        var writer =
                ThreadKind.PLATFORM.start(() -> {
                    ends.sink().write(segment(sent));
                    ends.sink().close();
                    return true;
                });
        var received = new ByteArrayOutputStream();
        int length;
        while ((length = ends.source().read(buffer)) != Outcome.END) {
            assertTrue(length > 0);
            received.write(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        }
        assertTrue(writer.result());
        assertArrayEquals(sent, received.toByteArray());
    }

    @Test
    void aPlatformThreadReadsWithoutAskingFirst() throws Exception {
        var into = segment(new byte[1]);
        try (var asked = Faults.before("ppoll", 1, () -> {})) {
            var reader = ThreadKind.PLATFORM.start(() -> ends.source().read(into));
            reader.awaitBlocked();
            ends.sink().write(segment(random(1)));
            assertEquals(1, reader.result());
            assertFalse(asked.happened());
        }
    }

    @Test
    void anEmptyStreamIsNotAtItsEnd() throws Exception {
        assertEquals(0, ends.source().tryRead(buffer));
        assertEquals(0, ends.source().read(buffer, Duration.ofMillis(5)));
    }

    @Test
    void aReadOfNothingReturnsAtOnce() throws Exception {
        var nothing = buffer.asSlice(0, 0);
        assertEquals(0, ends.source().read(nothing));
        assertEquals(0, ends.source().tryRead(nothing));
        assertEquals(0, ends.source().read(ByteBuffer.allocate(0)));
        assertEquals(0, ends.source().read(ByteBuffer.allocateDirect(0)));
        assertEquals(0, ends.source().inputStream().read(new byte[0]));
        ends.sink().close();
        assertEquals(0, ends.source().read(nothing));
    }

    @Test
    void readOnlyMemoryIsRefusedAndNothingIsTaken() throws Exception {
        ends.sink().write(buffer.asSlice(0, 10));
        var readOnly = arena.allocate(10).asReadOnly();
        var source = ends.source();
        var mistake = IllegalArgumentException.class;
        assertThrows(mistake, () -> source.read(readOnly));
        assertThrows(mistake, () -> source.tryRead(readOnly));
        assertThrows(mistake, () -> source.read(readOnly, Duration.ofMillis(5)));
        assertThrows(mistake, () -> source.read(ByteBuffer.allocate(10).asReadOnlyBuffer()));
        assertThrows(mistake, () -> source.read(ByteBuffer.allocateDirect(10).asReadOnlyBuffer()));
        assertEquals(10, source.read(buffer));
    }

    @Test
    void theEndComesAfterTheLastByteAndStays() throws Exception {
        ends.sink().write(buffer.asSlice(0, 10));
        ends.sink().close();
        assertEquals(10, ends.source().read(buffer));
        assertEquals(Outcome.END, ends.source().read(buffer));
        assertEquals(Outcome.END, ends.source().tryRead(buffer));
        assertEquals(Outcome.END, ends.source().read(buffer, Duration.ofMillis(5)));
    }

    @Test
    void writingToNobodyIsATypedException() throws Exception {
        ends.source().close();
        assertThrows(
                PeerGoneException.class,
                () -> {
                    for (int i = 0; i < 1000; i++) { // a connection learns of it a little later
                        ends.sink().write(buffer.asSlice(0, 100));
                    }
                });
    }

    @Test
    void aFullStreamRefusesWithoutWaitingAndTakesMoreOnceRead() throws Exception {
        fill();
        assertEquals(0, ends.sink().tryWrite(buffer));
        assertEquals(0, ends.sink().write(buffer, Duration.ofMillis(5)));
        while (ends.source().tryRead(buffer) > 0) {}
        assertTrue(ends.sink().write(buffer.asSlice(0, 100), Duration.ofSeconds(50)) == 100);
    }

    @Test
    void aTimedWriteSaysHowMuchWent() throws Exception {
        var large = Arena.ofAuto().allocate(64 << 20);
        long written = ends.sink().write(large, Duration.ofMillis(100));
        assertTrue(written > 0 && written < large.byteSize(), () -> "written: " + written);
        ends.sink().close();
        long read = 0;
        int length;
        while ((length = ends.source().read(buffer)) != Outcome.END) {
            read += length;
        }
        assertEquals(written, read);
    }

    @Test
    void anInterruptedWriteSaysHowMuchWent() throws Exception {
        var large = Arena.ofAuto().allocate(64 << 20);
        var writer =
                ThreadKind.PLATFORM.start(() -> {
                    var e =
                            assertThrows(
                                    InterruptedIOException.class, () -> ends.sink().write(large));
                    assertTrue(Thread.interrupted(), "the interrupt stays pending");
                    return e.bytesTransferred;
                });
        ends.source().read(buffer.asSlice(0, 1)); // the writer is at it
        writer.interrupt();
        int written = writer.result();
        ends.sink().close();
        long read = 1;
        int length;
        while ((length = ends.source().read(buffer)) != Outcome.END) {
            read += length;
        }
        assertEquals(written, read);
    }

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void aWriteThatIsClosedHalfWaySaysThatItWasMeanwhile(ThreadKind kind) throws Exception {
        var large = Arena.ofAuto().allocate(64 << 20);
        var writer =
                kind.start(() -> {
                    ends.sink().write(large);
                    return true;
                });
        ends.source().read(buffer.asSlice(0, 1)); // the writer is at it
        ends.sink().close();
        assertThrows(AsynchronousCloseException.class, writer::result);
    }

    @Test
    void nothingIsReadIntoNothing() throws Exception {
        assertEquals(0, ends.source().tryRead(buffer.asSlice(0, 0)));
        ends.sink().write(buffer.asSlice(0, 0));
        assertEquals(0, ends.source().tryRead(buffer));
    }

    @Test
    void byteBuffersOfBothKindsArriveWhole() throws Exception {
        for (var sent :
                new ByteBuffer[] {
                    ByteBuffer.wrap(random(5000)),
                    ByteBuffer.allocateDirect(5000).put(random(5000)).flip(),
                    ByteBuffer.wrap(random(5000)).asReadOnlyBuffer()
                }) {
            for (var received :
                    new ByteBuffer[] {ByteBuffer.allocate(6000), ByteBuffer.allocateDirect(6000)}) {
                sent.rewind();
                assertEquals(5000, ends.sink().write(sent));
                assertFalse(sent.hasRemaining());
                while (received.position() < 5000) {
                    ends.source().read(received);
                }
                assertEquals(sent.rewind(), received.flip());
            }
        }
    }

    @Test
    void severalBuffersGoAndComeInOrder() throws Exception {
        var sent = random(3000);
        var from = cut(sent, 1, 0, 999, 2000);
        assertEquals(999, ends.sink().write(from, 1, 2));
        assertEquals(1, from[0].remaining());
        assertEquals(2001, ends.sink().write(from));

        var into =
                new ByteBuffer[] {
                    ByteBuffer.allocate(0), ByteBuffer.allocate(10), ByteBuffer.allocateDirect(5000)
                };
        while (into[2].position() < 2990) {
            assertTrue(ends.source().read(into) > 0);
        }
        assertArrayEquals(Arrays.copyOfRange(sent, 1, 11), into[1].array());
        assertEquals(ByteBuffer.wrap(sent, 11, 989).slice(), into[2].slice(0, 989));
        assertEquals(sent[0], into[2].get(989));
        assertEquals(ByteBuffer.wrap(sent, 1000, 2000).slice(), into[2].slice(990, 2000));

        assertEquals(0, ends.sink().write(from)); // nothing remains
        assertEquals(0, ends.source().read(new ByteBuffer[0]));
        assertEquals(0, ends.source().read(into, 0, 1));
        ends.sink().close();
        assertEquals(Outcome.END, ends.source().read(new ByteBuffer[] {into[2].clear()}));
        assertThrows(ClosedChannelException.class, () -> ends.sink().write(ByteBuffer.wrap(sent)));
    }

    /// Parts of these lengths, by turns heap, read-only and direct.
    private static ByteBuffer[] cut(byte[] bytes, int... lengths) {
        var parts = new ByteBuffer[lengths.length];
        for (int i = 0, at = 0; i < lengths.length; at += lengths[i++]) {
            var part = ByteBuffer.wrap(bytes, at, lengths[i]);
            parts[i] =
                    switch (i % 3) {
                        case 0 -> ByteBuffer.allocateDirect(lengths[i]).put(part).flip();
                        case 1 -> part;
                        default -> part.asReadOnlyBuffer();
                    };
        }
        return parts;
    }

    @Test
    void moreBuffersThanOneCallTakesArriveWhole() throws Exception {
        var sent = random(300_000);
        var lengths = new int[3000];
        Arrays.fill(lengths, 100);
        var from = cut(sent, lengths);
        var writer = ThreadKind.VIRTUAL.start(() -> ends.sink().write(from));
        var into = new ByteBuffer[] {ByteBuffer.allocate(123_456), ByteBuffer.allocate(176_544)};
        while (into[1].hasRemaining()) {
            assertTrue(ends.source().read(into) > 0);
        }
        assertEquals(300_000, writer.result());
        assertArrayEquals(Arrays.copyOf(sent, 123_456), into[0].array());
        assertArrayEquals(Arrays.copyOfRange(sent, 123_456, 300_000), into[1].array());
    }

    @Test
    void anInterruptedWriteOfSeveralBuffersSaysHowMuchWent() throws Exception {
        var megabyte = ByteBuffer.allocate(1 << 20);
        var from = new ByteBuffer[64];
        Arrays.setAll(from, _ -> megabyte.duplicate());
        var writer =
                ThreadKind.PLATFORM.start(() -> {
                    var e =
                            assertThrows(
                                    InterruptedIOException.class, () -> ends.sink().write(from));
                    return e.bytesTransferred;
                });
        int read = 0;
        while (read < 3 << 20) {
            read += ends.source().read(buffer);
        }
        writer.interrupt();
        int written = writer.result();
        long remaining = Arrays.stream(from).mapToLong(ByteBuffer::remaining).sum();
        assertEquals((64L << 20) - written, remaining);
        assertTrue(written >= 3 << 20 && remaining > 0, () -> "written: " + written);
    }

    @Test
    void severalBuffersMustAllTakeWhatComes() throws Exception {
        ends.sink().write(buffer.asSlice(0, 10));
        var into = new ByteBuffer[] {ByteBuffer.allocate(5), ByteBuffer.allocate(5)};
        into[1] = into[1].asReadOnlyBuffer();
        assertThrows(IllegalArgumentException.class, () -> ends.source().read(into));
        assertThrows(IndexOutOfBoundsException.class, () -> ends.source().read(into, 1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> ends.sink().write(into, -1, 1));
        assertEquals(5, ends.source().read(into, 0, 1));
        assertEquals(5, ends.source().read(buffer));
    }

    @Test
    void javaStreamsCarryTheSameBytes() throws Exception {
        var sent = random(200_000);
        var writer =
                ThreadKind.VIRTUAL.start(() -> {
                    try (var out = ends.sink().outputStream()) {
                        out.write(255);
                        out.write(sent);
                    }
                    return true;
                });
        try (var in = ends.source().inputStream()) {
            assertEquals(255, in.read());
            assertArrayEquals(sent, in.readAllBytes());
            assertEquals(-1, in.read());
        }
        assertTrue(writer.result());
        assertFalse(ends.source().isOpen());
    }

    @Test
    void memoryThatIsNotNativeIsRefusedAsTheCallersMistake() {
        assumeTrue(needsNativeMemory(), "memory of any kind will do");
        var heap = MemorySegment.ofArray(new byte[10]);
        assertThrows(IllegalArgumentException.class, () -> ends.sink().write(heap));
        assertThrows(IllegalArgumentException.class, () -> ends.source().tryRead(heap));
    }

    @Test
    void manyWritersLoseNothing() throws Exception {
        int writers = 4;
        int messages = 500;
        var running =
                java.util.stream.IntStream.range(0, writers)
                        .mapToObj(i ->
                                ThreadKind.alternating(i)
                                        .start(() -> {
                                            var one = segment(new byte[] {(byte) i});
                                            for (int n = 0; n < messages; n++) {
                                                ends.sink().write(one);
                                            }
                                            return true;
                                        }))
                        .toList();
        var counts = new int[writers];
        for (int read = 0; read < writers * messages; ) {
            int length = ends.source().read(buffer);
            for (byte b : buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)) {
                counts[b]++;
            }
            read += length;
        }
        for (var writer : running) {
            assertTrue(writer.result());
        }
        var all = new int[writers];
        Arrays.fill(all, messages);
        assertArrayEquals(all, counts);
    }

    /// Waiting for bytes.
    @Nested
    class Reading extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return ByteStreamContract.this.blockedTimed();
        }

        @Override
        protected Wait newWait() throws Exception {
            return new StreamWait(open()) {
                @Override
                public void forever() throws Exception {
                    ends.source().read(bytes);
                }

                @Override
                public boolean atMost(Duration timeout) throws Exception {
                    return ends.source().read(bytes, timeout) != 0;
                }

                @Override
                public void satisfy() throws Exception {
                    ends.sink().write(bytes.asSlice(0, 1));
                }

                @Override
                public Optional<Fd> peersEnd() {
                    return Optional.ofNullable(ends.sinkFd());
                }

                @Override
                public void close() throws Exception {
                    ends.source().close();
                }
            };
        }
    }

    /// Waiting for room.
    @Nested
    class Writing extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return ByteStreamContract.this.blockedTimed();
        }

        @Override
        protected Wait newWait() throws Exception {
            var fresh = open();
            var chunk = Arena.ofAuto().allocate(4096);
            fill(fresh.sink(), chunk);
            return new StreamWait(fresh) {
                @Override
                public void forever() throws Exception {
                    ends.sink().write(bytes);
                }

                @Override
                public boolean atMost(Duration timeout) throws Exception {
                    return ends.sink().write(bytes, timeout) != 0;
                }

                @Override
                public void satisfy() throws Exception {
                    while (ends.source().tryRead(bytes) > 0) {}
                }

                @Override
                public boolean isTakenOnce() {
                    return false;
                }

                @Override
                public Optional<Fd> peersEnd() {
                    return Optional.ofNullable(ends.sourceFd());
                }

                @Override
                public void close() throws Exception {
                    ends.sink().close();
                }
            };
        }
    }

    private abstract class StreamWait implements WaitingContract.Wait {
        final Ends ends;
        final MemorySegment bytes = Arena.ofAuto().allocate(4096);

        StreamWait(Ends ends) {
            this.ends = ends;
        }

        @Override
        public void dispose() throws Exception {
            ends.close();
            ByteStreamContract.this.dispose();
        }
    }
}
