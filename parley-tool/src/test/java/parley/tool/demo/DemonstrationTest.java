package parley.tool.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parley.kernel.Faults;
import parley.memory.Protection;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.posix.PosixMessageQueue;
import parley.sysv.SysvMessageQueue;
import parley.sysv.SysvSharedMemory;

/// Whatever happens to the second process or to the file in the middle of a transfer becomes a row,
/// and the next mechanism works.
class DemonstrationTest {
    private static final int BYTES = (1 << 20) + 4711; // some pieces of every mechanism, and a rest
    private static final int ROUND_BYTES = 64;

    @TempDir private Path directory;

    private Path file;
    private Workplace workplace;

    /// Something that happens to the transfer.
    @FunctionalInterface
    private interface Event {
        void happen() throws Exception;
    }

    /// A link to whose second piece something happens; the round trips do not count.
    private static final class Eventful implements Link {
        private final Link link;
        private final Event event;
        private int pieces;

        Eventful(Link link, Event event) {
            this.link = link;
            this.event = event;
        }

        @Override
        public int pieceBytesMax() {
            return link.pieceBytesMax();
        }

        @Override
        public void send(MemorySegment piece) throws Exception {
            if (piece.byteSize() > ROUND_BYTES && ++pieces == 2) {
                event.happen();
            }
            link.send(piece);
        }

        @Override
        public int receive(MemorySegment into) throws Exception {
            return link.receive(into);
        }
    }

    private static Mechanism with(Mechanism mechanism, Event event) {
        return new Mechanism(
                mechanism.name(),
                (workplace, end) -> {
                    var offer = mechanism.offer().offer(workplace, end);
                    return new Offer(
                            offer.address(),
                            offer.details(),
                            offer.descriptors(),
                            () -> new Eventful(offer.meeting().meet(), event));
                },
                mechanism.join());
    }

    @BeforeEach
    void makeFile() throws IOException {
        var bytes = new byte[BYTES];
        new SplittableRandom(1).nextBytes(bytes);
        file = Files.write(directory.resolve("file"), bytes);
        workplace = Workplace.create();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        workplace.close();
        assertFalse(Files.exists(workplace.directory()));
        assertEquals(List.of(), children());
        assertEquals(List.of(), inSharedMemory());
    }

    private List<Path> inSharedMemory() throws IOException {
        try (var paths = Files.list(Path.of("/dev/shm"))) {
            var stem = workplace.directory().getFileName().toString() + "-";
            return paths.filter(path -> path.toString().contains(stem)).toList();
        }
    }

    private Demonstration demonstration() throws Exception {
        return new Demonstration(Content.of(file), workplace);
    }

    private static Row run(Demonstration demonstration, Mechanism mechanism) throws Exception {
        return demonstration.run(mechanism, _ -> {});
    }

    private static Mechanism mechanism(String name) {
        return Mechanism.named(name).orElseThrow();
    }

    private static void assertOk(Row row) {
        assertEquals(Row.Status.OK, row.status(), row.toString());
        assertEquals(BYTES, row.bytes());
        assertTrue(row.bytesPerSecond() > 0, row.toString());
        assertTrue(0 < row.p50Nanos() && row.p50Nanos() <= row.p99Nanos(), row.toString());
    }

    private static void assertFailed(String reason, Row row) {
        assertEquals(Row.Status.FAILED, row.status(), row.toString());
        assertTrue(row.reason().contains(reason), row.toString());
        assertEquals(0, row.bytes());
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current().children().filter(ProcessHandle::isAlive).toList();
    }

    private static void signal(String signal) throws Exception {
        var pid = Long.toString(children().getFirst().pid());
        assertEquals(0, new ProcessBuilder("kill", "-" + signal, pid).start().waitFor());
    }

    /// Returns when the process has ended; a JVM takes its time after some signals.
    private static void endBy(String signal) throws Exception {
        signal(signal);
        awaitNoChildren();
    }

