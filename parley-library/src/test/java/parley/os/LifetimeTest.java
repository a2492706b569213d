package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class LifetimeTest {
    private final AtomicInteger releases = new AtomicInteger();
    private final Lifetime lifetime = new Lifetime(releases::incrementAndGet);

    @Test
    void closingReleasesAtOnceWhenNobodyIsInside() {
        assertTrue(lifetime.isOpen());
        lifetime.close();
        assertFalse(lifetime.isOpen());
        assertEquals(1, releases.get());
    }

    @Test
    void closingAgainDoesNothing() {
        lifetime.close();
        lifetime.close();
        assertEquals(1, releases.get());
    }

    @Test
    void theLastToLeaveReleases() throws Exception {
        lifetime.enter();
        lifetime.enter();
        lifetime.close();
        assertEquals(0, releases.get());
        lifetime.exit();
        assertEquals(0, releases.get());
        lifetime.exit();
        assertEquals(1, releases.get());
    }

    @Test
    void nobodyEntersWhatIsClosed() throws Exception {
        lifetime.enter();
        lifetime.close();
        assertThrows(ClosedChannelException.class, lifetime::enter);
        lifetime.exit();
        assertThrows(ClosedChannelException.class, lifetime::enter);
        assertEquals(1, releases.get());
    }

    @Test
    void closingWakesThoseWhoWait() throws Exception {
        var woken = new ArrayList<String>();
        var first = waiter(() -> woken.add("first"));
        var second = waiter(() -> woken.add("second"));
        lifetime.enter();
        lifetime.add(first);
        lifetime.add(second);
        lifetime.remove(second);
        lifetime.close();
        assertEquals(List.of("first"), woken);
        lifetime.exit();
        assertEquals(List.of("first"), woken);
    }

    @Test
    void thoseWhoWaitInAUseAreWokenAndKeepItFromBeingReleased() throws Exception {
        var woken = new ArrayList<String>();
        var first = waiter(() -> woken.add("first"));
        var second = waiter(() -> woken.add("second"));
        var third = waiter(() -> woken.add("third"));
        for (var waiter : List.of(first, second, third)) {
            lifetime.enter(waiter);
        }
        lifetime.exit(first); // the others were never alone
        lifetime.enter(first);
        lifetime.exit(third);
        lifetime.close();
        assertEquals(List.of("first", "second"), woken);
        assertThrows(ClosedChannelException.class, () -> lifetime.enter(third));
        lifetime.exit(second);
        assertEquals(0, releases.get());
        lifetime.exit(first);
        assertEquals(1, releases.get());
    }

    @Test
    void oneThatCannotBeWokenKeepsNobodyElseAsleep() throws Exception {
        var woken = new AtomicInteger();
        int waiters = 20;
        lifetime.enter();
        for (int i = 0; i < waiters; i++) {
            boolean fails = i % 2 == 0;
            lifetime.add(
                    waiter(() -> {
                        woken.incrementAndGet();
                        if (fails) {
                            throw new IllegalStateException("cannot be woken");
                        }
                    }));
        }
        assertThrows(IllegalStateException.class, lifetime::close);
        assertEquals(waiters, woken.get());
        lifetime.exit();
        assertEquals(1, releases.get());
    }

    /// The race that an add which is undone would lose: two late callers, two releases.
    @RepeatedTest(20)
    void racingCallersAndClosersReleaseExactlyOnceAndNeverInsideACall() throws Exception {
        long seed = new Random().nextLong();
        var problem = new AtomicReference<String>("");
        for (int round = 0; round < 200; round++) {
            race(new Random(seed + round), problem);
            assertEquals("", problem.get(), "seed " + seed + ", round " + round);
        }
    }

    private static void race(Random random, AtomicReference<String> problem) throws Exception {
        var releases = new AtomicInteger();
        var inside = new AtomicInteger();
        var lifetime =
                new Lifetime(() -> {
                    if (inside.get() != 0) {
                        problem.set("released while " + inside.get() + " are inside");
                    }
                    releases.incrementAndGet();
                });
        int callers = 2 + random.nextInt(5);
        int closers = 1 + random.nextInt(2);
        var start = new CyclicBarrier(callers + closers);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < callers; i++) {
            int calls = 1 + random.nextInt(50);
            threads.add(
                    Thread.ofVirtual()
                            .unstarted(() -> call(lifetime, start, inside, calls, problem)));
        }
        for (int i = 0; i < closers; i++) {
            int spins = random.nextInt(300);
            threads.add(Thread.ofVirtual().unstarted(() -> close(lifetime, start, spins, problem)));
        }
        threads.forEach(Thread::start);
        for (var thread : threads) {
            thread.join();
        }
        if (releases.get() != 1) {
            problem.set("released " + releases.get() + " times");
        }
    }

    private static void call(
            Lifetime lifetime,
            CyclicBarrier start,
            AtomicInteger inside,
            int calls,
            AtomicReference<String> problem) {
        try {
            start.await();
            for (int i = 1; i < calls; i++) {
                lifetime.enter();
                inside.incrementAndGet();
                Thread.onSpinWait();
                inside.decrementAndGet();
                lifetime.exit();
                waitInside(lifetime, inside, false);
            }
            waitInside(lifetime, inside, true);
        } catch (ClosedChannelException _) { // the race is over for this one
        } catch (Exception e) {
            problem.set(e.toString());
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // all that it waits for is somebody's turn
    private static void waitInside(Lifetime lifetime, AtomicInteger inside, boolean isToTheEnd)
            throws ClosedChannelException {
        var waiter = waiter(() -> {});
        lifetime.enter(waiter);
        inside.incrementAndGet();
        while (isToTheEnd && lifetime.isOpen()) {
            Thread.yield();
        }
        inside.decrementAndGet();
        lifetime.exit(waiter);
    }

    private static void close(
            Lifetime lifetime, CyclicBarrier start, int spins, AtomicReference<String> problem) {
        try {
            start.await();
            for (int i = 0; i < spins; i++) {
                Thread.onSpinWait();
            }
            lifetime.close();
        } catch (Exception e) {
            problem.set(e.toString());
        }
    }

    private static Lifetime.Waiter waiter(Runnable wake) {
        return wake::run;
    }
}
