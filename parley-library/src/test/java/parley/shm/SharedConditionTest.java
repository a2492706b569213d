package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.ready.Deadline;
import parley.shm.SharedMutex.Acquired;

class SharedConditionTest extends TwoParticipants {
    private static final long MUTEX = 0;
    private static final long NOT_EMPTY = 64;
    private static final long NOT_FULL = 68;
    private static final long ITEMS = 128;
    private static final long TAKEN = 136;

    @Override
    ThreadKind.Action<?> waiting() {
        return () -> {
            var mutex = theirs.mutex(MUTEX);
            var _ = mutex.lock();
            while (true) { // when others leave it ends for no reason
                var _ = theirs.condition(NOT_EMPTY, mutex).await();
            }
        };
    }

    /// A buffer of one, between threads of both kinds in both regions.
    @Test
    void whatIsPutInIsTakenOut() throws Exception {
        int each = 3_000;
        var all = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < 4; i++) {
            var region = i < 2 ? mine : theirs;
            boolean takes = i % 2 == 0;
            all.add(ThreadKind.alternating(i / 2).start(() -> move(region, takes, each)));
        }
        for (var thread : all) {
            assertTrue(thread.result());
        }
        assertEquals(0, mine.data().get(JAVA_LONG, ITEMS));
        assertEquals(2L * each, mine.data().get(JAVA_LONG, TAKEN));
    }

    private static boolean move(SharedRegion region, boolean takes, int times) throws Exception {
        var mutex = region.mutex(MUTEX);
        var ours = region.condition(takes ? NOT_EMPTY : NOT_FULL, mutex);
        var others = region.condition(takes ? NOT_FULL : NOT_EMPTY, mutex);
        var data = region.data();
        for (int i = 0; i < times; i++) {
            var acquired = mutex.lock();
            while (acquired == Acquired.CLEAN && (data.get(JAVA_LONG, ITEMS) == 1) != takes) {
                acquired = ours.await();
            }
            assertEquals(Acquired.CLEAN, acquired);
            data.set(JAVA_LONG, ITEMS, takes ? 0 : 1);
            data.set(JAVA_LONG, TAKEN, data.get(JAVA_LONG, TAKEN) + (takes ? 1 : 0));
            mutex.unlock();
            others.signal();
        }
        return true;
    }

    @ParameterizedTest
    @EnumSource
    void theLockIsHeldAfterTheTimeAndAfterAnInterrupt(ThreadKind kind) throws Exception {
        var mutex = mine.mutex(MUTEX);
        var condition = mine.condition(NOT_EMPTY, mutex);
        var ended =
                kind.start(() -> {
                    var _ = mutex.lock();
                    assertEquals(Acquired.CLEAN, condition.await(Deadline.after(SHORT)));
                    Thread.currentThread().interrupt();
                    assertThrows(InterruptedException.class, condition::await);
                    return theirs.mutex(MUTEX).tryLock().isEmpty();
                });
        assertTrue(ended.result());
        mutex.unlock();
    }

    /// An owner goes while another waits for a change: that is told, and wins over an interrupt.
    @ParameterizedTest
    @EnumSource
    void whoWaitsIsToldThatAnOwnerHasGone(ThreadKind kind) throws Exception {
        var waiting =
                kind.start(() -> {
                    var mutex = theirs.mutex(MUTEX);
                    var _ = mutex.lock();
                    var acquired = Acquired.CLEAN;
                    while (acquired == Acquired.CLEAN) {
                        acquired = theirs.condition(NOT_EMPTY, mutex).await();
                    }
                    return acquired;
                });
        waiting.awaitBlocked();
        var _ = mine.mutex(MUTEX).lock();
        mine.close();
        assertEquals(Acquired.OWNER_DIED, waiting.result());
    }

    @Test
    void whoDoesNotHaveTheLockCannotWait() {
        var condition = mine.condition(NOT_EMPTY, mine.mutex(MUTEX));
        assertThrows(IllegalMonitorStateException.class, condition::await);
    }

    @Test
    void allAreWoken() throws Exception {
        var all = new ArrayList<ThreadKind.Running<Acquired>>();
        for (int i = 0; i < 6; i++) {
            var waiting =
                    ThreadKind.alternating(i)
                            .start(() -> {
                                var mutex = theirs.mutex(MUTEX);
                                var _ = mutex.lock();
                                var condition = theirs.condition(NOT_EMPTY, mutex);
                                while (theirs.data().get(JAVA_LONG, ITEMS) == 0) {
                                    var _ = condition.await();
                                }
                                mutex.unlock();
                                return Acquired.CLEAN;
                            });
            waiting.awaitBlocked();
            all.add(waiting);
        }
        var mutex = mine.mutex(MUTEX);
        var _ = mutex.lock();
        mine.data().set(JAVA_LONG, ITEMS, 1);
        mine.condition(NOT_EMPTY, mutex).signalAll();
        mutex.unlock();
        for (var waiting : all) {
            assertEquals(Acquired.CLEAN, waiting.result());
        }
    }
}
