package parley.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PoolTest {
    private final Pool<AtomicInteger> pool = new Pool<>(2, AtomicInteger::new);

    @Test
    void whatCameBackIsLentAgain() {
        var first = pool.acquire();
        pool.release(first);
        assertSame(first, pool.acquire());
        assertNotSame(first, pool.acquire());
    }

    @Test
    void noMoreAreKeptThanThereAreSlots() {
        var first = pool.acquire();
        var second = pool.acquire();
        var third = pool.acquire();
        pool.release(first);
        pool.release(second);
        pool.release(third);
        assertNotSame(third, pool.acquire());
        assertNotSame(third, pool.acquire());
        assertNotSame(third, pool.acquire());
    }

    @Test
    void nobodyHasWhatAnotherHas() throws Exception {
        var wrong = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 8; i++) {
            Runnable use =
                    () -> {
                        for (int n = 0; n < 20_000; n++) {
                            var mine = pool.acquire();
                            wrong.addAndGet(mine.incrementAndGet() == 1 ? 0 : 1);
                            mine.decrementAndGet();
                            pool.release(mine);
                        }
                    };
            threads.add(
                    i % 2 == 0 ? Thread.ofVirtual().start(use) : Thread.ofPlatform().start(use));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertEquals(0, wrong.get());
    }
}
