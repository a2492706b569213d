package parley.shm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/// Permits of threads that die, without waiting.
@Param(name = "thread", gen = ThreadIdGen.class)
public class SemaphoreOperations {
    private static final int PERMITS = 2;
    private static final int THREADS = HeapParticipants.THREADS;

    private final HeapParticipants participants =
            HeapParticipants.joined((int) SharedSemaphore.bytes(PERMITS));
    private final SharedSemaphore[] handles = new SharedSemaphore[THREADS];
    private final List<Deque<Integer>> held = List.of(new ArrayDeque<>(), new ArrayDeque<>());
    private final AtomicIntegerArray holders = new AtomicIntegerArray(PERMITS); // how many

    public SemaphoreOperations() {
        for (int thread = 0; thread < THREADS; thread++) {
            open(thread);
        }
    }

    private void open(int thread) {
        handles[thread % THREADS] =
                new SharedSemaphore(0, PERMITS, participants.structures(thread));
    }

    @Operation
    public boolean tryAcquire(@Param(name = "thread") int thread) {
        var permit = handles[thread % THREADS].tryAcquire();
        if (permit.isPresent()) {
            held.get(thread % THREADS).push(permit.getAsInt());
            if (holders.incrementAndGet(permit.getAsInt()) != 1) {
                throw new IllegalStateException("two have permit " + permit);
            }
        }
        return permit.isPresent();
    }

    @Operation
    public boolean release(@Param(name = "thread") int thread) {
        var permit = held.get(thread % THREADS).poll();
        if (permit == null) {
            return false;
        }
        holders.decrementAndGet(permit);
        handles[thread % THREADS].release(permit);
        return true;
    }

    @Operation
    public void die(@Param(name = "thread") int thread) {
        held.get(thread % THREADS).forEach(holders::decrementAndGet);
        held.get(thread % THREADS).clear();
        participants.dieAndJoin(thread);
        open(thread);
    }

    /// What it is to be.
    public static class Model {
        private final int[] held = new int[THREADS];

        public boolean tryAcquire(int thread) {
            if (held[0] + held[1] == PERMITS) {
                return false;
            }
            held[thread % THREADS]++;
            return true;
        }

        public boolean release(int thread) {
            if (held[thread % THREADS] == 0) {
                return false;
            }
            held[thread % THREADS]--;
            return true;
        }

        public void die(int thread) {
            held[thread % THREADS] = 0;
        }
    }
}
