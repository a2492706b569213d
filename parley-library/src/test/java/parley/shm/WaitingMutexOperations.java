package parley.shm;

import java.io.IOException;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import parley.ready.Deadline;
import parley.shm.MutexWord.Attempt;

/// A lock that is waited for, and a counter behind it. A wake that is lost is a hang.
@Param(name = "thread", gen = ThreadIdGen.class)
public class WaitingMutexOperations {
    private final HeapParticipants participants = HeapParticipants.joined(64);
    private final MutexWord mutex = participants.structures(0).sleepers().mutexWord(0);
    private int counter; // guarded by the lock

    @Operation
    public int increment(@Param(name = "thread") int thread)
            throws IOException, InterruptedException {
        int me = participants.tag(thread);
        if (mutex.lock(me, Deadline.NEVER) == Attempt.OWNER_DIED) {
            counter = -counter; // to see who was told of a death
            boolean _ = mutex.markConsistent(me);
        }
        int count = ++counter;
        boolean _ = mutex.unlock(me);
        return count;
    }

    @Operation
    public void lockAndDie(@Param(name = "thread") int thread)
            throws IOException, InterruptedException {
        var _ = mutex.lock(participants.tag(thread), Deadline.NEVER);
        participants.dieAndJoin(thread);
    }

    /// What it is to be.
    public static class Model {
        private int counter;
        private boolean isInconsistent;

        public int increment(int thread) {
            counter = (isInconsistent ? -counter : counter) + 1;
            isInconsistent = false;
            return counter;
        }

        public void lockAndDie(int thread) {
            isInconsistent = true;
        }
    }
}
