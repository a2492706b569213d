package parley.shm;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/// Those who take part, who come and go and are killed, and who is alive.
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "who", gen = IntGen.class, conf = "0:1")
public class ParticipantOperations {
    private final HeapParticipants participants = HeapParticipants.joined(0);

    @Operation
    public boolean join(@Param(name = "thread") int thread) {
        return participants.join(thread);
    }

    @Operation
    public void leave(@Param(name = "thread") int thread) {
        participants.leave(thread);
    }

    @Operation
    public void die(@Param(name = "who") int who) {
        participants.die(who);
    }

    @Operation
    public boolean isAlive(@Param(name = "who") int who) {
        return participants.isAlive(who);
    }

    /// What it is to be.
    public static class Model {
        private final boolean[] isAlive = {true, true};

        public boolean join(int thread) {
            isAlive[thread % HeapParticipants.THREADS] = true;
            return true;
        }

        public void leave(int thread) {
            isAlive[thread % HeapParticipants.THREADS] = false;
        }

        public void die(int who) {
            isAlive[who] = false;
        }

        public boolean isAlive(int who) {
            return isAlive[who];
        }
    }
}
