package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import parley.kernel.SysIpc;
import parley.kernel.SysSem;
import parley.os.LimitReachedException;
import parley.os.OsException;
import parley.os.RemovedException;
import parley.ready.PreparedCall;

/// Operations on the semaphores of one set that happen together or not at all. See semop(2).
///
/// ```java
/// var takeBoth = set.operations().acquire(0).undo().acquire(1).undo();
/// takeBoth.perform();
/// ```
///
/// They happen in the order in which they were added, each one seeing the values that those before
/// it leave; nobody else sees anything in between. Add them in one thread; then any number of
/// threads may perform them, any number of times, and nothing is allocated while nobody has to
/// wait.
public final class SemaphoreOperations {
    private static final long SEMBUF_BYTES = SysSem.SEMBUF.byteSize();
    private static final int FIRST_CAPACITY = 2;

    private final SysvSemaphoreSet set;
    private MemorySegment waiting = allocate(FIRST_CAPACITY);
    private MemorySegment trying = allocate(FIRST_CAPACITY); // the same with IPC_NOWAIT
    private int count;
    private final PreparedCall semop;

    SemaphoreOperations(SysvSemaphoreSet set) {
        this.set = set;
        this.semop =
                new PreparedCall(
                        () -> SysSem.semop(set.id(), trying, count),
                        () -> SysSem.semop(set.id(), waiting, count));
    }

    private static MemorySegment allocate(long operations) {
        return Arena.ofAuto().allocate(SysSem.SEMBUF, operations);
    }

    /// Adds: take a permit of a semaphore; wait until there is one.
    public SemaphoreOperations acquire(int index) {
        return acquire(index, 1);
    }

    /// Adds: take permits of a semaphore, all at once; wait until there are as many.
    ///
    /// @param permits 1 to [SysvSemaphoreSet#VALUE_MAX]
    public SemaphoreOperations acquire(int index, int permits) {
        return add(index, -checkedPermits(permits));
    }

    /// Adds: give a permit to a semaphore.
    public SemaphoreOperations release(int index) {
        return release(index, 1);
    }

    /// Adds: give permits to a semaphore.
    ///
    /// @param permits 1 to [SysvSemaphoreSet#VALUE_MAX]
    public SemaphoreOperations release(int index, int permits) {
        return add(index, checkedPermits(permits));
    }

    /// Adds: wait until a semaphore has no permits. For this alone it is enough that the mode
    /// allows reading.
    public SemaphoreOperations awaitZero(int index) {
        return add(index, 0);
    }

    /// Marks the operation added last: the kernel takes it back when this process ends, however it
    /// ends (`SEM_UNDO`). To [#awaitZero] it makes no difference.
    ///
    /// @throws IllegalStateException if none was added yet
    public SemaphoreOperations undo() {
        requireSome();
        long last = (count - 1) * SEMBUF_BYTES;
        addFlag(waiting, last, SysSem.SEM_UNDO);
        addFlag(trying, last, SysSem.SEM_UNDO);
        return this;
    }

    private SemaphoreOperations add(int index, int change) {
        set.checkIndex(index);
        long offset = count * SEMBUF_BYTES;
        if (offset == waiting.byteSize()) {
            waiting = grown(waiting);
            trying = grown(trying);
        }
        put(waiting, offset, index, change);
        put(trying, offset, index, change);
        addFlag(trying, offset, SysIpc.IPC_NOWAIT);
        count++;
        return this;
    }

    private MemorySegment grown(MemorySegment operations) {
        return allocate(2L * count).copyFrom(operations);
    }

    private static void put(MemorySegment operations, long offset, int index, int change) {
        operations.set(JAVA_SHORT, offset + SysSem.SEM_NUM, (short) index);
        operations.set(JAVA_SHORT, offset + SysSem.SEM_OP, (short) change);
    }

    private static void addFlag(MemorySegment operations, long offset, int flag) {
        int flags = operations.get(JAVA_SHORT, offset + SysSem.SEM_FLG);
        operations.set(JAVA_SHORT, offset + SysSem.SEM_FLG, (short) (flags | flag));
    }

    private static int checkedPermits(int permits) {
        if (permits < 1 || permits > SysvSemaphoreSet.VALUE_MAX) {
            throw new IllegalArgumentException(
                    "not in 1..%d: %d".formatted(SysvSemaphoreSet.VALUE_MAX, permits));
        }
        return permits;
    }

    /// Performs all operations as one, waiting until each of them can be.
    ///
    /// @throws LimitReachedException `ERANGE` if a value would exceed [SysvSemaphoreSet#VALUE_MAX];
    ///   `E2BIG` if these are more operations than one call may have; `ENOSPC` if the kernel keeps
    ///   no more undo
    /// @throws OsException `EACCES` if the mode does not allow it
    /// @throws RemovedException if the set is removed, meanwhile too
    /// @throws IllegalStateException if there are no operations
    /// @throws java.nio.channels.ClosedChannelException if the set is closed, meanwhile too
    public void perform() throws IOException, InterruptedException {
        requireSome();
        set.perform(semop);
    }

    /// Performs all operations as one if each of them can be now; never waits.
    ///
    /// @return false if one could not be: then none is
    public boolean tryPerform() throws IOException {
        requireSome();
        return set.tryPerform(semop);
    }

    /// Performs all operations as one, waiting at most `timeout` on the monotonic clock.
    ///
    /// @return false if they could not be in time: then none is
    public boolean perform(Duration timeout) throws IOException, InterruptedException {
        requireSome();
        return set.perform(semop, waiting, count, timeout);
    }

    private void requireSome() {
        if (count == 0) {
            throw new IllegalStateException("no operation was added");
        }
    }
}
