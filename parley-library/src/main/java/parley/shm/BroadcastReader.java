package parley.shm;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import parley.ready.Outcome;

/// Reads messages of a broadcast ring, for one subscriber.
///
/// **Valid after every store.** His position is one; it is stored before he looks whether what is
/// there was still there after that.
///
/// **Assumptions.** One thread at a time, of one process. **Guarantees.** Nothing that others store
/// leads beyond the data. What was read is what was published, where the look at *oldest* after it
/// says so; all but a try that is overtaken again and again is wait-free.
final class BroadcastReader {
    private static final int ATTEMPTS_MAX = 100_000;

    private final RingMemory memory;
    private final BroadcastLayout layout;
    private final int capacity;
    private final long mask;
    private final int slot;
    private final boolean mayBeOvertaken;
    private long position; // of the next record
    private long released; // up to which the publisher may overwrite
    private long number; // of the next message
    private long lost;
    private long next; // bytes of the record that was looked at

    /// Joins.
    ///
    /// @param isFromOldest else from the next message on
    /// @throws BadRegionException if what is in the ring cannot be
    BroadcastReader(RingMemory memory, BroadcastLayout layout, int slot, boolean isFromOldest)
            throws BadRegionException {
        this.memory = memory;
        this.layout = layout;
        this.capacity = layout.capacity();
        this.mask = capacity - 1L;
        this.slot = slot;
        this.mayBeOvertaken = !layout.holdsBack();
        memory.setLong(layout.lost(slot), 0);
        begin(isFromOldest ? BroadcastLayout.OLDEST_BYTES : BroadcastLayout.SENT_BYTES);
    }

    /// Begins at a position that is there.
    private void begin(long from) throws BadRegionException {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            position = RingReader.requirePosition(memory.getLongAcquire(from));
            release();
            VarHandle.fullFence(); // he is seen by a publisher who overwrites it, or sees him
            if (isNumberFound()) {
                return;
            }
        }
        throw RingReader.damaged("it ends before its oldest message");
    }

    /// Finds the number of the message that begins at the position, or will.
    ///
    /// @return false if it was overtaken meanwhile
    private boolean isNumberFound() {
        long sent = memory.getLongAcquire(BroadcastLayout.SENT);
        long header = memory.getLongAcquire(RingLayout.DATA + (position & mask));
        number = (int) header == 0 ? sent : BroadcastLayout.number(header, sent);
        return !isOvertaken();
    }

    private boolean isOvertaken() {
        VarHandle.loadLoadFence(); // what was read was read before
        return memory.getLongAcquire(BroadcastLayout.OLDEST_BYTES) - position > 0;
    }

    /// Looks whether a message is there; [#take] takes it then.
    ///
    /// @return its length in bytes, or [Outcome#NOTHING]
    /// @throws BadRegionException if what is there cannot be a message
    /// @throws OvertakenException if he was, and goes on only if told to
    int look() throws BadRegionException, OvertakenException {
        while (true) {
            long index = position & mask;
            int word = (int) memory.getLongAcquire(RingLayout.DATA + index);
            if (mayBeOvertaken && isOvertaken()) {
                goOnAtTheOldest();
                continue;
            }
            if (word == 0) {
                return Outcome.NOTHING;
            }
            next = RingReader.recordBytes(word, index, capacity);
            if (word > 0) {
                return word - RingLayout.HEADER_BYTES;
            }
            position += next;
        }
    }

    private void goOnAtTheOldest() throws BadRegionException, OvertakenException {
        long expected = number;
        begin(BroadcastLayout.OLDEST_BYTES);
        lost += number - expected;
        memory.setLong(layout.lost(slot), lost);
        if (layout.whenSlow() == WhenSlow.DROP) {
            throw new OvertakenException(lost);
        }
    }

    /// True if all that was read since [#look] is what was published.
    boolean isIntact() {
        return !mayBeOvertaken || !isOvertaken();
    }

    /// Where the message is that was looked at: its offset from the beginning of the ring.
    long payload() {
        return RingLayout.DATA + (position & mask) + RingLayout.HEADER_BYTES;
    }

    void copyOut(MemorySegment into, long bytes) {
        long index = position & mask;
        RingReader.requireOneUser(index + RingLayout.HEADER_BYTES + bytes <= capacity);
        memory.copyOut(RingLayout.DATA + index + RingLayout.HEADER_BYTES, into, bytes);
    }

    /// Goes on behind the message that was looked at.
    void take() {
        position += next;
        number++;
    }

    /// Lets the publisher have the room of all that was taken.
    void release() {
        released = position;
        memory.setLongRelease(layout.position(slot), position);
    }

    /// The same once it is an eighth of the capacity: the publisher may wait for it.
    void releaseIfMuch() {
        if (position - released > capacity >> BroadcastWriter.PARTS_SHIFT) {
            release();
        }
    }

    /// How many messages were overwritten before he had received them.
    long lost() {
        return lost;
    }

    /// Of the next message, counted from 0 on since the ring was made.
    long number() {
        return number;
    }
}
