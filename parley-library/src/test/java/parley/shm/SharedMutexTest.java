package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.peer.Command;
import parley.peer.Peer;
import parley.shm.SharedMutex.Acquired;

class SharedMutexTest extends TwoParticipants {
    private static final long COUNTER = 64;

    private SharedMutex mutex;
    private SharedMutex other;

    @BeforeEach
    void makeHandles() {
        mutex = mine.mutex(0);
        other = theirs.mutex(0);
    }

    @Override
    ThreadKind.Action<?> waiting() throws Exception {
        var _ = mutex.lock();
        return other::lock;
    }

    @Test
    @DisplayName("CHN-053 one has it at a time, and no other handle gives it back")
    void oneHasItAtATime() throws Exception {
        assertEquals(Acquired.CLEAN, mutex.lock());
        assertEquals(Optional.empty(), other.tryLock());
        assertEquals(Optional.empty(), other.tryLock(SHORT));
        assertEquals(Optional.empty(), mine.mutex(0).tryLock(), "another handle of this process");
        assertThrows(IllegalMonitorStateException.class, other::unlock);
        mutex.unlock();
        assertThrows(IllegalMonitorStateException.class, mutex::unlock);
        assertThrows(IllegalMonitorStateException.class, mutex::markConsistent);
        assertEquals(Optional.of(Acquired.CLEAN), other.tryLock(SHORT));
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

    @Test
    @DisplayName("CHN-051 whoever has it next is told of a killed owner")
    void whoHasItNextIsToldOfAKilledOwner() throws Exception {
        var name = Unique.name("killed");
        try (var region = SharedRegion.create(name, 1, SharedMutex.BYTES)) {
            var lock = region.mutex(0);
            try (var peer = Peer.start(Command.java(List.of(), MutexHolder.class, name))) {
                assertEquals("holds", peer.line());
                assertEquals(peer.pid(), lock.holder().orElseThrow().pid());
                assertTrue(lock.tryLock().isEmpty());
                peer.kill();
            }
            assertEquals(Acquired.OWNER_DIED, lock.lock());
            assertEquals(region.self(), lock.holder().orElseThrow());
            lock.markConsistent();
            lock.unlock();
            assertTrue(lock.holder().isEmpty());
        } finally {
            SharedRegion.unlink(name);
        }
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
    @DisplayName("CHN-052 without a repair it is lost for all")
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
    void whoseWaitWasInterruptedLeavesNoTrace(ThreadKind kind) throws Exception {
        anInterruptEndsTheWait(kind);
        mutex.unlock();
        assertEquals(Acquired.CLEAN, other.lock());
        other.unlock();
    }

    @Test
    void afterTheRegionIsClosedThereIsNoLock() throws Exception {
        closingTheRegionEndsTheWait(ThreadKind.PLATFORM);
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
        for (long bad : new long[] {-64, 4, 65_536, Long.MAX_VALUE - 63}) {
            assertThrows(IllegalArgumentException.class, () -> mine.mutex(bad));
        }
        assertFalse(mine.toString().isEmpty());
    }
}
