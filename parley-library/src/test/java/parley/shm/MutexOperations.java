package parley.shm;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import parley.shm.MutexWord.Attempt;

/// A lock whose owners die, without waiting.
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "who", gen = IntGen.class, conf = "0:1")
public class MutexOperations {
    private final HeapParticipants participants = HeapParticipants.joined(64);
    private final MutexWord mutex = new MutexWord(participants.words(), 0, participants.table());

    @Operation
    public void join(@Param(name = "thread") int thread) {
        boolean _ = participants.join(thread);
    }

    @Operation
    public void die(@Param(name = "who") int who) {
        participants.die(who);
    }

    @Operation
    public String tryLock(@Param(name = "thread") int thread) {
        return mutex.tryLock(participants.tag(thread)).name();
    }

    @Operation
    public boolean unlock(@Param(name = "thread") int thread) {
        return mutex.unlock(participants.tag(thread));
    }

    @Operation
    public boolean markConsistent(@Param(name = "thread") int thread) {
        return mutex.markConsistent(participants.tag(thread));
    }

    @Operation
    public void lookAgain() {
        mutex.takeOutTheDead();
    }

    /// What it is to be.
    public static class Model {
        private final HeapParticipants.Model participants = new HeapParticipants.Model();
        private int owner = HeapParticipants.Model.NOBODY;
        private boolean isInconsistent;
        private boolean isLost;

        public void join(int thread) {
            participants.join(thread);
        }

        public void die(int who) {
            participants.die(who);
        }

        public String tryLock(int thread) {
            if (isLost) {
                return Attempt.NOT_RECOVERABLE.name();
            }
            if (participants.isAlive(owner)) {
                return Attempt.BUSY.name();
            }
            lookAgain();
            owner = participants.life(thread);
            return (isInconsistent ? Attempt.OWNER_DIED : Attempt.CLEAN).name();
        }

        public boolean unlock(int thread) {
            if (owner != participants.life(thread)) {
                return false;
            }
            owner = HeapParticipants.Model.NOBODY;
            isLost = isInconsistent;
            isInconsistent = false;
            return true;
        }

        public boolean markConsistent(int thread) {
            if (owner != participants.life(thread)) {
                return false;
            }
            isInconsistent = false;
            return true;
        }

        public void lookAgain() {
            if (owner != HeapParticipants.Model.NOBODY && !participants.isAlive(owner)) {
                owner = HeapParticipants.Model.NOBODY;
                isInconsistent = true;
            }
        }
    }
}
