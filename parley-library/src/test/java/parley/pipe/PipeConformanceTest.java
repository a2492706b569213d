package parley.pipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.os.Errno;
import parley.os.LimitReachedException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.peer.Command;
import parley.process.ChildProcess;
import parley.process.ExitStatus;
import parley.process.Redirect;
import parley.process.Spawn;
import parley.ready.Outcome;
import parley.signal.Signal;
import parley.socket.DescriptorLimit;

/// Cases of other people's suites, each named by its id.
@Timeout(60)
final class PipeConformanceTest {
    private static final int CAPACITY = 65536;

    private Arena arena;
    private Pipe pipe;
    private MemorySegment buffer;

    @BeforeEach
    void create() throws Exception {
        arena = Arena.ofShared();
        pipe = Pipe.create();
        buffer = arena.allocate(CAPACITY);
    }

    @AfterEach
    void close() {
        pipe.close();
        arena.close();
    }

    private MemorySegment bytes(int length) {
        return buffer.asSlice(0, length);
    }

    /// A child whose standard output is the pipe.
    private ChildProcess startWriter(String... command) throws Exception {
        return Spawn.command(List.of(command))
                .stdout(Redirect.descriptor(pipe.sink().fd()))
                .start();
    }

    private byte[] readAll() throws IOException {
        pipe.sink().close();
        return pipe.source().inputStream().readAllBytes();
    }

