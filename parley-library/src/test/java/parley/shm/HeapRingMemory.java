package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// The memory of a ring in the Java heap, for one thread: before each access, a copy's every eight
/// bytes among them, something else may happen, as between two steps of a process, or the process
/// may be killed.
class HeapRingMemory extends RingMemory {
    private final MemorySegment memory;
    private HeapWords.Step step = () -> {};
    private boolean wasCounting;

    HeapRingMemory(long bytes) {
        memory = MemorySegment.ofArray(new long[(int) bytes / Long.BYTES]);
    }

    /// Sets what happens before each access; returns what happened before.
    HeapWords.Step beforeEach(HeapWords.Step next) {
        var last = step;
        step = next;
        return last;
    }

    /// True if who was killed just then was about to count.
    boolean wasCounting() {
        boolean was = wasCounting;
        wasCounting = false;
        return was;
    }

    /// All zeros but for a position.
    ///
    /// @param offsets where it stands
    void begin(long position, long... offsets) {
        memory.fill((byte) 0);
        for (long at : offsets) {
            memory.set(JAVA_LONG_UNALIGNED, at, position);
        }
    }

    /// What is there; no access of those who are tested.
    long peekLong(long offset) {
        return memory.get(JAVA_LONG_UNALIGNED, offset);
    }

    @Override
    int getAcquire(long offset) {
        step.before();
        return memory.get(JAVA_INT, offset);
    }

    @Override
    void setRelease(long offset, int value) {
        set(offset, value);
    }

    @Override
    void set(long offset, int value) {
        step.before();
        memory.set(JAVA_INT, offset, value);
    }

    @Override
    long getLongAcquire(long offset) {
        step.before();
        return memory.get(JAVA_LONG_UNALIGNED, offset);
    }

    @Override
    void setLongRelease(long offset, long value) {
        setLong(offset, value);
    }

    @Override
    void setLong(long offset, long value) {
        step.before();
        memory.set(JAVA_LONG_UNALIGNED, offset, value);
    }

    @Override
    boolean compareAndSetLong(long offset, long expected, long value) {
        boolean isExpected = getLongAcquire(offset) == expected;
        if (isExpected) {
            memory.set(JAVA_LONG_UNALIGNED, offset, value);
        }
        return isExpected;
    }

    @Override
    void addLong(long offset, long delta) {
        try {
            step.before();
        } catch (HeapWords.Killed e) {
            wasCounting = true;
            throw e;
        }
        memory.set(JAVA_LONG_UNALIGNED, offset, memory.get(JAVA_LONG_UNALIGNED, offset) + delta);
    }

    @Override
    void copyIn(MemorySegment from, long at, long offset, long bytes) {
        for (long done = 0; done < bytes; done += Long.BYTES) {
            step.before();
            long now = Math.min(Long.BYTES, bytes - done);
            MemorySegment.copy(from, at + done, memory, offset + done, now);
        }
    }

    @Override
    void copyOut(long offset, MemorySegment into, long at, long bytes) {
        for (long done = 0; done < bytes; done += Long.BYTES) {
            step.before();
            long now = Math.min(Long.BYTES, bytes - done);
            MemorySegment.copy(memory, offset + done, into, at + done, now);
        }
    }

    @Override
    void clear(long offset, long bytes) {
        for (long done = 0; done < bytes; done += Long.BYTES) {
            setLong(offset + done, 0);
        }
    }
}
