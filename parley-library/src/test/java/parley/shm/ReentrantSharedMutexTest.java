package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.shm.SharedMutex.Acquired;

@Timeout(60)
class ReentrantSharedMutexTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    private SharedRegion mine;
    private SharedRegion theirs;
    private ReentrantSharedMutex mutex;
    private SharedMutex other;

    @BeforeEach
    void open() throws IOException {
        mine = SharedRegion.createAnonymous(1, 64);
        theirs = SharedRegion.of(mine.fd().duplicate(), 1);
        mutex = mine.reentrantMutex(0);
        other = theirs.mutex(0);
    }

    @AfterEach
    void close() {
        mine.close();
        theirs.close();
    }

    @ParameterizedTest
    @EnumSource
    void itIsGivenBackWithTheLastUnlock(ThreadKind kind) throws Exception {
        var taken =
                kind.start(() -> {
                    assertEquals(Acquired.CLEAN, mutex.lock());
                    assertEquals(Acquired.CLEAN, mutex.lock());
                    assertEquals(Optional.of(Acquired.CLEAN), mutex.tryLock());
                    assertEquals(Optional.of(Acquired.CLEAN), mutex.tryLock(SHORT));
                    for (int i = 0; i < 4; i++) {
                        assertTrue(mutex.isHeldByCurrentThread());
                        assertTrue(other.tryLock().isEmpty());
                        mutex.unlock();
                    }
                    assertFalse(mutex.isHeldByCurrentThread());
                    return other.tryLock();
                });
        assertEquals(Optional.of(Acquired.CLEAN), taken.result());
        assertTrue(mutex.tryLock(SHORT).isEmpty());
    }

    @Test
    void anotherThreadOfTheProcessWaitsAndMayNotGiveItBack() throws Exception {
        assertEquals(Acquired.CLEAN, mutex.lock());
        var waiting =
                ThreadKind.PLATFORM.start(() -> {
                    assertThrows(IllegalMonitorStateException.class, mutex::unlock);
                    assertThrows(IllegalMonitorStateException.class, mutex::markConsistent);
                    assertTrue(mutex.tryLock().isEmpty());
                    var acquired = mutex.lock();
                    mutex.unlock();
                    return acquired;
                });
        waiting.awaitBlocked();
        mutex.unlock();
        assertEquals(Acquired.CLEAN, waiting.result());
        assertThrows(IllegalMonitorStateException.class, mutex::unlock);
    }

    @Test
    void theDeathOfAnOwnerIsToldUntilItIsRepaired() throws Exception {
        var _ = other.lock();
        theirs.close();
        assertEquals(Acquired.OWNER_DIED, mutex.lock());
        assertEquals(Acquired.OWNER_DIED, mutex.lock());
        mutex.markConsistent();
        assertEquals(Acquired.CLEAN, mutex.lock());
        mutex.unlock();
        mutex.unlock();
        mutex.unlock();
        assertEquals(Optional.of(Acquired.CLEAN), mutex.tryLock());
        mutex.unlock();
    }
}