    private static long openPipes() throws IOException {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return list.filter(PipeConformanceTest::isPipe).count();
        }
    }

    private static boolean isPipe(Path link) {
        try {
            return Files.readSymbolicLink(link).toString().startsWith("pipe:");
        } catch (IOException _) { // closed since
            return false;
        }
    }

    @Test
    @DisplayName("PIPE-001 what is written is read")
    void whatIsWrittenIsRead() throws Exception {
        var sent = new byte[1000];
        new Random(1).nextBytes(sent);
        pipe.sink().write(arena.allocateFrom(ValueLayout.JAVA_BYTE, sent));
        assertEquals(1000, pipe.source().read(buffer));
        assertArrayEquals(sent, bytes(1000).toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    @DisplayName(
            "PIPE-003 PIPE-004 at the limit of descriptors there are no more pipes, and no leak")
    void theLimitOfDescriptors() throws Exception {
        long before = openPipes();
        var pipes = new ArrayList<Pipe>();
        try (var _ = Faults.fail("pipe2", 1, Errno.EMFILE.number())) {
            assertThrows(LimitReachedException.class, Pipe::create); // loads all classes
        }
        try (var _ = DescriptorLimit.leaving(10)) {
            var e =
                    assertThrows(
                            LimitReachedException.class,
                            () -> {
                                while (pipes.size() < 100) {
                                    pipes.add(Pipe.create());
                                }
                            });
            assertEquals(Errno.EMFILE, e.errno());
        }
        assertTrue(pipes.size() == 5 || pipes.size() == 6, () -> pipes.size() + " pipes");
        assertEquals(before + 2L * pipes.size(), openPipes());
        pipes.forEach(Pipe::close);
        assertEquals(before, openPipes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--default-signal=PIPE", "--ignore-signal=PIPE"})
    @DisplayName("PIPE-005 a write that nobody reads is an exception, and never the end of the JVM")
    void aWriteThatNobodyReads(String inherited) throws Exception {
        pipe.source().close();
        var e = assertThrows(PeerGoneException.class, () -> pipe.sink().write(bytes(1)));
        assertEquals(Errno.EPIPE, e.errno());
        var told = Command.output(Command.java(List.of("env", inherited), BrokenPipe.class));
        assertEquals("write\ntryWrite\nsend\ngive\nsplice\ntee", told);
    }

    @Test
    @DisplayName("PIPE-007 the bytes of two writers all arrive")
    void theBytesOfTwoWriters() throws Exception {
        var script = "head -c 100000 /dev/zero | tr '\\0' ";
        try (var a = startWriter("sh", "-c", script + "a");
                var b = startWriter("sh", "-c", script + "b")) {
            int countA = 0;
            int countB = 0;
            for (byte one : readAll()) {
                countA += one == 'a' ? 1 : 0;
                countB += one == 'b' ? 1 : 0;
            }
            assertEquals(100_000, countA);
            assertEquals(100_000, countB);
            assertTrue(a.awaitExit().isSuccess());
            assertTrue(b.awaitExit().isSuccess());
        }
    }

    @Test
    @DisplayName("PIPE-008 each of several children reads exactly its share")
    void eachChildReadsItsShare() throws Exception {
        int children = 4;
        int share = PipeSink.ATOMIC_BYTES / children;
        pipe.sink().writeAtomically(bytes(PipeSink.ATOMIC_BYTES));
        for (int i = 0; i < children; i++) {
            var dd =
                    Spawn.command("dd", "bs=" + share, "count=1", "status=none")
                            .stdin(Redirect.descriptor(pipe.source().fd()))
                            .stdout(Redirect.pipe());
            try (var child = dd.start()) {
                assertEquals(share, child.stdout().inputStream().readAllBytes().length);
            }
        }
        assertEquals(0, pipe.source().bytesWaiting());
    }

    @Test
    @DisplayName("PIPE-010 an empty pipe takes its capacity at once")
    void anEmptyPipeTakesItsCapacity() throws Exception {
        assertEquals(CAPACITY, pipe.sink().tryWrite(buffer));
        assertEquals(0, pipe.sink().tryWrite(buffer));
        assertEquals(CAPACITY, pipe.source().bytesWaiting());
        assertEquals(CAPACITY, pipe.sink().bytesWaiting());
    }

    @Test
    @DisplayName("PIPE-011 up to PIPE_BUF nothing is written in part")
    void upToPipeBufNothingIsWrittenInPart() throws Exception {
        assertEquals(4096, pipe.sink().setCapacityBytes(4096));
        pipe.sink().write(bytes(3996));
        assertFalse(pipe.sink().tryWriteAtomically(bytes(4096)));
        assertFalse(pipe.sink().writeAtomically(bytes(4096), Duration.ofMillis(5)));
        assertEquals(0, pipe.sink().tryWrite(bytes(4096)));
        assertEquals(3996, pipe.source().bytesWaiting());
        assertTrue(pipe.sink().tryWriteAtomically(bytes(100)));
        assertEquals(4096, pipe.source().read(buffer));
    }

    @Test
    @DisplayName("PIPE-014 a child that writes to a full pipe sleeps until somebody reads")
    void aChildThatWritesToAFullPipe() throws Exception {
        pipe.sink().write(buffer);
        try (var child = startWriter("printf", "x")) {
            assertTrue(child.awaitExit(Duration.ofMillis(50)).isEmpty());
            assertEquals(CAPACITY, pipe.source().read(buffer));
            assertTrue(child.awaitExit().isSuccess());
            assertEquals(1, pipe.source().read(buffer));
            assertEquals('x', buffer.get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PIPE-014 a thread that writes to a full pipe sleeps until somebody reads")
    void aThreadThatWritesToAFullPipe(ThreadKind kind) throws Exception {
        pipe.sink().write(buffer);
        var one = arena.allocate(1);
        var writer =
                kind.start(() -> {
                    pipe.sink().writeAtomically(one);
                    return true;
                });
        writer.awaitBlocked();
        assertEquals(CAPACITY, pipe.source().read(buffer));
        assertTrue(writer.result());
        assertEquals(1, pipe.source().read(buffer));
    }

    @Test
    @DisplayName("PIPE-015 both ends are close-on-exec")
    void bothEndsAreCloseOnExec() throws Exception {
        try (var packets = PacketPipe.create()) {
            for (var fd :
                    List.of(
                            pipe.source().fd(),
                            pipe.sink().fd(),
                            packets.source().fd(),
                            packets.sink().fd())) {
                assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(fd.number(), Fcntl.F_GETFD, 0));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "PIPE-016 no end has O_NONBLOCK, and with one that somebody set a read waits still")
    void nonBlockingForOthers(ThreadKind kind) throws Exception {
        int source = pipe.source().fd().number();
        assertEquals(0, Fcntl.fcntl(source, Fcntl.F_GETFL, 0) & Fcntl.O_NONBLOCK);
        Fcntl.fcntl(source, Fcntl.F_SETFL, Fcntl.O_NONBLOCK);
        assertEquals(Fcntl.O_NONBLOCK, Fcntl.fcntl(source, Fcntl.F_GETFL, 0));
        var reader = kind.start(() -> pipe.source().read(buffer));
        reader.awaitBlocked();
        pipe.sink().write(bytes(3));
        assertEquals(3, reader.result());
    }

    @Test
    @DisplayName("PIPE-018 records of two processes up to PIPE_BUF are not mixed")
    void recordsOfTwoProcessesAreNotMixed() throws Exception {
        int records = 300;
        var script = "import os\nfor i in range(%d): os.write(1, b'p' * 4096)".formatted(records);
        var own = arena.allocate(PipeSink.ATOMIC_BYTES).fill((byte) 'j');
        try (var python = startWriter("python3", "-c", script)) {
            var writer =
                    ThreadKind.PLATFORM.start(() -> {
                        for (int i = 0; i < records; i++) {
                            pipe.sink().writeAtomically(own);
                        }
                        pipe.sink().close();
                        return true;
                    });
            var all = pipe.source().inputStream().readAllBytes();
            assertTrue(writer.result());
            assertTrue(python.awaitExit().isSuccess());
            assertEquals(2 * records * PipeSink.ATOMIC_BYTES, all.length);
            for (int i = 0; i < all.length; i++) {
                assertEquals(all[i - i % PipeSink.ATOMIC_BYTES], all[i], "at " + i);
            }
        }
    }

    @Test
    @DisplayName("PIPE-019 a new pipe has room for 65536 bytes")
    void aNewPipe() throws Exception {
        assertEquals(CAPACITY, pipe.source().capacityBytes());
        assertEquals(CAPACITY, pipe.sink().capacityBytes());
    }

    @Test
    @DisplayName("PIPE-020 a capacity is rounded up to a power of two of pages")
    void aCapacityIsRoundedUp() throws Exception {
        assertEquals(4096, pipe.sink().setCapacityBytes(1));
        assertEquals(8192, pipe.source().setCapacityBytes(5000));
        assertEquals(8192, pipe.sink().capacityBytes());
        assertThrows(IllegalArgumentException.class, () -> pipe.sink().setCapacityBytes(0));
    }

    @Test
    @DisplayName("PIPE-021 a capacity below what waits is refused")
    void aCapacityBelowWhatWaits() throws Exception {
        pipe.sink().write(bytes(8000));
        var e = assertThrows(OsException.class, () -> pipe.sink().setCapacityBytes(4096));
        assertEquals(Errno.EBUSY, e.errno());
        assertEquals(CAPACITY, pipe.sink().capacityBytes());
        assertEquals(8000, pipe.source().read(buffer));
    }

    @Test
    @DisplayName("PIPE-024 writers that wait die at once, and what they wrote stays")
    void writersThatWaitAreKilled() throws Exception {
        try (var first = startWriter("cat", "/dev/zero");
                var second = startWriter("cat", "/dev/zero")) {
            while (pipe.source().bytesWaiting() < CAPACITY) {
                Thread.onSpinWait();
            }
            for (var writer : List.of(first, second)) {
                assertTrue(writer.kill());
                assertEquals(new ExitStatus.Signaled(Signal.KILL, false), writer.awaitExit());
            }
        }
        pipe.sink().close();
        assertEquals(CAPACITY, pipe.source().read(buffer));
        assertEquals(Outcome.END, pipe.source().read(buffer));
    }
}
