package parley.shm;

import java.lang.foreign.MemorySegment;

/// Puts messages into a ring, for the one who has its sending side.
///
/// **Valid after every store.** A record is there from the store of its first word on, which is the
/// last one of its stores; before that the word after it is set to 0, where the next record will
/// be. Who is killed before leaves a ring without the record.
///
/// **Assumptions.** One thread at a time, of one process. **Guarantees.** All is wait-free.
final class RingWriter {
    private static final long NONE = -1;

    private final RingMemory memory;
    private final long released; // where it stands up to which this one may overwrite
    private final int capacity;
    private final long mask;
    private long tail; // the position of the next record
    private long limit; // which it may not go beyond, as far as is known
    private long sent;

    /// Begins where the last one has ended, even if he was killed.
    ///
    /// @throws BadRegionException if what is in the ring cannot be
    RingWriter(RingMemory memory, int capacity, Delivery delivery) throws BadRegionException {
        this.memory = memory;
        this.released = RingLayout.released(delivery);
        this.capacity = capacity;
        this.mask = capacity - 1L;
        this.tail = end();
        this.limit = tail;
        this.sent = memory.getLongAcquire(RingLayout.SENT);
        memory.setLong(RingLayout.SENT_BYTES, tail); // perhaps he was killed before
    }

    /// The end of the records: the receiver may take and clear some of them meanwhile.
    private long end() throws BadRegionException {
        for (int attempt = 0; attempt <= capacity / RingLayout.HEADER_BYTES; attempt++) {
            long taken = RingReader.requirePosition(memory.getLongAcquire(RingLayout.TAKEN_BYTES));
            long position = end(taken);
            if (memory.getLongAcquire(RingLayout.TAKEN_BYTES) - position <= 0) {
                return position;
            }
        }
        throw RingReader.damaged("more was taken than can be there");
    }

    private long end(long from) throws BadRegionException {
        long position = from;
        while (position - from < capacity) {
            long index = position & mask;
            int word = memory.getAcquire(RingLayout.DATA + index);
            if (word == 0) {
                return position;
            }
            position += RingReader.recordBytes(word, index, capacity);
        }
        throw RingReader.damaged("it is full beyond its end");
    }

    /// Finds room for a record.
    ///
    /// @param bytes of the record; at most half of the capacity
    /// @return its index in the data, [#NONE] if the ring is full
    private long claim(long bytes) {
        long index = tail & mask;
        long contiguous = capacity - index;
        long padding = bytes > contiguous ? contiguous : 0;
        long end = tail + padding + bytes + RingLayout.HEADER_BYTES; // the next first word, too
        if (end - limit > 0) {
            limit = memory.getLongAcquire(released) + capacity;
            if (end - limit > 0) {
                return NONE;
            }
        }
        if (padding == 0) {
            return index;
        }
        memory.set(RingLayout.DATA, 0);
        memory.setRelease(RingLayout.DATA + index, (int) -padding);
        tail += padding;
        return 0;
    }

    private void publish(long index, long messageBytes) {
        long bytes = RingLayout.recordBytes(messageBytes);
        memory.set(RingLayout.DATA + ((index + bytes) & mask), 0);
        long header = messageBytes + RingLayout.HEADER_BYTES; // and nobody has leased it
        memory.setLongRelease(RingLayout.DATA + index, header);
        tail += bytes;
        memory.setLong(RingLayout.SENT_BYTES, tail);
        memory.setLong(RingLayout.SENT, ++sent);
    }

    /// Copies a message into the ring.
    ///
    /// @param messageBytes at most [RingLayout#messageBytesMax]
    /// @return false if the ring is full
    boolean write(MemorySegment message, long messageBytes) {
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
    long loan(long messageBytes) {
        long index = claim(RingLayout.recordBytes(messageBytes));
        return index == NONE ? NONE : RingLayout.DATA + index + RingLayout.HEADER_BYTES;
    }

    /// Puts what was written in place into the ring.
    ///
    /// @param messageBytes as many as were asked for, or fewer
    void commit(long messageBytes) {
        long index = tail & mask;
        if (RingLayout.recordBytes(messageBytes) > capacity - index) {
            throw new IllegalStateException("in use by another thread"); // by mistake
        }
        publish(index, messageBytes);
    }
}
