package parley.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every semaphore must do.
@Timeout(120)
public abstract class SemaphoreContract {
    /// A semaphore, reduced to what all of them have.
    public interface Semaphore {
        void acquire() throws Exception;

        boolean tryAcquire() throws Exception;

        boolean tryAcquire(Duration timeout) throws Exception;

        void release() throws Exception;

        int value() throws Exception;

        void close() throws Exception;

        /// Takes it away.
        void dispose() throws Exception;
    }

    private final java.util.List<Semaphore> made = new java.util.ArrayList<>();

    /// A fresh semaphore.
    protected abstract Semaphore open(int value) throws Exception;

    /// The C function in which a timed acquire waits.
    protected abstract WaitingContract.Blocked blockedTimed();

    private Semaphore make(int value) throws Exception {
        var semaphore = open(value);
        made.add(semaphore);
        return semaphore;
    }

    @AfterEach
    void disposeAll() throws Exception {
        for (var semaphore : made) {
            semaphore.close();
            semaphore.dispose();
        }
    }

    @Test
    void thereAreAsManyPermitsAsWereGiven() throws Exception {
        var semaphore = make(2);
        assertEquals(2, semaphore.value());
        semaphore.acquire();
        assertTrue(semaphore.tryAcquire());
        assertFalse(semaphore.tryAcquire());
        assertFalse(semaphore.tryAcquire(Duration.ofMillis(5)));
        assertEquals(0, semaphore.value());
        semaphore.release();
        assertEquals(1, semaphore.value());
        assertTrue(semaphore.tryAcquire(Duration.ZERO));
    }

    @Test
    void onePermitLetsOneThreadInAtATime() throws Exception {
        var semaphore = make(1);
        var inside = new AtomicInteger();
        var plain = new int[1];
        int rounds = 500;
        var threads =
                IntStream.range(0, 6)
                        .mapToObj(i ->
                                ThreadKind.alternating(i)
                                        .start(() -> {
                                            for (int n = 0; n < rounds; n++) {
                                                semaphore.acquire();
                                                assertEquals(1, inside.incrementAndGet());
                                                plain[0]++;
                                                inside.decrementAndGet();
                                                semaphore.release();
                                            }
                                            return true;
                                        }))
                        .toList();
        for (var thread : threads) {
            assertTrue(thread.result());
        }
        assertEquals(6 * rounds, plain[0]);
        assertEquals(1, semaphore.value());
    }

    /// Waiting for a permit.
    @Nested
    class Acquiring extends WaitingContract {

        @Override
        protected Blocked blockedTimed() {
            return SemaphoreContract.this.blockedTimed();
        }

        @Override
        protected Wait newWait() throws Exception {
            var semaphore = make(0);
            return new Wait() {
                @Override
                public void forever() throws Exception {
                    semaphore.acquire();
                }

                @Override
                public boolean atMost(Duration timeout) throws Exception {
                    return semaphore.tryAcquire(timeout);
                }

                @Override
                public void satisfy() throws Exception {
                    semaphore.release();
                }

                @Override
                public void close() throws Exception {
                    semaphore.close();
                }

                @Override
                public void dispose() {}
            };
        }
    }
}
