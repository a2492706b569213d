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

    HeapRingMemory(int capacity) {
        memory = MemorySegment.ofArray(new long[(int) SharedRing.bytes(capacity) / Long.BYTES]);
    }

    /// Sets what happens before each access; returns what happened before.
    HeapWords.Step beforeEach(HeapWords.Step next) {
        var last = step;
        step = next;
        return last;
    }

    /// What is at an offset, for who judges.
    long look(long offset) {
        return memory.get(JAVA_LONG_UNALIGNED, offset);
    }

    /// All zeros but for the positions.
    void begin(long position) {
        memory.fill((byte) 0);
        for (long at :
                new long[] {
                    RingLayout.SENT_BYTES, RingLayout.TAKEN_BYTES, RingLayout.RELEASED_BYTES
                }) {
            memory.set(JAVA_LONG_UNALIGNED, at, position);
        }
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
