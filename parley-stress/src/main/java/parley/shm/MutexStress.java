package parley.shm;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import parley.shm.MutexWord.Attempt;

/// The lock, and what it guards.
public final class MutexStress {
    private static final int DATA = 64;

    private MutexStress() {}

    private static MutexWord mutex(long cell) {
        return new MutexWord(Cells.WORDS, cell, Cells.TABLE);
    }

    /// Two who wait for it count: what it guards needs no order of its own.
    @JCStressTest
    @Outcome(
            id = {"1, 2", "2, 1"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @Outcome(expect = FORBIDDEN, desc = "a count was lost")
    @State
    public static class Exclusion {
        private final long cell = Cells.next();
        private final MutexWord mutex = mutex(cell);

        private int count(int me) {
            Cells.lock(mutex, me);
            int count = Cells.getPlain(cell + DATA) + 1;
            Cells.setPlain(cell + DATA, count);
            boolean _ = mutex.unlock(me);
            return count;
        }

        @Actor
        public void first(II_Result result) {
            result.r1 = count(Cells.FIRST);
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = count(Cells.SECOND);
        }
    }

    /// Who gets it sees what was written before it was given back.
    @JCStressTest
    @Outcome(id = "CLEAN, 1", expect = ACCEPTABLE, desc = "given back before")
    @Outcome(id = "BUSY, null", expect = ACCEPTABLE, desc = "given back later")
    @Outcome(expect = FORBIDDEN, desc = "old data behind the lock")
    @State
    public static class Visibility {
        private final long cell = Cells.next();
        private final MutexWord mutex = mutex(cell);

        public Visibility() {
            var _ = mutex.tryLock(Cells.FIRST);
        }

        @Actor
        public void writer() {
            Cells.setPlain(cell + DATA, 1);
            boolean _ = mutex.unlock(Cells.FIRST);
        }

        @Actor
        public void reader(LL_Result result) {
            var attempt = mutex.tryLock(Cells.SECOND);
            result.r1 = attempt;
            if (attempt == Attempt.CLEAN) {
                result.r2 = Cells.getPlain(cell + DATA);
            }
        }
    }

    /// Two find it free.
    @JCStressTest
    @Outcome(
            id = {"CLEAN, BUSY", "BUSY, CLEAN"},
            expect = ACCEPTABLE,
            desc = "one has it")
    @Outcome(expect = FORBIDDEN, desc = "both have it, or none")
    @State
    public static class FreeForOne {
        private final MutexWord mutex = mutex(Cells.next());

        @Actor
        public void first(LL_Result result) {
            result.r1 = mutex.tryLock(Cells.FIRST);
        }

        @Actor
        public void second(LL_Result result) {
            result.r2 = mutex.tryLock(Cells.SECOND);
        }
    }

    /// Two find it with a dead owner.
    @JCStressTest
    @Outcome(
            id = {"OWNER_DIED, BUSY", "BUSY, OWNER_DIED"},
            expect = ACCEPTABLE,
            desc = "one inherits it")
    @Outcome(expect = FORBIDDEN, desc = "both have it, or none, or nobody is told")
    @State
    public static class InheritedByOne {
        private final MutexWord mutex = mutex(Cells.next());

        public InheritedByOne() {
            var _ = mutex.tryLock(Cells.DEAD);
        }

        @Actor
        public void first(LL_Result result) {
            result.r1 = mutex.tryLock(Cells.FIRST);
        }

        @Actor
        public void second(LL_Result result) {
            result.r2 = mutex.tryLock(Cells.SECOND);
        }
    }

    /// One inherits it while another looks again for those who sleep.
    @JCStressTest
    @Outcome(id = "OWNER_DIED, true", expect = ACCEPTABLE, desc = "told of the death")
    @Outcome(expect = FORBIDDEN, desc = "the death is forgotten, or the lock")
    @State
    public static class InheritedWhileOthersLook {
        private final MutexWord mutex = mutex(Cells.next());

        public InheritedWhileOthersLook() {
            var _ = mutex.tryLock(Cells.DEAD);
        }

        @Actor
        public void heir(LL_Result result) {
            result.r1 = mutex.tryLock(Cells.FIRST);
            boolean _ = mutex.markConsistent(Cells.FIRST);
            result.r2 = mutex.unlock(Cells.FIRST) && mutex.tryLock(Cells.FIRST) == Attempt.CLEAN;
        }

        @Actor
        public void watcher() {
            mutex.takeOutTheDead();
        }
    }
}
