package parley.shm;

import org.jspecify.annotations.Nullable;

/// Puts messages into a ring, for the one who has its sending side.
///
/// **Valid after every store.** A record is there from the store of its first word on, which is the
/// last one of its stores; before that the word after it is set to 0, where the next record will
/// be. Who is killed before leaves a ring without the record.
///
/// **Assumptions.** One thread at a time, of one process. **Guarantees.** All is wait-free.
final class RingWriter extends RecordWriter {
    private final long released; // where it stands up to which this one may overwrite
    private final @Nullable CompetingReader competitor; // for messages that are dropped
    private long sent;

    /// Begins where the last one has ended, even if he was killed.
    ///
    /// @throws BadRegionException if what is in the ring cannot be
    RingWriter(RingMemory memory, int capacity, Delivery delivery) throws BadRegionException {
        super(memory, capacity);
        this.released = RingLayout.released(delivery);
        this.competitor =
                delivery == Delivery.COMPETING ? new CompetingReader(memory, capacity) : null;
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

    @Override
    boolean makeRoom(long end) {
        limit = memory.getLongAcquire(released) + capacity;
        return end - limit <= 0;
    }

    @Override
    void pad(long index, long padding) {
        memory.set(RingLayout.DATA, 0);
        memory.setRelease(RingLayout.DATA + index, (int) -padding);
        tail += padding;
    }

    @Override
    void publish(long index, long messageBytes) {
        long bytes = RingLayout.recordBytes(messageBytes);
        memory.set(RingLayout.DATA + ((index + bytes) & mask), 0);
        long header = messageBytes + RingLayout.HEADER_BYTES; // and nobody has leased it
        memory.setLongRelease(RingLayout.DATA + index, header);
        tail += bytes;
        memory.setLong(RingLayout.SENT_BYTES, tail);
        memory.setLong(RingLayout.SENT, ++sent);
    }

    @Override
    boolean discardOldest() throws BadRegionException {
        return competitor == null ? super.discardOldest() : competitor.discardOldest();
    }
}
