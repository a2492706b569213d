package parley.shm;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import parley.ready.Outcome;

/// Takes messages out of a ring, for the one who has its receiving side.
///
/// **Valid after every store.** A message is taken by one store of a position; what was taken is
/// cleared after that, and then released by another. Who is killed between leaves a ring from which
/// his successor releases the rest.
///
/// **Assumptions.** One thread at a time, of one process. **Guarantees.** All is wait-free. Nothing
/// that the sender stores leads beyond the data.
final class RingReader {
    /// What was read is cleared up to this size of a record: the sender then need not fetch what it
    /// overwrites. Of larger ones clearing costs more than that.
    private static final long CLEARED_BYTES_MAX = 4096;

    private final RingMemory memory;
    private final int capacity;
    private final long mask;
    private long taken; // the position of the next record
    private long released; // up to which the sender may overwrite
    private long count;
    private long largest; // record since the last release
    private long next; // bytes of the record that was looked at

    /// Begins where the last one has ended, even if he was killed.
    ///
    /// @throws BadRegionException if where that is cannot be
    RingReader(RingMemory memory, int capacity) throws BadRegionException {
        this.memory = memory;
        this.capacity = capacity;
        this.mask = capacity - 1L;
        this.taken = requirePosition(memory.getLongAcquire(RingLayout.TAKEN_BYTES));
        this.released = taken;
        this.count = memory.getLongAcquire(RingLayout.TAKEN);
        memory.setLongRelease(RingLayout.RELEASED_BYTES, taken);
    }

    /// What a record takes.
    ///
    /// @param word its first, not 0
    static long recordBytes(int word, long index, int capacity) throws BadRegionException {
        long contiguous = capacity - index;
        if (word < 0 && -(long) word == contiguous && index != 0) {
            return contiguous;
        }
        long bytes = RingLayout.recordBytes(word - (long) RingLayout.HEADER_BYTES);
        if (word < RingLayout.HEADER_BYTES || bytes > contiguous) {
            throw damaged("a record at %d begins with %d".formatted(index, word));
        }
        return bytes;
    }

    static long requirePosition(long position) throws BadRegionException {
        if (position % RingLayout.ALIGNMENT != 0) {
            throw damaged("a record at " + position);
        }
        return position;
    }

    static BadRegionException damaged(String how) {
        return new BadRegionException("the ring is damaged: " + how);
    }

    /// Looks whether a message is there; [#take] takes it then.
    ///
    /// @return its length in bytes, or [Outcome#NOTHING]
    /// @throws BadRegionException if what is there cannot be a message
    int look() throws BadRegionException {
        long index = taken & mask;
        int word = memory.getAcquire(RingLayout.DATA + index);
        if (word > 0) {
            next = recordBytes(word, index, capacity);
            return word - RingLayout.HEADER_BYTES;
        }
        return word == 0 ? Outcome.NOTHING : lookBehindPadding(index, word);
    }

    private int lookBehindPadding(long index, int word) throws BadRegionException {
        taken += recordBytes(word, index, capacity);
        memory.setLongRelease(RingLayout.TAKEN_BYTES, taken);
        return look();
    }

    /// Where the message is that was looked at: its offset from the beginning of the ring.
    long payload() {
        return RingLayout.DATA + (taken & mask) + RingLayout.HEADER_BYTES;
    }

    void copyOut(MemorySegment into, long bytes) {
        long index = taken & mask;
        requireOneUser(index + RingLayout.HEADER_BYTES + bytes <= capacity);
        memory.copyOut(RingLayout.DATA + index + RingLayout.HEADER_BYTES, into, bytes);
    }

    /// Two threads at once is the caller's mistake, but must not lead beyond the ring.
    static void requireOneUser(boolean isWithin) {
        if (!isWithin) {
            throw new IllegalStateException("in use by another thread");
        }
    }

    /// Takes the message that was looked at: nobody gets it any more.
    void take() {
        largest = Math.max(largest, next);
        taken += next;
        memory.setLongRelease(RingLayout.TAKEN_BYTES, taken);
        memory.setLong(RingLayout.TAKEN, ++count);
    }

    /// Takes all messages that were sent before, unread.
    ///
    /// @return how many
    long discard() throws BadRegionException {
        long end = memory.getLongAcquire(RingLayout.SENT_BYTES);
        long before = count;
        while (end - taken > 0 && look() != Outcome.NOTHING) {
            take();
        }
        release();
        return count - before;
    }

    /// Lets the sender have the room of all that was taken.
    void release() {
        if (released == taken) {
            return;
        }
        if (largest <= CLEARED_BYTES_MAX && isFlood()) {
            VarHandle.storeStoreFence(); // it is taken before it is cleared
            clear();
        }
        largest = 0;
        released = taken;
        memory.setLongRelease(RingLayout.RELEASED_BYTES, taken);
    }

    /// In a dialogue, where each message is waited for, clearing would delay the answer: the
    /// processor makes this one's stores seen in their order.
    private boolean isFlood() {
        return taken - released > next || memory.getAcquire(RingLayout.DATA + (taken & mask)) != 0;
    }

    /// The same once it is an eighth of the capacity: the sender may wait for it.
    void releaseIfMuch() {
        if (taken - released > capacity >> 3) {
            release();
        }
    }

    private void clear() {
        long begin = released;
        long from = begin & mask;
        long bytes = taken - begin;
        requireOneUser(bytes >= 0 && bytes <= capacity);
        long contiguous = Math.min(bytes, capacity - from);
        memory.clear(RingLayout.DATA + from, contiguous);
        if (bytes > contiguous) {
            memory.clear(RingLayout.DATA, bytes - contiguous);
        }
    }
}
