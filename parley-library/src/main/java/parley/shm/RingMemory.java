package parley.shm;

import java.lang.foreign.MemorySegment;

/// The memory of a ring, at offsets in bytes from its beginning.
///
/// Every ring is written once, over this. In use it is a [MappedRingMemory], the only kind that is
/// loaded then, so that the compiler sees through it; tests have one in which a process can be
/// killed before each access.
abstract class RingMemory {
    /// What follows sees all that was stored before the value was.
    abstract int getAcquire(long offset);

    /// Who sees the value sees all that was stored before.
    abstract void setRelease(long offset, int value);

    abstract void set(long offset, int value);

    abstract long getLongAcquire(long offset);

    abstract void setLongRelease(long offset, long value);

    abstract void setLong(long offset, long value);

    /// What follows, and what is before, stays there.
    ///
    /// @return false if the value is not as expected
    abstract boolean compareAndSetLong(long offset, long expected, long value);

    abstract void addLong(long offset, long delta);

    final void copyIn(MemorySegment from, long offset, long bytes) {
        copyIn(from, 0, offset, bytes);
    }

    final void copyOut(long offset, MemorySegment into, long bytes) {
        copyOut(offset, into, 0, bytes);
    }

    /// @param at where to begin in `from`
    abstract void copyIn(MemorySegment from, long at, long offset, long bytes);

    /// @param at where to begin in `into`
    abstract void copyOut(long offset, MemorySegment into, long at, long bytes);

    /// Zeros.
    ///
    /// @param bytes a multiple of 8, as the offset is
    abstract void clear(long offset, long bytes);
}
