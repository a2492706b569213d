package parley.shm;

import java.io.IOException;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import parley.shm.SharedMutex.Acquired;

/// A lock of readers and writers who die, and two numbers behind it, of which a writer that died
/// has changed one.
@Param(name = "thread", gen = ThreadIdGen.class)
public class ReadWriteLockOperations {
    private final HeapParticipants participants =
            HeapParticipants.joined(SharedReadWriteLock.BYTES);
    private final SharedReadWriteLock[] handles = new SharedReadWriteLock[HeapParticipants.THREADS];
    private int first;
    private int second;

    public ReadWriteLockOperations() {
        for (int thread = 0; thread < HeapParticipants.THREADS; thread++) {
            open(thread);
        }
    }

    private void open(int thread) {
        handles[thread % HeapParticipants.THREADS] =
                new SharedReadWriteLock(0, participants.structures(thread));
    }

    private SharedReadWriteLock lock(int thread) {
        return handles[thread % HeapParticipants.THREADS];
    }

    @Operation
    public int write(@Param(name = "thread") int thread) throws IOException, InterruptedException {
        var lock = lock(thread);
        if (lock.writeLock() == Acquired.OWNER_DIED) {
            second = first;
            lock.markConsistent();
        }
        int count = ++first + ++second;
        lock.unlockWrite();
        return count;
    }

    @Operation
    public void writeAndDie(@Param(name = "thread") int thread)
            throws IOException, InterruptedException {
        var _ = lock(thread).writeLock();
        first++;
        participants.dieAndJoin(thread);
        open(thread);
    }

    @Operation
    public String read(@Param(name = "thread") int thread)
            throws IOException, InterruptedException {
        var lock = lock(thread);
        var acquired = lock.readLock();
        var seen = acquired + " " + first + " " + second;
        lock.unlockRead();
        return seen;
    }

    @Operation
    public void readAndDie(@Param(name = "thread") int thread)
            throws IOException, InterruptedException {
        var _ = lock(thread).readLock();
        participants.dieAndJoin(thread);
        open(thread);
    }

    /// What it is to be.
    public static class Model {
        private int first;
        private int second;
        private boolean isInconsistent;

        public int write(int thread) {
            second = isInconsistent ? first : second;
            isInconsistent = false;
            return ++first + ++second;
        }

        public void writeAndDie(int thread) {
            first++;
            isInconsistent = true;
        }

        public String read(int thread) {
            var acquired = isInconsistent ? Acquired.OWNER_DIED : Acquired.CLEAN;
            return acquired + " " + first + " " + second;
        }

        public void readAndDie(int thread) {}
    }
}
