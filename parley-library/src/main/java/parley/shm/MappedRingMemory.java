package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import parley.kernel.SysMman;

/// Mapped memory, reached by its address: half the cost of a segment of one's own, whose bounds are
/// looked at on each access. So the ring has to keep within them, and a [RingUse] keeps the memory
/// while it is in use.
final class MappedRingMemory extends RingMemory {
    private static final MemorySegment ALL =
            SysMman.memory(0, Long.MAX_VALUE, Arena.global(), _ -> {});
    private static final VarHandle INT = JAVA_INT.varHandle().withInvokeExactBehavior();
    private static final VarHandle LONG = JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final int LOOP_BYTES_MAX = 512;
    private static final int ZEROS_BYTES = 4096;
    private static final MemorySegment ZEROS = Arena.global().allocate(ZEROS_BYTES, Long.BYTES);

    private final long base;

    /// @param base its address, a multiple of 64
    MappedRingMemory(long base) {
        this.base = base;
    }

    @Override
    int getAcquire(long offset) {
        return (int) INT.getAcquire(ALL, base + offset);
    }

    @Override
    void setRelease(long offset, int value) {
        INT.setRelease(ALL, base + offset, value);
    }

    @Override
    void set(long offset, int value) {
        INT.set(ALL, base + offset, value);
    }

    @Override
    long getLongAcquire(long offset) {
        return (long) LONG.getAcquire(ALL, base + offset);
    }

    @Override
    void setLongRelease(long offset, long value) {
        LONG.setRelease(ALL, base + offset, value);
    }

    @Override
    void setLong(long offset, long value) {
        LONG.set(ALL, base + offset, value);
    }

    @Override
    boolean compareAndSetLong(long offset, long expected, long value) {
        return LONG.compareAndSet(ALL, base + offset, expected, value);
    }

    @Override
    void addLong(long offset, long delta) {
        long _ = (long) LONG.getAndAdd(ALL, base + offset, delta);
    }

    @Override
    void copyIn(MemorySegment from, long at, long offset, long bytes) {
        MemorySegment.copy(from, at, ALL, base + offset, bytes);
    }

    @Override
    void copyOut(long offset, MemorySegment into, long at, long bytes) {
        MemorySegment.copy(ALL, base + offset, into, at, bytes);
    }

    @Override
    void clear(long offset, long bytes) {
        long at = base + offset;
        if (bytes <= LOOP_BYTES_MAX) {
            for (int i = 0; i < (int) bytes; i += Long.BYTES) {
                LONG.set(ALL, at + i, 0L);
            }
            return;
        }
        for (long end = at + bytes; at < end; at += ZEROS_BYTES) {
            MemorySegment.copy(ZEROS, 0, ALL, at, Math.min(ZEROS_BYTES, end - at));
        }
    }
}
