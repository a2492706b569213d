package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.kernel.SignalH;
import parley.kernel.SysIpc;
import parley.kernel.SysSem;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.Limit;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.RemovedException;
import parley.peer.Command;
import parley.peer.Peer;

/// Cases of other people's suites, each named by its id. What the library refuses before any call,
/// or has no use for, is asked of the kernel too. The other process is Perl, which has the calls of
/// System V built in.
@Timeout(120)
final class SemaphoreSetConformanceTest {
    /// Changes a semaphore, and says so: id, index, change, flags.
    private static final String OPERATE =
            """
            $| = 1;
            semop($ARGV[0], pack("s!3", @ARGV[1..3])) or die "semop: $!";
            print "done\\n";
            """;

    /// Holds the semaphore 0 for a while, many times, and counts in memory meanwhile.
    private static final String COUNT =
            """
            my ($set, $memory) = @ARGV;
            for (1..200) {
                semop($set, pack("s!3", 0, -1, 0)) or die "semop: $!";
                shmread($memory, my $bytes, 0, 4) or die "shmread: $!";
                select(undef, undef, undef, rand(0.001));
                shmwrite($memory, pack("l", 1 + unpack("l", $bytes)), 0, 4) or die "shmwrite: $!";
                semop($set, pack("s!3", 0, 1, 0)) or die "semop: $!";
            }
            """;

    private static final String UNDO = Integer.toString(SysSem.SEM_UNDO);
    private static final int ROUNDS = 200;

    private final IpcKey key = Traces.newKey();
    private Arena arena;
    private SysvSemaphoreSet set;

    @BeforeEach
    void create() throws OsException {
        arena = Arena.ofShared();
        set = SysvSemaphoreSet.create(key, 5, 0, 0);
    }

    @AfterEach
    void remove() throws OsException {
        set.close();
        Traces.removeSet(key);
        arena.close();
    }

    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    private static void assertErrno(Errno errno, long r) {
        assertEquals(-errno.number(), r);
    }

    private MemorySegment operation(int index, int change) {
        var operation = arena.allocate(SysSem.SEMBUF);
        operation.set(JAVA_SHORT, SysSem.SEM_NUM, (short) index);
        operation.set(JAVA_SHORT, SysSem.SEM_OP, (short) change);
        return operation;
    }

    private List<String> perl(String script, String... arguments) {
        var words = new ArrayList<>(List.of("perl", "-e", script, Integer.toString(set.id())));
        words.addAll(List.of(arguments));
        return words;
    }

    @Test
    @DisplayName("SEM-001 a set has as many semaphores as wanted")
    void asManyAsWanted() throws Exception {
        assertEquals(3, set.status().count());
        assertEquals(Credentials.own().uid(), set.status().permissions().creatorUid());
    }

