package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.shm.SharedMutex.Acquired;

/// Two participants, as two processes are.
@Timeout(60)
class SharedMutexTest {
    private static final long LAYOUT = 1;
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final long COUNTER = 64;

    private SharedRegion mine;
    private SharedRegion theirs;
    private SharedMutex mutex;
    private SharedMutex other;

    @BeforeAll
    static void loseNoWake() {
        LifeThread.lookAgain = Duration.ofDays(1); // a lost wake is a hang here
    }

    @BeforeEach
    void open() throws IOException {
        mine = SharedRegion.createAnonymous(LAYOUT, 4096);
        theirs = SharedRegion.of(mine.fd().duplicate(), LAYOUT);
        mutex = mine.mutex(0);
        other = theirs.mutex(0);
    }

    @AfterEach
    void close() {
        mine.close();
        theirs.close();
    }

    @Test
    void oneHasItAtATime() throws Exception {
        assertEquals(Acquired.CLEAN, mutex.lock());
        assertEquals(Optional.empty(), other.tryLock());
        assertEquals(Optional.empty(), other.tryLock(SHORT));
        assertEquals(Optional.empty(), mine.mutex(0).tryLock(), "another handle of this process");
        assertThrows(IllegalMonitorStateException.class, other::unlock);
        mutex.unlock();
        assertThrows(IllegalMonitorStateException.class, mutex::unlock);
        assertThrows(IllegalMonitorStateException.class, mutex::markConsistent);
        assertEquals(Optional.of(Acquired.CLEAN), other.tryLock(Duration.ZERO));
        other.unlock();
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsGetsItWhenItIsGivenBack(ThreadKind kind) throws Exception {
        var _ = mutex.lock();
        var waiting = kind.start(other::lock);
        waiting.awaitBlocked();
        mutex.unlock();
        assertEquals(Acquired.CLEAN, waiting.result());
        other.unlock();
    }

    @ParameterizedTest
    @EnumSource
    void aCounterIsExact(ThreadKind kind) throws Exception {
        int threads = 4;
        int rounds = 5_000;
        var all = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < threads; i++) {
            var region = i % 2 == 0 ? mine : theirs;
            var handle = region.mutex(0);
            all.add(kind.start(() -> count(handle, region, rounds)));
        }
        for (var each : all) {
            assertTrue(each.result());
        }
        assertEquals((long) threads * rounds, mine.data().get(JAVA_LONG, COUNTER));
    }

    private static boolean count(SharedMutex handle, SharedRegion region, int rounds)
            throws Exception {
        var data = region.data();
        for (int i = 0; i < rounds; i++) {
            assertEquals(Acquired.CLEAN, handle.lock());
            data.set(JAVA_LONG, COUNTER, data.get(JAVA_LONG, COUNTER) + 1);
            handle.unlock();
        }
        return true;
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsIsToldThatTheOwnerHasGone(ThreadKind kind) throws Exception {
        var _ = mutex.lock();
        var waiting = kind.start(other::lock);
        waiting.awaitBlocked();
        mine.close();
        assertEquals(Acquired.OWNER_DIED, waiting.result());
        other.markConsistent();
        other.unlock();
        assertEquals(Acquired.CLEAN, other.lock());
        other.unlock();
    }

    @Test
    void withoutARepairItIsLostForAll() throws Exception {
        var _ = mutex.lock();
        mine.close();
        assertEquals(Acquired.OWNER_DIED, other.lock());
        other.unlock();
        assertThrows(NotRecoverableException.class, other::lock);
        assertThrows(NotRecoverableException.class, other::tryLock);
    }

    @ParameterizedTest
    @EnumSource
    void allWhoWaitAreToldThatItIsLost(ThreadKind kind) throws Exception {
        var _ = mutex.lock();
        mine.close();
        assertEquals(Acquired.OWNER_DIED, other.lock());
        var all = new ArrayList<ThreadKind.Running<Acquired>>();
        for (int i = 0; i < 3; i++) {
            var waiting = kind.start(theirs.mutex(0)::lock);
            waiting.awaitBlocked();
            all.add(waiting);
        }
        other.unlock();
        for (var each : all) {
            assertThrows(NotRecoverableException.class, each::result);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theTimeIsOver(ThreadKind kind) throws Exception {
        var _ = mutex.lock();
        assertEquals(Optional.empty(), kind.start(() -> other.tryLock(SHORT)).result());
        mutex.unlock();
        assertEquals(Optional.of(Acquired.CLEAN), other.tryLock(SHORT));
        other.unlock();
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheWait(ThreadKind kind) throws Exception {
        var _ = mutex.lock();
        var waiting = kind.start(other::lock);
        waiting.awaitBlocked();
        waiting.interrupt();
        assertThrows(InterruptedException.class, waiting::result);
        mutex.unlock();
        assertEquals(Acquired.CLEAN, other.lock());
        other.unlock();
    }

    @ParameterizedTest
    @EnumSource
    void closingTheRegionEndsTheWait(ThreadKind kind) throws Exception {
        var _ = mutex.lock();
        var waiting = kind.start(other::lock);
        waiting.awaitBlocked();
        theirs.close();
        assertThrows(ClosedChannelException.class, waiting::result);
        mutex.unlock();
        assertThrows(IllegalStateException.class, other::tryLock);
    }

    @Test
    void anotherThreadMayGiveItBack() throws Exception {
        var _ = mutex.lock();
        var unlocking =
                ThreadKind.VIRTUAL.start(() -> {
                    mutex.unlock();
                    return true;
                });
        assertTrue(unlocking.result());
        assertEquals(Optional.of(Acquired.CLEAN), other.tryLock());
        other.unlock();
    }

    @Test
    void aLockLiesWithinTheData() {
        for (long bad : new long[] {-64, 4, 4096, Long.MAX_VALUE - 63}) {
            assertThrows(IllegalArgumentException.class, () -> mine.mutex(bad));
        }
        assertFalse(mine.toString().isEmpty());
    }
}