    private static void awaitNoChildren() {
        while (!children().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aSecondProcessThatIsKilledIsARowAndTheNextOneWorks() throws Exception {
        try (var demonstration = demonstration()) {
            for (var mechanism : Mechanism.ALL) {
                var row = run(demonstration, with(mechanism, () -> signal("KILL")));
                assertFailed("the second process (pid ", row);
                assertFailed("was killed by SIGKILL", row);
                assertGone(row.address());
                awaitNoChildren();
                assertOk(run(demonstration, mechanism));
            }
        }
    }

    /// Of the kinds that could stay; files and shared memory are looked for at the end.
    private static void assertGone(String address) {
        var parts = address.split(":", 2);
        int id = parts[1].startsWith("#") ? Integer.parseInt(parts[1].substring(1)) : -1;
        switch (parts[0]) {
            case "msg" ->
                    assertThrows(NotFoundException.class, () -> SysvMessageQueue.openById(id));
            case "shm" ->
                    assertThrows(
                            NotFoundException.class,
                            () -> SysvSharedMemory.openById(id, Protection.READ_ONLY));
            case "mq" ->
                    assertThrows(NotFoundException.class, () -> PosixMessageQueue.open(parts[1]));
            case "fifo", "unix", "unix-dgram", "unix-seq", "file" ->
                    assertFalse(Files.exists(Path.of(parts[1])), address);
            default -> {}
        }
    }

    @Test
    void theSignalIsNamed() throws Exception {
        try (var demonstration = demonstration()) {
            var pipe = mechanism("pipe");
            assertFailed("by SIGTERM", run(demonstration, with(pipe, () -> endBy("TERM"))));
            assertFailed("by SIGABRT", run(demonstration, with(pipe, () -> endBy("SEGV"))));
            assertOk(run(demonstration, pipe));
        }
    }

    @Test
    void aSecondProcessThatIsKilledBetweenTwoMechanismsIsStartedAgain() throws Exception {
        try (var demonstration = demonstration()) {
            for (int i = 0; i < 3; i++) {
                assertOk(run(demonstration, mechanism("mq")));
                endBy("KILL");
            }
        }
    }

    @Test
    void aSecondProcessThatIsStoppedForAWhileIsWaitedFor() throws Exception {
        Executor later = CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS);
        try (var demonstration = demonstration()) {
            for (var mechanism : Mechanism.ALL) {
                var continued = new CompletableFuture<Void>();
                Event stop =
                        () -> {
                            signal("STOP");
                            later.execute(() -> continueAndTell(continued));
                        };
                assertOk(run(demonstration, with(mechanism, stop)));
                continued.get();
            }
        }
    }

    private static void continueAndTell(CompletableFuture<Void> continued) {
        try {
            signal("CONT");
            continued.complete(null);
        } catch (Exception e) {
            continued.completeExceptionally(e);
        }
    }

    @Test
    void aFileThatChangesFailsARowAndNoMore() throws Exception {
        var original = Files.readAllBytes(file);
        try (var demonstration = demonstration()) {
            var msg = mechanism("msg");
            Event change =
                    () -> {
                        var bytes = original.clone();
                        bytes[BYTES - 1]++;
                        Files.write(file, bytes);
                    };
            assertFailed("the file was changed", run(demonstration, with(msg, change)));
            Files.write(file, original);
            assertOk(run(demonstration, msg));
        }
    }

    @Test
    void aFileThatShrinksFailsARowAndNoMore() throws Exception {
        var original = Files.readAllBytes(file);
        try (var demonstration = demonstration()) {
            var udp = mechanism("udp");
            var emptying = with(udp, () -> Files.write(file, new byte[0]));
            assertFailed("the file was changed", run(demonstration, emptying));
            assertFailed("the file was changed", run(demonstration, udp));
            var deleting = with(udp, () -> Files.delete(file));
            Files.write(file, original);
            assertOk(run(demonstration, deleting)); // it is open
            assertFailed("there is no such file", run(demonstration, udp));
            Files.write(file, original);
            assertOk(run(demonstration, udp));
        }
    }

    @Test
    void ofAFileThatGrowsTheFirstBytesAreCarried() throws Exception {
        try (var demonstration = demonstration()) {
            Event grow = () -> Files.writeString(file, "more", StandardOpenOption.APPEND);
            assertOk(run(demonstration, with(mechanism("fifo"), grow)));
            assertOk(run(demonstration, mechanism("fifo")));
        }
    }

    @Test
    void aMechanismThatTheKernelLacksIsUnavailable() throws Exception {
        try (var demonstration = demonstration()) {
            var second = children();
            try (var _ = Faults.fail("mq_open", 1, Errno.ENOSYS.number())) {
                var row = run(demonstration, mechanism("mq"));
                assertEquals(Row.Status.UNAVAILABLE, row.status(), row.toString());
                assertTrue(row.reason().startsWith("mq_open "), row.toString());
            }
            assertOk(run(demonstration, mechanism("mq")));
            assertEquals(second, children()); // there was no reason to start another one
        }
    }

    @Test
    void aDefectIsARowThatNamesItsClass() throws Exception {
        try (var demonstration = demonstration()) {
            Event defect =
                    () -> {
                        throw new IllegalStateException("two\nlines");
                    };
            var row = run(demonstration, with(mechanism("shm"), defect));
            assertFailed("unexpected java.lang.IllegalStateException: two lines (PARLEY_", row);
            assertOk(run(demonstration, mechanism("shm")));
        }
    }

    @Test
    void aSecondProcessThatCannotBeStartedIsToldWithWhatItSaid() throws Exception {
        var home = System.getProperty("java.home");
        System.setProperty("java.home", "/nonexistent");
        try {
            var refused = assertThrows(IOException.class, this::demonstration);
            var words = refused.getMessage();
            assertTrue(words.startsWith("the second process, /nonexistent/bin/java, "), words);
            assertTrue(words.contains("ended with status 127: "), words);
        } finally {
            System.setProperty("java.home", home);
        }
    }

    @Test
    void aSecondProcessThatCannotBeStartedAgainIsARow() throws Exception {
        var home = System.getProperty("java.home");
        try (var demonstration = demonstration()) {
            run(demonstration, with(mechanism("tcp"), () -> signal("KILL")));
            System.setProperty("java.home", "/nonexistent");
            assertFailed("/nonexistent/bin/java", run(demonstration, mechanism("tcp")));
            System.setProperty("java.home", home);
            assertOk(run(demonstration, mechanism("tcp")));
        } finally {
            System.setProperty("java.home", home);
        }
    }

    @Test
    void anInterruptEndsTheTransferAndIsNoRow() throws Exception {
        try (var demonstration = demonstration()) {
            for (var name : List.of("fifo", "mq", "msg", "shm", "pshm", "memfd", "chan", "file")) {
                var interrupted = with(mechanism(name), Thread.currentThread()::interrupt);
                assertThrows(InterruptedException.class, () -> run(demonstration, interrupted));
                assertFalse(Thread.interrupted());
            }
        }
    }
}
