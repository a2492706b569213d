package parley.shm;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/// Room for one, whom both want to be. Whoever ends is not alive before there is room, so nobody
/// looks at that here.
@Param(name = "thread", gen = ThreadIdGen.class)
public class LastPlaceOperations {
    private final HeapParticipants participants = new HeapParticipants(0, 1);

    @Operation
    public boolean join(@Param(name = "thread") int thread) {
        return participants.join(thread);
    }

    @Operation
    public void leave(@Param(name = "thread") int thread) {
        participants.leave(thread);
    }

    @Operation
    public void die(@Param(name = "thread") int thread) {
        participants.die(thread);
    }

    /// What it is to be.
    public static class Model {
        private static final int NOBODY = -1;
        private int who = NOBODY;

        public boolean join(int thread) {
            if (who == NOBODY) {
                who = thread % HeapParticipants.THREADS;
            }
            return who == thread % HeapParticipants.THREADS;
        }

        public void leave(int thread) {
            if (who == thread % HeapParticipants.THREADS) {
                who = NOBODY;
            }
        }

        public void die(int thread) {
            leave(thread);
        }
    }
}
