package parley.shm;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Semaphores and read-write locks.
public final class StructuresStress {
    private StructuresStress() {}

    /// Two want the last permit.
    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = ACCEPTABLE,
            desc = "one has it")
    @Outcome(expect = FORBIDDEN, desc = "both have it, or none")
    @State
    public static class LastPermit {
        private final long cell = Cells.next();
        private final SharedSemaphore first = semaphore(Cells.FIRST);
        private final SharedSemaphore second = semaphore(Cells.SECOND);

        private SharedSemaphore semaphore(int tag) {
            return new SharedSemaphore(cell, 1, Cells.structures(tag));
        }

        @Actor
        public void first(ZZ_Result result) {
            result.r1 = first.tryAcquire().isPresent();
        }

        @Actor
        public void second(ZZ_Result result) {
            result.r2 = second.tryAcquire().isPresent();
        }
    }

    /// A reader and a writer come.
    @JCStressTest
    @Outcome(id = "true, true", expect = FORBIDDEN, desc = "they have it together")
    @Outcome(expect = ACCEPTABLE, desc = "one has it, or they gave way to each other")
    @State
    public static class ReaderOrWriter {
        private final long cell = Cells.next();
        private final SharedReadWriteLock reader = lock(Cells.FIRST);
        private final SharedReadWriteLock writer = lock(Cells.SECOND);

        private SharedReadWriteLock lock(int tag) {
            return new SharedReadWriteLock(cell, Cells.structures(tag));
        }

        @Actor
        public void reader(ZZ_Result result) {
            result.r1 = isOurs(reader, false);
        }

        @Actor
        public void writer(ZZ_Result result) {
            result.r2 = isOurs(writer, true);
        }

        private static boolean isOurs(SharedReadWriteLock lock, boolean toWrite) {
            try {
                return (toWrite ? lock.tryWriteLock() : lock.tryReadLock()).isPresent();
            } catch (NotRecoverableException e) {
                throw new AssertionError(e);
            }
        }
    }
}
