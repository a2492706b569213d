package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.kernel.Semaphore;
import parley.kernel.Time;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;

/// Cases of other people's suites, each named by its id.
@Timeout(120)
final class PosixSemaphoreConformanceTest {
    private static final Duration SHORT = Duration.ofMillis(30);

    @TempDir private static Path directory;
    private static CPeer c;

    private final String name = Unique.name("/sem");

    @BeforeAll
    static void compile() throws Exception {
        c = CPeer.compiledIn(directory);
    }

    @AfterEach
    void unlink() throws OsException {
        try {
            PosixSemaphore.unlink(name);
        } catch (NotFoundException _) {
            // The test has taken it away itself, or never made it.
        }
    }

    /// An address or `-errno`.
    private static long raw(String name, int flags, int value) {
        try (var arena = Arena.ofConfined()) {
            return Semaphore.sem_open(arena.allocateFrom(name), flags, 0600, value);
        }
    }

    @Test
    @DisplayName("PSEM-001 PSEM-010 PSEM-011 a permit is taken and given back")
    void takenAndGivenBack() throws Exception {
        var semaphore = PosixSemaphore.create(name, 1);
        semaphore.acquire();
        assertEquals(0, semaphore.value());
        assertFalse(semaphore.tryAcquire());
        semaphore.release();
        assertEquals(1, semaphore.value());
        semaphore.close();
        semaphore.close();
        assertThrows(ClosedChannelException.class, semaphore::release);
        assertThrows(ClosedChannelException.class, semaphore::value);
    }

    @Test
    @DisplayName("PSEM-002 PSEM-026 a name is there once, or not at all")
    void namesAreThereOrNot() throws Exception {
        assertThrows(NotFoundException.class, () -> PosixSemaphore.unlink(name));
        assertThrows(NotFoundException.class, () -> PosixSemaphore.open(name));
        assertEquals("done", c.output("sem-make", name, "3"));
        assertThrows(AlreadyExistsException.class, () -> PosixSemaphore.create(name, 1));
        try (var semaphore = PosixSemaphore.openOrCreate(name, 9)) {
            assertEquals(3, semaphore.value());
        }
    }

    @Test
    @DisplayName("PSEM-003 another user is refused what the mode refuses")
    void anotherUser() throws Exception {
        OtherJvm.assumeAnotherUser();
        try (var _ = PosixSemaphore.create(name, 1)) {
            var told = Command.output(OtherJvm.command(OtherUser.NOBODY, "semaphore", name));
            var refused = "NotPermittedException sem_open psem:" + name + ": EACCES";
            assertTrue(told.startsWith(refused), told);
            assertTrue(told.contains("belongs to uid 0"), told);
        }
    }

    @Test
    @DisplayName("PSEM-004 a value beyond the most is refused, at the start and later")
    void beyondTheMost() throws Exception {
        int more = PosixSemaphore.VALUE_MAX + 1;
        assertThrows(IllegalArgumentException.class, () -> PosixSemaphore.create(name, more));
        assertEquals(-Errno.EINVAL.number(), raw(name, Fcntl.O_CREAT, more));
        try (var semaphore = PosixSemaphore.create(name, PosixSemaphore.VALUE_MAX)) {
            var e = assertThrows(LimitReachedException.class, semaphore::release);
            assertEquals(Errno.EOVERFLOW, e.errno());
            assertEquals(PosixSemaphore.VALUE_MAX, semaphore.value());
        }
    }

    @Test
    @DisplayName("PSEM-006 PSEM-007 a name has up to 251 bytes after its one slash")
    void names() throws Exception {
        var longest = name + "x".repeat(252 - name.length());
        PosixSemaphore.create(longest, 0).close();
        assertEquals("done", c.output("sem-post", longest));
        PosixSemaphore.unlink(longest);
        var longer = longest + "x";
        assertEquals(-Errno.ENAMETOOLONG.number(), raw(longer, Fcntl.O_CREAT, 0));
        assertEquals(-Errno.EINVAL.number(), raw("/a/b", Fcntl.O_CREAT, 0));
        for (var bad : List.of(longer, "/a/b", "jobs", "/")) {
            assertThrows(IllegalArgumentException.class, () -> PosixSemaphore.create(bad, 0));
        }
    }

