package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Command;
import parley.peer.Peer;
import parley.shm.SharedMutex.Acquired;

/// Processes that are killed, stopped, and that take turns: all of them in C.
@Timeout(300)
class DeathsTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final int VICTIMS = Integer.getInteger("parley.victims", 2_000);
    private static final long FIRST = SharedMutex.BYTES; // of the two counters behind the lock
    private static final long SECOND = FIRST + Long.BYTES;

    @TempDir private static Path directory;

    private static String program;

    private final String name = Unique.name("deaths");
    private final String file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
    private SharedRegion region;
    private SharedMutex mutex;

    @BeforeAll
    static void compile() throws Exception {
        program = CPeer.compile(directory);
    }

    @BeforeEach
    void create() throws IOException {
        region = SharedRegion.create(name, 1, 4096);
        mutex = region.mutex(0);
    }

    @AfterEach
    void unlink() throws IOException {
        region.close();
        SharedRegion.unlink(name);
    }

    private static Peer holder(String file, int mebibytes) throws IOException {
        var peer = CPeer.start(program, "hold", file, 0, mebibytes);
        assertEquals("holds", peer.line());
        return peer;
    }

    @ParameterizedTest
    @EnumSource
    void theNextOwnerIsToldThatTheLastWasKilled(ThreadKind kind) throws Exception {
        var deaths = new LinkedBlockingQueue<SharedRegion.Participant>();
        region.onDeath(deaths::add);
        try (var peer = holder(file, 1)) {
            var waiting = kind.start(mutex::lock);
            waiting.awaitBlocked();
            assertEquals(2, region.participants().size());
            peer.kill();
            assertEquals(Acquired.OWNER_DIED, waiting.result());
            var dead = deaths.take();
            assertEquals(peer.pid(), dead.pid());
            assertFalse(region.isAlive(dead));
        }
        mutex.markConsistent();
        mutex.unlock();
        assertEquals(Acquired.CLEAN, mutex.lock());
        mutex.unlock();
    }

    /// Told, and not judged: how long it takes from the kill until the next one has the lock, and
    /// how much of that the victim's memory costs.
    @ParameterizedTest
    @ValueSource(ints = {1, 1024})
    void theNextOwnerDoesNotWaitForTheMemoryOfTheLast(int mebibytes) throws Exception {
        int trials = Integer.getInteger("parley.kills", 5);
        var nanos = new long[trials];
        for (int i = 0; i < trials; i++) {
            try (var peer = holder(file, mebibytes)) {
                var waiting =
                        ThreadKind.PLATFORM.start(() -> {
                            assertEquals(Acquired.OWNER_DIED, mutex.lock());
                            return System.nanoTime();
                        });
                waiting.awaitBlocked();
                long killed = System.nanoTime();
                peer.kill();
                nanos[i] = waiting.result() - killed;
                mutex.markConsistent();
                mutex.unlock();
            }
        }
        Arrays.sort(nanos);
        System.out.printf(
                "killed with %d MiB, to the next owner: p50 %d us, max %d us%n",
                mebibytes, nanos[trials / 2] / 1000, nanos[trials - 1] / 1000);
    }

    /// Which is later than its death is told: its memory is taken down first.
    @Test
    void itCanBeWaitedForThatNothingIsLeftOfADeadProcess() throws Exception {
        var deaths = new LinkedBlockingQueue<SharedRegion.Participant>();
        region.onDeath(deaths::add);
        try (var peer = holder(file, 512)) {
            peer.kill();
            region.awaitEnd(deaths.take());
            var tasks = Path.of("/proc/" + peer.pid() + "/maps");
            assertTrue(Files.notExists(tasks) || Files.readAllBytes(tasks).length == 0);
        }
        try (var other = SharedRegion.open(name, 1)) {
            var waiting =
                    ThreadKind.PLATFORM.start(() -> {
                        region.awaitEnd(other.self());
                        return true;
                    });
            waiting.awaitBlocked();
            waiting.interrupt();
            assertThrows(InterruptedException.class, waiting::result);
        }
    }

    @Test
    void aStoppedOwnerIsAliveAndKeepsTheLock() throws Exception {
        try (var peer = holder(file, 1)) {
            Command.output("kill", "-STOP", "" + peer.pid());
            assertTrue(mutex.tryLock(Duration.ofMillis(1500)).isEmpty());
            assertEquals(2, region.participants().size());
            peer.kill();
            assertEquals(Acquired.OWNER_DIED, mutex.lock());
        }
    }

    @Test
    void aProgramInCAndThisOneTakeTurns() throws Exception {
        int times = 300_000;
        try (var peer = CPeer.start(program, "count", file, 0, times)) {
            for (int i = 0; i < times; i++) {
                assertEquals(Acquired.CLEAN, mutex.lock());
                addToBoth(region.data());
                mutex.unlock();
            }
            assertEquals("done", peer.line());
        }
        assertEquals(2L * times, region.data().get(JAVA_LONG, FIRST));
        assertEquals(2L * times, region.data().get(JAVA_LONG, SECOND));
        assertEquals(List.of(region.self()), region.participants());
    }

    /// Strictly in turns: each step is the other's, so the lock is handed over each time.
    @Test
    void theLockIsHandedOverBetweenTwoProcesses() throws Exception {
        int turns = Integer.getInteger("parley.turns", 50_000);
        try (var peer = CPeer.start(program, "turns", file, 0, turns)) {
            var data = region.data();
            for (int done = 0; done < turns; ) {
                assertEquals(Acquired.CLEAN, mutex.lock());
                if (data.get(JAVA_LONG, FIRST) % 2 == 0) {
                    addToBoth(data);
                    done++;
                }
                mutex.unlock();
            }
            assertEquals("done", peer.line());
        }
        assertEquals(2L * turns, region.data().get(JAVA_LONG, FIRST));
        assertEquals(2L * turns, region.data().get(JAVA_LONG, SECOND));
    }

    /// A participant who stores nonsense into the lock and the table of participants, all the time.
    @Test
    void nonsenseInTheWordsIsNoCrashAndNoHang() throws Exception {
        int attempts = 2_000;
        int ended = 0;
        try (var _ = CPeer.start(program, "flip", file, 0, 0)) {
            for (int i = 0; i < attempts; i++) {
                try {
                    if (mutex.tryLock(Duration.ofMillis(1)).isPresent()) {
                        mutex.unlock();
                    }
                    ended++;
                } catch (NotRecoverableException | IllegalMonitorStateException _) {
                    ended++;
                }
                assertTrue(region.participants().size() <= ParticipantTable.SLOTS_MAX);
            }
        }
        assertEquals(attempts, ended);
    }

    private static void addToBoth(MemorySegment data) {
        long first = data.get(JAVA_LONG, FIRST);
        assertEquals(first, data.get(JAVA_LONG, SECOND));
        data.set(JAVA_LONG, FIRST, first + 1);
        data.set(JAVA_LONG, SECOND, first + 1);
    }

    /// At random moments, two at a time, while threads of both kinds use the lock: nobody has it
    /// twice, nobody waits for a dead one, and what was half changed is told.
    @Test
    void thousandsAreKilledAtRandomAndTheLockIsNeverLost() throws Exception {
        var isOver = new AtomicBoolean();
        var inherited = new AtomicLong();
        var survivors = new ArrayList<ThreadKind.Running<Long>>();
        for (int i = 0; i < 4; i++) {
            var handle = region.mutex(0);
            survivors.add(
                    ThreadKind.alternating(i).start(() -> survive(handle, isOver, inherited)));
        }
        long held = 0;
        try (var first = CPeer.start(program, "victims", file, 0, VICTIMS / 2, 1);
                var second = CPeer.start(program, "victims", file, 0, VICTIMS / 2, 2)) {
            held += Long.parseLong(first.line()) + Long.parseLong(second.line());
        } finally {
            isOver.set(true);
        }
        long entered = 0;
        for (var each : survivors) {
            entered += each.result();
        }
        assertTrue(entered > 0 && held > 0, entered + " entered, " + held + " held");
        assertTrue(inherited.get() > 0);
        if (mutex.lock() == Acquired.OWNER_DIED) {
            mutex.markConsistent();
        }
        mutex.unlock();
        assertEquals(List.of(region.self()), region.participants());
    }

    /// @return how often it had the lock
    private long survive(SharedMutex handle, AtomicBoolean isOver, AtomicLong inherited)
            throws Exception {
        var data = region.data();
        long entered = 0;
        while (!isOver.get()) {
            if (handle.lock() == Acquired.OWNER_DIED) {
                long most = Math.max(data.get(JAVA_LONG, FIRST), data.get(JAVA_LONG, SECOND));
                data.set(JAVA_LONG, FIRST, most);
                data.set(JAVA_LONG, SECOND, most);
                handle.markConsistent();
                inherited.incrementAndGet();
            }
            addToBoth(data);
            handle.unlock();
            entered++;
        }
        return entered;
    }
}
