package parley.shm;

import java.io.IOException;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/// A permit that is waited for, and a counter behind it.
@Param(name = "thread", gen = ThreadIdGen.class)
public class WaitingSemaphoreOperations {
    private final HeapParticipants participants =
            HeapParticipants.joined((int) SharedSemaphore.bytes(1));
    private final SharedSemaphore[] handles = new SharedSemaphore[HeapParticipants.THREADS];
    private int counter; // of whoever has the permit

    public WaitingSemaphoreOperations() {
        for (int thread = 0; thread < HeapParticipants.THREADS; thread++) {
            open(thread);
        }
    }

    private void open(int thread) {
        handles[thread % HeapParticipants.THREADS] =
                new SharedSemaphore(0, 1, participants.structures(thread));
    }

    private SharedSemaphore semaphore(int thread) {
        return handles[thread % HeapParticipants.THREADS];
    }

    @Operation
    public int increment(@Param(name = "thread") int thread)
            throws IOException, InterruptedException {
        var semaphore = semaphore(thread);
        int permit = semaphore.acquire();
        int count = ++counter;
        semaphore.release(permit);
        return count;
    }

    @Operation
    public void acquireAndDie(@Param(name = "thread") int thread)
            throws IOException, InterruptedException {
        int _ = semaphore(thread).acquire();
        participants.dieAndJoin(thread);
        open(thread);
    }

    /// What it is to be.
    public static class Model {
        private int counter;

        public int increment(int thread) {
            return ++counter;
        }

        public void acquireAndDie(int thread) {}
    }
}
