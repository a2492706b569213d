package parley.shm;

import java.io.IOException;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import parley.shm.SharedBarrier.Outcome;

/// Two parties that arrive and die, and whoever looks how far they are.
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "phase", gen = IntGen.class, conf = "1:4")
public class BarrierOperations {
    private static final int THREADS = HeapParticipants.THREADS;

    private final HeapParticipants participants =
            HeapParticipants.joined((int) SharedBarrier.bytes(THREADS));
    private final SharedBarrier[] handles = new SharedBarrier[THREADS];

    public BarrierOperations() {
        for (int thread = 0; thread < THREADS; thread++) {
            open(thread);
        }
    }

    private void open(int thread) {
        var handle = new SharedBarrier(0, THREADS, participants.structures(thread));
        int _ = handle.join();
        handles[thread % THREADS] = handle;
    }

    @Operation
    public int arrive(@Param(name = "thread") int thread) {
        return handles[thread % THREADS].arrive();
    }

    @Operation
    public String look(@Param(name = "thread") int thread, @Param(name = "phase") int phase)
            throws IOException, InterruptedException {
        return handles[thread % THREADS].await(phase, Duration.ZERO).name();
    }

    /// What it is to be.
    public static class Model {
        private final int[] phases = new int[THREADS];

        public int arrive(int thread) {
            return ++phases[thread % THREADS];
        }

        public String look(int thread, int phase) {
            boolean isComplete = Math.min(phases[0], phases[1]) >= phase;
            return (isComplete ? Outcome.COMPLETE : Outcome.TIMED_OUT).name();
        }
    }
}