    @Test
    @DisplayName("SEM-003 SEM-004 no set of this key, and none of less than one semaphore")
    void noSet() {
        var absent = Traces.newKey();
        var e = assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.open(absent));
        assertEquals(Errno.ENOENT, e.errno());
        assertThrows(IllegalArgumentException.class, () -> SysvSemaphoreSet.create(absent));
        int flags = SysIpc.IPC_CREAT | 0600;
        assertErrno(Errno.EINVAL, SysSem.semget(absent.value(), -1, flags));
        assertErrno(Errno.EINVAL, SysSem.semget(absent.value(), 0, flags));
    }

    @Test
    @DisplayName("SEM-007 SEM-017 SEM-018 another user may not open, change or remove a set")
    void anotherUserMayNot() throws Exception {
        var closed = Traces.newKey();
        SysvSemaphoreSet.create(closed, new FileMode(0), 1).close();
        try {
            set.setMode(new FileMode(0644));
            assertEquals(
                    """
                    SEM-007 EACCES
                    SEM-007 EACCES
                    SEM-017 EPERM
                    SEM-018 EPERM\
                    """,
                    Elsewhere.asNobody("others-set", closed, key));
            assertEquals(new FileMode(0644), set.status().permissions().mode());
        } finally {
            SysvSemaphoreSet.remove(closed);
        }
    }

    @Test
    @DisplayName("SEM-008 SEM-046 SEM-047 sets of another namespace, and as many as there may be")
    void setsOfAnotherNamespace() throws Exception {
        var before = Command.inIpcNamespace("sem", "250 32000 32 3");
        set.setValues(0, 0, 0);
        var result = Command.run(Elsewhere.command(before, "sets", key));
        assumeTrue(result.exitCode() != 77, "no sysctl of an IPC namespace: " + result.output());
        assertEquals(
                """
                SEM-046 ENOENT
                SEM-047 true
                SEM-008 true
                SEM-008 true
                SEM-008 ENOSPC\
                """,
                result.output());
    }

    @Test
    @DisplayName("SEM-009 all values are as they were set")
    void allValues() throws Exception {
        set.setValues(7, 8, 9);
        assertArrayEquals(new int[] {7, 8, 9}, set.values());
    }

    @Test
    @DisplayName("SEM-011 the process of the last operation")
    void theLastProcess() throws Exception {
        try (var child = Peer.start(perl(OPERATE, "1", "1", "0"))) {
            assertEquals("done", child.line());
            assertEquals(child.pid(), set.semaphore(1).lastPid());
        }
    }

    @Test
    @DisplayName("SEM-012 as many wait as processes are blocked")
    void asManyWait() throws Exception {
        try (var _ = Peer.start(perl(OPERATE, "1", "-1", "0"));
                var _ = Peer.start(perl(OPERATE, "1", "-1", "0"));
                var _ = Peer.start(perl(OPERATE, "0", "0", "0"))) {
            while (set.semaphore(1).waitingToAcquire() < 2
                    || set.semaphore(0).waitingForZero() < 1) {
                Thread.onSpinWait();
            }
            assertEquals(2, set.semaphore(1).waitingToAcquire());
            assertEquals(0, set.semaphore(1).waitingForZero());
            assertEquals(0, set.semaphore(2).waitingToAcquire());
        }
    }

    @Test
    @DisplayName("SEM-014 the owner changes the mode")
    void theOwnerChangesTheMode() throws Exception {
        var before = set.status().changeTime();
        set.setMode(new FileMode(0660));
        assertEquals(new FileMode(0660), set.status().permissions().mode());
        assertFalse(set.status().changeTime().isBefore(before));
        assertArrayEquals(new int[] {5, 0, 0}, set.values());
    }

    @Test
    @DisplayName("SEM-015 a removed set takes no operation")
    void aRemovedSet() throws Exception {
        set.remove();
        assertThrows(RemovedException.class, () -> set.semaphore(0).tryAcquire());
        assertErrno(Errno.EINVAL, SysSem.semop(set.id(), operation(0, 1), 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, SysvSemaphoreSet.VALUE_MAX + 1})
    @DisplayName("SEM-019 SEM-020 a value is from 0 to 32767")
    void aValueIsInTheRange(int value) {
        assertThrows(IllegalArgumentException.class, () -> set.semaphore(0).setValue(value));
        assertErrno(Errno.ERANGE, SysSem.semctl(set.id(), 0, SysSem.SETVAL, value));
    }

    @Test
    @DisplayName("SEM-022 SEM-028 a command or an id that is none")
    void aCommandThatIsNone() {
        assertErrno(Errno.EINVAL, SysSem.semctl(set.id(), 0, -1, 0));
        assertErrno(Errno.EINVAL, SysSem.semctl(-1, 0, SysIpc.IPC_STAT, arena.allocate(200)));
        assertErrno(Errno.EINVAL, SysSem.semop(-1, operation(0, 1), 1));
        assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.openById(-1));
    }

    @Test
    @DisplayName("SEM-024 SEM-025 as many operations as one call may have, and no more")
    void asManyOperations() throws Exception {
        set.setValues(0, 0, 0);
        assertTrue(set.operations().release(0).release(1).release(2).tryPerform());
        assertArrayEquals(new int[] {1, 1, 1}, set.values());
        long most = Limit.SEMOPM.value().orElseThrow();
        assumeTrue(most <= 100_000, "SEMOPM is too large to be exceeded");
        var many = set.operations();
        for (int i = 0; i < most; i++) {
            many.release(0).acquire(0); // up and down, so as to stay in the range
        }
        var e = assertThrows(LimitReachedException.class, many::tryPerform);
        assertEquals(Errno.E2BIG, e.errno());
        assertArrayEquals(new int[] {1, 1, 1}, set.values());
    }

    @Test
    @DisplayName("SEM-030 a semaphore that the set has not")
    void aSemaphoreThatIsNone() {
        assertThrows(IndexOutOfBoundsException.class, () -> set.semaphore(3));
        assertErrno(Errno.EFBIG, SysSem.semop(set.id(), operation(3, 1), 1));
    }

    @Test
    @DisplayName("SEM-031 SEM-035 nothing waits that must not, and nothing happens by half")
    void nothingHappensByHalf() throws Exception {
        assertFalse(set.operations().awaitZero(0).tryPerform());
        assertFalse(set.operations().release(1).acquire(2).tryPerform());
        assertArrayEquals(new int[] {5, 0, 0}, set.values());
    }

    @Test
    @DisplayName("SEM-034 a wait lasts as long as it may")
    void aWaitLasts() throws Exception {
        long start = System.nanoTime();
        assertFalse(set.semaphore(1).tryAcquire(Duration.ofMillis(50)));
        assertTrue(System.nanoTime() - start >= 50_000_000);
        var timeout = arena.allocate(JAVA_INT, 4); // struct timespec of no time
        assertErrno(Errno.EAGAIN, SysSem.semtimedop(set.id(), operation(1, -1), 1, timeout));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("SEM-036 another process's removal ends those that wait")
    void aRemovalEndsThoseThatWait(ThreadKind kind) throws Exception {
        var running =
                kind.start(() -> {
                    set.operations().awaitZero(0).perform();
                    return true;
                });
        running.awaitBlocked();
        Command.output("ipcrm", "-s", Integer.toString(set.id()));
        assertEquals(Errno.EIDRM, assertThrows(RemovedException.class, running::result).errno());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, SignalH.SA_RESTART})
    @DisplayName("SEM-039 SEM-040 a handler ends the kernel's call, whatever its flags")
    void aHandlerEndsTheCall(int flags) throws Exception {
        var wait = operation(1, -1);
        assertErrno(
                Errno.EINTR,
                HandledSignal.resultOf(flags, () -> (long) SysSem.semop(set.id(), wait, 1)));
    }

    @Test
    @DisplayName("SEM-041 two processes are never both inside")
    void neverBothInside() throws Exception {
        set.setValues(1, 0, 0);
        var random = new Random(41);
        try (var memory = SysvSharedMemory.create(key, Integer.BYTES);
                var child = Peer.start(perl(COUNT, Integer.toString(memory.id())))) {
            try {
                var semaphore = set.semaphore(0);
                for (int i = 0; i < ROUNDS; i++) {
                    semaphore.acquire();
                    int seen = memory.segment().get(JAVA_INT, 0);
                    LockSupport.parkNanos(random.nextInt(1_000_000));
                    memory.segment().set(JAVA_INT, 0, seen + 1);
                    semaphore.release();
                }
                assertEquals("", child.rest());
                assertEquals(0, child.exitCode());
                assertEquals(2 * ROUNDS, memory.segment().get(JAVA_INT, 0));
            } finally {
                memory.remove();
            }
        }
    }

    @Test
    @DisplayName("SEM-042 what was done with undo is undone at the process's end")
    void whatWasDoneWithUndo() throws Exception {
        assertEquals("done", Command.output(perl(OPERATE, "0", "-3", UNDO)));
        assertEquals(5, set.semaphore(0).value());
    }

    @Test
    @DisplayName("SEM-044 what was done without undo stays after a kill")
    void whatWasDoneWithoutUndo() throws Exception {
        try (var child = Peer.start(perl(OPERATE + "sleep 100;", "0", "-3", "0"))) {
            assertEquals("done", child.line());
            child.kill();
        }
        assertEquals(2, set.semaphore(0).value());
    }

    @Test
    @DisplayName("SEM-045 undo waits for the process's end, not for the thread's")
    void undoWaitsForTheProcess() throws Exception {
        set.setValues(0, 0, 0);
        try (var jvm = Peer.start(Elsewhere.command(List.of(), "undo", key))) {
            assertEquals("SEM-045 1", jvm.line());
            assertEquals(1, set.semaphore(0).value());
            jvm.tell("end");
            assertEquals(0, jvm.exitCode());
        }
        assertEquals(0, set.semaphore(0).value());
    }
}
