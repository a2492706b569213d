package parley.sysv;

import java.io.IOException;
import java.time.Duration;
import parley.kernel.SysSem;
import parley.os.LimitReachedException;
import parley.os.OsException;
import parley.os.RemovedException;

/// One semaphore of a set: a counter of permits, in the verbs of any semaphore.
///
/// Keep it: its calls are prepared when it is made, so that they allocate nothing while nobody has
/// to wait. It ends with its set. Safe for many threads. See semop(2).
public final class SysvSemaphore {
    private final SysvSemaphoreSet set;
    private final int index;
    private final SemaphoreOperations acquire;
    private final SemaphoreOperations release;

    SysvSemaphore(SysvSemaphoreSet set, int index) {
        this(set, index, set.operations().acquire(index), set.operations().release(index));
    }

    private SysvSemaphore(
            SysvSemaphoreSet set,
            int index,
            SemaphoreOperations acquire,
            SemaphoreOperations release) {
        this.set = set;
        this.index = index;
        this.acquire = acquire;
        this.release = release;
    }

    /// The same semaphore, whose permits the kernel gives back when this process ends, however it
    /// ends: `SEM_UNDO`. What it gives back is the sum of what was acquired and released so; do
    /// both with undo, or neither. It belongs to the process, not to the thread.
    public SysvSemaphore withUndo() {
        return new SysvSemaphore(
                set,
                index,
                set.operations().acquire(index).undo(),
                set.operations().release(index).undo());
    }

    /// Takes a permit, waiting until there is one.
    ///
    /// @throws RemovedException if the set is removed, meanwhile too
    /// @throws OsException `EACCES` if the mode does not allow writing
    /// @throws java.nio.channels.ClosedChannelException if the set is closed, meanwhile too
    public void acquire() throws IOException, InterruptedException {
        acquire.perform();
    }

    /// Takes a permit if there is one; never waits.
    ///
    /// @return false if there is none
    public boolean tryAcquire() throws IOException {
        return acquire.tryPerform();
    }

    /// Takes a permit, waiting at most `timeout` on the monotonic clock.
    ///
    /// @return false if there was none in time
    public boolean tryAcquire(Duration timeout) throws IOException, InterruptedException {
        return acquire.perform(timeout);
    }

    /// Gives a permit; one that waits for it goes on.
    ///
    /// @throws LimitReachedException beyond [SysvSemaphoreSet#VALUE_MAX] (`ERANGE`)
    public void release() throws IOException {
        var _ = release.tryPerform(); // true: there is nothing to wait for
    }

    /// The permits there are.
    ///
    /// @throws OsException `EACCES` if the mode does not allow reading
    public int value() throws IOException {
        return set.control(index, SysSem.GETVAL, 0);
    }

    /// Sets the number of permits, whoever holds some. What processes would have given back at
    /// their end for this semaphore is forgotten.
    ///
    /// @param value 0 to [SysvSemaphoreSet#VALUE_MAX]
    public void setValue(int value) throws IOException {
        var _ = set.control(index, SysSem.SETVAL, SysvSemaphoreSet.checkedValue(value));
    }

    /// How many threads of all processes wait to acquire.
    public int waitingToAcquire() throws IOException {
        return set.control(index, SysSem.GETNCNT, 0);
    }

    /// How many threads of all processes wait for the value to be zero.
    public int waitingForZero() throws IOException {
        return set.control(index, SysSem.GETZCNT, 0);
    }

    /// The process that changed or awaited this semaphore last, or set its value; 0 if there is
    /// none or it is in a PID namespace that cannot be seen from here.
    public int lastPid() throws IOException {
        return set.control(index, SysSem.GETPID, 0);
    }

    /// Its place in the set, from 0.
    public int index() {
        return index;
    }

    @Override
    public String toString() {
        return set + "[" + index + "]";
    }
}
