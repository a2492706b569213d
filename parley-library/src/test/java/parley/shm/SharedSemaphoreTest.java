package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;

class SharedSemaphoreTest extends TwoParticipants {
    private static final int PERMITS = 3;

    @Override
    ThreadKind.Action<?> waiting() throws Exception {
        var semaphore = mine.semaphore(0, PERMITS);
        for (int i = 0; i < PERMITS; i++) {
            int _ = semaphore.acquire();
        }
        return () -> theirs.semaphore(0, PERMITS).acquire();
    }

    @Test
    void thereAreSoManyAndNoMore() throws Exception {
        var my = mine.semaphore(0, PERMITS);
        var their = theirs.semaphore(0, PERMITS);
        int first = my.acquire();
        int second = their.acquire();
        int third = my.tryAcquire().orElseThrow();
        assertEquals(0 + 1 + 2, first + second + third);
        assertEquals(0, my.availablePermits());
        assertEquals(OptionalInt.empty(), their.tryAcquire());
        assertEquals(OptionalInt.empty(), their.tryAcquire(SHORT));
        assertThrows(IllegalMonitorStateException.class, () -> their.release(first));
        assertThrows(IllegalMonitorStateException.class, () -> my.release(-1));
        assertThrows(IllegalMonitorStateException.class, () -> my.release(PERMITS));
        my.release(first);
        assertThrows(IllegalMonitorStateException.class, () -> my.release(first));
        assertEquals(OptionalInt.of(first), their.tryAcquire(SHORT));
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsGetsWhatIsGivenBack(ThreadKind kind) throws Exception {
        var waiting = kind.start(() -> (Integer) waiting().run());
        waiting.awaitBlocked();
        mine.semaphore(0, PERMITS).release(1);
        assertEquals(1, waiting.result());
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsGetsWhatSomebodyHadWhoHasGone(ThreadKind kind) throws Exception {
        var waiting = kind.start(() -> (Integer) waiting().run());
        waiting.awaitBlocked();
        mine.close();
        int permit = waiting.result();
        assertTrue(permit >= 0 && permit < PERMITS);
        assertEquals(PERMITS - 1, theirs.semaphore(0, PERMITS).availablePermits());
    }

    @Test
    void allAgreeOnHowManyThereAre() {
        var _ = mine.semaphore(0, PERMITS);
        var refused =
                assertThrows(
                        IllegalArgumentException.class, () -> theirs.semaphore(0, PERMITS + 1));
        assertEquals("it has 3 permits, not 4", refused.getMessage());
        assertThrows(IllegalArgumentException.class, () -> mine.semaphore(0, 0));
        assertThrows(IllegalArgumentException.class, () -> mine.semaphore(0, 4097));
        assertThrows(IllegalArgumentException.class, () -> mine.semaphore(32, PERMITS));
        assertThrows(IllegalArgumentException.class, () -> mine.semaphore(-64, PERMITS));
        long end = mine.data().byteSize();
        assertThrows(IllegalArgumentException.class, () -> mine.semaphore(end - 64, PERMITS));
    }

    @Test
    void nobodyHasWhatAnotherHas() throws Exception {
        var holders = new AtomicIntegerArray(PERMITS);
        var all = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < 8; i++) {
            var region = i < 4 ? mine : theirs;
            all.add(ThreadKind.alternating(i).start(() -> use(region, holders)));
        }
        for (var each : all) {
            assertTrue(each.result());
        }
        assertEquals(PERMITS, mine.semaphore(0, PERMITS).availablePermits());
    }

    private static boolean use(SharedRegion region, AtomicIntegerArray holders) throws Exception {
        var semaphore = region.semaphore(0, PERMITS);
        for (int i = 0; i < 3_000; i++) {
            int permit = semaphore.acquire();
            assertEquals(1, holders.incrementAndGet(permit));
            assertEquals(0, holders.decrementAndGet(permit));
            semaphore.release(permit);
        }
        return true;
    }
}
