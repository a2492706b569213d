package parley.bench.locks;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import parley.memory.Futex;
import parley.shm.SharedMutex;
import parley.shm.SharedRegion;

/// What two sides share, each on cache lines of its own; `struct shared` of `trips.c`.
record LockMemory(SharedRegion region) {
    static final long LAYOUT = 0x6c6f636b73L; // "locks"
    private static final int RING = 3;
    private static final int LINE = 128;
    private static final long CONTENDED = RING * LINE;
    private static final long COUNT = CONTENDED + LINE;
    private static final long IS_MADE = COUNT + LINE;
    private static final long IS_RUNNING = IS_MADE + LINE;
    private static final long IS_INSIDE = IS_RUNNING + LINE;

    /// For hand-over.
    List<SharedMutex> ring() {
        var ring = new ArrayList<SharedMutex>();
        for (int i = 0; i < RING; i++) {
            ring.add(region.mutex((long) i * LINE));
        }
        return List.copyOf(ring);
    }

    SharedMutex contended() {
        return region.mutex(CONTENDED);
    }

    /// A 64-bit number, which the contended lock guards.
    MemorySegment counter() {
        return region.data().asSlice(COUNT, Long.BYTES);
    }

    /// 1: the first side has made its locks.
    Futex isMade() {
        return region.futex(IS_MADE);
    }

    /// 1: both shall contend.
    Futex isRunning() {
        return region.futex(IS_RUNNING);
    }

    /// 1: the other side takes part.
    Futex isInside() {
        return region.futex(IS_INSIDE);
    }
}