    @Test
    @DisplayName("PSEM-009 two openings are the same semaphore, and each is closed by itself")
    void twoOpenings() throws Exception {
        try (var first = PosixSemaphore.create(name, 0)) {
            long address = raw(name, 0, 0);
            assertEquals(address, raw(name, 0, 0));
            Semaphore.sem_close(address);
            Semaphore.sem_close(address);
            var second = PosixSemaphore.open(name);
            second.release();
            second.close();
            assertTrue(first.tryAcquire());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PSEM-012 a signal does not end a wait, an interrupt does")
    void signalsAndInterrupts(ThreadKind kind) throws Exception {
        try (var semaphore = PosixSemaphore.create(name, 0)) {
            try (var fault = Faults.before("sem_wait", 1, () -> release(semaphore));
                    var _ = Faults.fail("sem_trywait", 1, Errno.EINTR.number())) {
                kind.start(
                                () -> {
                                    semaphore.acquire();
                                    return true;
                                })
                        .result();
                assertTrue(fault.happened());
            }
            try (var fault = Faults.fail("sem_clockwait", 1, Errno.EINTR.number())) {
                assertFalse(kind.start(() -> semaphore.tryAcquire(SHORT)).result());
                assertTrue(fault.happened());
            }
            var waiting = kind.start(() -> semaphore.tryAcquire(Duration.ofHours(1)));
            waiting.awaitBlocked();
            waiting.interrupt();
            assertThrows(InterruptedException.class, waiting::result);
            assertEquals(0, semaphore.value());
        }
    }

    private static void release(PosixSemaphore semaphore) {
        try {
            semaphore.release();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "PSEM-014 PSEM-016 PSEM-017 no time is refused, and a permit that is there is taken")
    void times(ThreadKind kind) throws Exception {
        var times =
                List.of(
                        Duration.ZERO,
                        Duration.ofNanos(-1),
                        Duration.ofSeconds(Long.MIN_VALUE),
                        SHORT);
        try (var semaphore = PosixSemaphore.create(name, 0)) {
            for (var time : times) {
                long start = System.nanoTime();
                assertFalse(kind.start(() -> semaphore.tryAcquire(time)).result());
                if (time.isPositive()) {
                    assertTrue(System.nanoTime() - start >= time.toNanos());
                }
                semaphore.release();
                assertTrue(kind.start(() -> semaphore.tryAcquire(time)).result());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1_000_000_000})
    @DisplayName("PSEM-016 the kernel's own words for a time that is none")
    void aTimeThatIsNone(long nanos) throws Exception {
        try (var semaphore = PosixSemaphore.create(name, 0);
                var arena = Arena.ofConfined()) {
            var sem = MemorySegment.ofAddress(raw(name, 0, 0));
            var end = arena.allocate(Time.TIMESPEC);
            end.set(JAVA_LONG, 8, nanos);
            int r = Semaphore.sem_clockwait(sem, Time.CLOCK_MONOTONIC, end);
            assertEquals(-Errno.EINVAL.number(), r);
            Semaphore.sem_close(sem.address());
            assertEquals(0, semaphore.value());
        }
    }

    @Test
    @DisplayName("PSEM-022 a signal handler in C gives a permit")
    void aSignalHandlerGivesAPermit() throws Exception {
        try (var semaphore = PosixSemaphore.create(name, 0)) {
            for (var kind : ThreadKind.values()) {
                var waiting =
                        kind.start(() -> {
                            semaphore.acquire();
                            return true;
                        });
                waiting.awaitBlocked();
                assertEquals("done", c.output("sem-handler", name));
                assertTrue(waiting.result());
            }
        }
    }

    @Test
    @DisplayName("PSEM-023 the value is as many as were given")
    void theValue() throws Exception {
        try (var semaphore = PosixSemaphore.create(name, 0)) {
            for (int i = 1; i <= 5; i++) {
                semaphore.release();
                assertEquals(i, semaphore.value());
            }
            assertEquals("done", c.output("sem-post", name));
            assertEquals(6, semaphore.value());
        }
    }

    @Test
    @DisplayName("PSEM-024 after unlinking, the name is another semaphore's, and the old one works")
    void theNameIsAnothers() throws Exception {
        try (var old = PosixSemaphore.create(name, 0)) {
            PosixSemaphore.unlink(name);
            try (var fresh = PosixSemaphore.create(name, 5)) {
                old.release();
                assertEquals(5, fresh.value());
                assertEquals(1, old.value());
                assertEquals("done", c.output("sem-post", name));
                assertEquals(6, fresh.value());
                assertEquals(1, old.value());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PSEM-028 a semaphore without a name in shared memory, with C")
    void withoutAName(ThreadKind kind) throws Exception {
        try (var memory = PosixSharedMemory.create(name, 4096)) {
            var place = memory.segment().asSlice(64, PosixSemaphore.LAYOUT);
            try (var semaphore = PosixSemaphore.createUnnamed(place, 0)) {
                var waiting =
                        kind.start(() -> {
                            semaphore.acquire();
                            return true;
                        });
                waiting.awaitBlocked();
                assertEquals("done", c.output("sem@post", name, "64"));
                assertTrue(waiting.result());
                try (var peer = c.start("sem@wait", name, "64")) {
                    semaphore.release();
                    assertEquals("done", peer.line());
                }
                assertEquals(0, semaphore.value());
            }
            assertEquals("done", c.output("sem@init", name, "128", "2"));
            try (var ofC = PosixSemaphore.openUnnamed(memory.segment().asSlice(128))) {
                assertEquals(2, ofC.value());
                assertTrue(ofC.tryAcquire());
            }
            PosixSemaphore.destroyUnnamed(place);
        } finally {
            PosixSharedMemory.unlink(name);
        }
    }

    @Test
    @DisplayName("PSEM-029 a permit that a killed process held stays taken")
    void aKilledHolder() throws Exception {
        try (var semaphore = PosixSemaphore.create(name, 1);
                var holder = c.start("sem-wait", name)) {
            assertEquals("done", holder.line());
            holder.kill();
            assertFalse(semaphore.tryAcquire(SHORT));
            assertEquals(0, semaphore.value());
            semaphore.release(); // whoever knows that it died gives it back
            assertTrue(semaphore.tryAcquire());
        }
    }
}
