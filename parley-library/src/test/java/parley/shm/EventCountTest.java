package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.memory.MapOption;
import parley.memory.Mapping;
import parley.ready.Deadline;

class EventCountTest extends TwoParticipants {
    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final long COUNTER = 64;

    @Override
    ThreadKind.Action<?> waiting() {
        return () -> {
            theirs.eventCount(0).awaitUntil(() -> false);
            return true;
        };
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsIsWokenWhenItIsTrue(ThreadKind kind) throws Exception {
        var counter = theirs.counter(COUNTER);
        var waiting =
                kind.start(() -> {
                    theirs.eventCount(0).awaitUntil(() -> counter.get() == 2);
                    return counter.get();
                });
        waiting.awaitBlocked();
        mine.counter(COUNTER).increment();
        mine.eventCount(0).signalAll();
        waiting.awaitBlocked();
        mine.counter(COUNTER).increment();
        mine.eventCount(0).signalAll();
        assertEquals(2, waiting.result());
    }

    @Test
    void theTimeCanBeOver() throws Exception {
        assertFalse(mine.eventCount(0).awaitUntil(() -> false, SHORT));
        assertTrue(mine.eventCount(0).awaitUntil(() -> true, SHORT));
        var events = mine.eventCount(0);
        events.await(events.prepare(), Deadline.after(SHORT));
        long prepared = events.prepare();
        theirs.eventCount(0).signal();
        events.await(prepared); // at once: it was signalled since
        prepared = events.prepare();
        theirs.eventCount(0).signalAll();
        events.await(prepared);
    }

    /// Each signal is for one, and none is lost, though there are more who wait than signals at a
    /// time; what is signalled is stored plainly.
    @Test
    void asManyGetThroughAsAreSignalled() throws Exception {
        int waiters = 6;
        int each = 2_000;
        var all = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < waiters; i++) {
            var region = i % 2 == 0 ? mine : theirs;
            all.add(ThreadKind.alternating(i / 2).start(() -> take(region, each)));
        }
        for (int i = 0; i < waiters * each; i++) {
            long _ = (long) LONG.getAndAdd(mine.data(), COUNTER, 1L);
            mine.eventCount(0).signal();
        }
        for (var one : all) {
            assertTrue(one.result());
        }
        assertEquals(0, mine.counter(COUNTER).get());
    }

    private static boolean take(SharedRegion region, int times) throws Exception {
        var counter = region.counter(COUNTER);
        for (int i = 0; i < times; i++) {
            region.eventCount(0).awaitUntil(() -> hasTaken(counter));
        }
        return true;
    }

    private static boolean hasTaken(SharedCounter counter) {
        while (true) {
            long there = counter.get();
            if (there == 0) {
                return false;
            }
            if (counter.compareAndSet(there, there - 1)) {
                return true;
            }
        }
    }

    /// Where nobody sleeps the word may be something else by now.
    @Test
    void aDeathChangesNoWordOnWhichNobodySleeps() throws Exception {
        boolean _ = mine.eventCount(0).awaitUntil(() -> false, SHORT);
        boolean _ = mine.semaphore(128, 1).tryAcquire().isPresent();
        var _ = mine.mutex(256).tryLock();
        mine.data().fill((byte) 3);
        var events = mine.eventCount(512);
        long prepared = events.prepare();
        theirs.close();
        events.await(prepared); // ends when the death has been told, and the others looked at
        long end = mine.data().byteSize();
        for (long at = 0; at < end; at += Long.BYTES) {
            if (at != 512) {
                assertEquals(0x0303_0303_0303_0303L, mine.data().get(JAVA_LONG, at), "at " + at);
            }
        }
    }

    @Test
    void anErrorOfTheConditionIsItsOwn() {
        var own = new IllegalStateException("of the condition");
        var thrown =
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                mine.eventCount(0)
                                        .awaitUntil(() -> {
                                            throw own;
                                        }));
        assertEquals(own, thrown);
    }

    @Test
    void everythingHasItsPlace() {
        assertThrows(IllegalArgumentException.class, () -> mine.eventCount(2));
        assertThrows(IllegalArgumentException.class, () -> mine.eventCount(-4));
        assertThrows(IllegalArgumentException.class, () -> mine.counter(4));
        long end = mine.data().byteSize();
        assertThrows(IllegalArgumentException.class, () -> mine.counter(end));
        var refused =
                assertThrows(IllegalArgumentException.class, () -> mine.readWriteLock(end - 64));
        assertTrue(refused.getMessage().startsWith("a lock takes 7744 bytes at a multiple of 64"));
    }

    /// As regions have that are larger than numbers of 32 bits.
    @Test
    void wordsCanBeWokenWhereverTheyAre() throws Exception {
        long bytes = 1L << 40;
        try (var lazy = Mapping.anonymous(bytes, MapOption.PRIVATE, MapOption.NO_RESERVE)) {
            var words = new SegmentWords(lazy);
            for (long at = 4; at < bytes; at *= 2) {
                assertEquals(0, words.wake(at, 1), "at " + at);
            }
        }
    }

    @Test
    void aCounterCounts() {
        var counter = mine.counter(COUNTER);
        assertEquals(0, counter.getAndAdd(5));
        theirs.counter(COUNTER).increment();
        assertTrue(counter.compareAndSet(6, Long.MAX_VALUE));
        counter.increment();
        assertEquals(Long.MIN_VALUE, theirs.counter(COUNTER).get());
    }
}
