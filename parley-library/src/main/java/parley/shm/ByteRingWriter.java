package parley.shm;

import java.lang.foreign.MemorySegment;

/// Puts bytes into a ring, for the one who has its writing side.
///
/// **Valid after every store.** Bytes are there from the store of the position behind them on. Who
/// is killed before leaves a ring without them.
///
/// **Assumptions.** One thread at a time, of one process. **Guarantees.** All is wait-free. Nothing
/// that the reader stores leads beyond the data.
final class ByteRingWriter {
    private final RingMemory memory;
    private final int capacity;
    private long written; // the position of the next byte
    private long read; // up to which the other side has read, as far as is known

    /// Begins where the last one has ended, even if he was killed.
    ///
    /// @throws BadRegionException if what is in the ring cannot be
    ByteRingWriter(RingMemory memory, int capacity) throws BadRegionException {
        this.memory = memory;
        this.capacity = capacity;
        this.written = memory.getLongAcquire(RingLayout.SENT_BYTES);
        this.read = memory.getLongAcquire(RingLayout.TAKEN_BYTES);
        long _ = waiting(written, read, capacity);
    }

    /// How many bytes lie between the two sides, of which none is trusted.
    static long waiting(long written, long read, int capacity) throws BadRegionException {
        long waiting = written - read;
        if (waiting < 0 || waiting > capacity) {
            throw RingReader.damaged("%d bytes are written, and %d read".formatted(written, read));
        }
        return waiting;
    }

    /// Copies as many bytes into the ring as there is room for.
    ///
    /// @param at where they begin in `from`
    /// @return how many
    long write(MemorySegment from, long at, long bytes) throws BadRegionException {
        long position = written; // once: two threads are a mistake, but nothing leads beyond
        long room = capacity - waiting(position, read, capacity);
        if (room < bytes) {
            long now = memory.getLongAcquire(RingLayout.TAKEN_BYTES);
            room = capacity - waiting(position, now, capacity);
            read = now;
        }
        long count = Math.min(bytes, room);
        if (count > 0) {
            long index = position & (capacity - 1L);
            long first = Math.min(count, capacity - index);
            memory.copyIn(from, at, RingLayout.DATA + index, first);
            if (count > first) {
                memory.copyIn(from, at + first, RingLayout.DATA, count - first);
            }
            written = position + count;
            memory.setLongRelease(RingLayout.SENT_BYTES, position + count);
        }
        return count;
    }
}
