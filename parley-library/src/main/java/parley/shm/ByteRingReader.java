package parley.shm;

import java.lang.foreign.MemorySegment;

/// Takes bytes out of a ring, for the one who has its reading side.
///
/// **Valid after every store.** Bytes are taken by the store of the position behind them, after
/// they were copied. Of one who is killed before another gets them again.
///
/// **Assumptions.** One thread at a time, of one process. **Guarantees.** All is wait-free. Nothing
/// that the writer stores leads beyond the data.
final class ByteRingReader {
    private final RingMemory memory;
    private final int capacity;
    private long read; // the position of the next byte
    private long written; // up to which there are bytes, as far as is known

    /// Begins where the last one has ended, even if he was killed.
    ///
    /// @throws BadRegionException if what is in the ring cannot be
    ByteRingReader(RingMemory memory, int capacity) throws BadRegionException {
        this.memory = memory;
        this.capacity = capacity;
        this.read = memory.getLongAcquire(RingLayout.TAKEN_BYTES);
        this.written = memory.getLongAcquire(RingLayout.SENT_BYTES);
        long _ = ByteRingWriter.waiting(written, read, capacity);
    }

    /// Copies as many bytes as there are out of the ring.
    ///
    /// @param at where they go in `into`
    /// @return how many
    long read(MemorySegment into, long at, long bytes) throws BadRegionException {
        long position = read; // once: two threads are a mistake, but nothing leads beyond
        long waiting = ByteRingWriter.waiting(written, position, capacity);
        if (waiting < bytes) {
            long now = memory.getLongAcquire(RingLayout.SENT_BYTES);
            waiting = ByteRingWriter.waiting(now, position, capacity);
            written = now;
        }
        long count = Math.min(bytes, waiting);
        if (count > 0) {
            long index = position & (capacity - 1L);
            long first = Math.min(count, capacity - index);
            memory.copyOut(RingLayout.DATA + index, into, at, first);
            if (count > first) {
                memory.copyOut(RingLayout.DATA, into, at + first, count - first);
            }
            read = position + count;
            memory.setLongRelease(RingLayout.TAKEN_BYTES, position + count);
        }
        return count;
    }
}
