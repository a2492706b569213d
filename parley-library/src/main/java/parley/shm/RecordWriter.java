package parley.shm;

import java.lang.foreign.MemorySegment;

/// Puts records into the data of a ring, one behind the other, for the one who sends into it; each
/// is there from one store on, the last of its stores.
///
/// **Assumptions.** One thread at a time, of one process.
abstract class RecordWriter {
    private static final long NONE = -1;

    final RingMemory memory;
    final int capacity;
    final long mask;
    long tail; // the position of the next record
    long limit; // which it may not go beyond, as far as is known

    RecordWriter(RingMemory memory, int capacity) {
        this.memory = memory;
        this.capacity = capacity;
        this.mask = capacity - 1L;
    }

    /// Looks how far records may go by now.
    ///
    /// @param end how far one would
    /// @return false if that is too far
    /// @throws BadRegionException if what is in the ring cannot be
    abstract boolean makeRoom(long end) throws BadRegionException;

    /// Says that there is no more until the end of the data, and that nothing is at its beginning.
    abstract void pad(long index, long padding);

    /// Says that a record is there, and none behind it.
    abstract void publish(long index, long messageBytes);

    /// Finds room for a record.
    ///
    /// @param bytes of the record; at most half of the capacity
    /// @return its index in the data, [#NONE] if the ring is full
    private long claim(long bytes) throws BadRegionException {
        long index = tail & mask;
        long contiguous = capacity - index;
        long padding = bytes > contiguous ? contiguous : 0;
        long end = tail + padding + bytes + RingLayout.HEADER_BYTES; // the next first word, too
        if (end - limit > 0 && !makeRoom(end)) {
            return NONE;
        }
        if (padding == 0) {
            return index;
        }
        pad(index, padding);
        return 0;
    }

    /// Copies a message into the ring.
    ///
    /// @param messageBytes at most [RingLayout#messageBytesMax]
    /// @return false if the ring is full
    final boolean write(MemorySegment message, long messageBytes) throws BadRegionException {
        long index = claim(RingLayout.recordBytes(messageBytes));
        if (index == NONE) {
            return false;
        }
        memory.copyIn(message, RingLayout.DATA + index + RingLayout.HEADER_BYTES, messageBytes);
        publish(index, messageBytes);
        return true;
    }

    /// Where a message can be written in place; [#commit] puts it into the ring.
    ///
    /// @return its offset from the beginning of the ring, or a negative number if the ring is full
    final long loan(long messageBytes) throws BadRegionException {
        long index = claim(RingLayout.recordBytes(messageBytes));
        return index == NONE ? NONE : RingLayout.DATA + index + RingLayout.HEADER_BYTES;
    }

    /// Puts what was written in place into the ring.
    ///
    /// @param messageBytes as many as were asked for, or fewer
    final void commit(long messageBytes) {
        long index = tail & mask;
        if (RingLayout.recordBytes(messageBytes) > capacity - index) {
            throw new IllegalStateException("in use by another thread"); // by mistake
        }
        publish(index, messageBytes);
    }

    /// Takes the oldest message out of the ring, unread.
    ///
    /// @return false if there is none
    /// @throws IllegalStateException if who reads it may be in the middle of that
    boolean discardOldest() throws BadRegionException {
        throw new IllegalStateException("not where one reads messages where they lie");
    }
}
