package parley.shm;

import java.lang.foreign.MemorySegment;
import parley.ready.Outcome;

/// Takes messages out of a ring from which many do.
///
/// **Valid after every store.** A message is taken by one compare-and-set of a position, and before
/// that it was copied: the sender overwrites nothing that is not taken, so whose compare-and-set
/// succeeds has a copy that is right. What one reads who was too slow may be anything, and is
/// thrown away.
///
/// **Assumptions.** One thread at a time for each object. **Guarantees.** Lock-free: who is stopped
/// or killed keeps nobody waiting.
final class CompetingReader {
    private final RingMemory memory;
    private final int capacity;
    private final long mask;
    private long taken; // the position that was looked at
    private long next; // bytes of the record there

    CompetingReader(RingMemory memory, int capacity) {
        this.memory = memory;
        this.capacity = capacity;
        this.mask = capacity - 1L;
    }

    /// Takes a message if there is one and it fits.
    ///
    /// @return its length in bytes, more than `into` has if it is not taken for that; or
    ///   [Outcome#NOTHING]
    /// @throws BadRegionException if what is there cannot be a message
    int take(MemorySegment into) throws BadRegionException {
        while (true) {
            int bytes = look();
            if (bytes == Outcome.NOTHING) {
                return Outcome.NOTHING;
            }
            if (bytes > into.byteSize()) {
                if (isStillThere()) {
                    return bytes;
                }
                continue;
            }
            memory.copyOut(RingLayout.DATA + (taken & mask) + RingLayout.HEADER_BYTES, into, bytes);
            if (isTaken()) {
                memory.addLong(RingLayout.TAKEN, 1);
                return bytes;
            }
        }
    }

    /// Takes the oldest message, unread.
    ///
    /// @return false if there is none
    boolean discardOldest() throws BadRegionException {
        return discardOldest(Long.MAX_VALUE);
    }

    private boolean discardOldest(long end) throws BadRegionException {
        while (look() != Outcome.NOTHING && end - taken > 0) {
            if (isTaken()) {
                memory.addLong(RingLayout.TAKEN, 1);
                return true;
            }
        }
        return false;
    }

    /// Takes all messages that were sent before, unread.
    ///
    /// @return how many
    long discard() throws BadRegionException {
        long end = memory.getLongAcquire(RingLayout.SENT_BYTES);
        long count = 0;
        while (discardOldest(end)) {
            count++;
        }
        return count;
    }

    /// @return a length that is within the ring, but of a message that another may have taken since
    private int look() throws BadRegionException {
        while (true) {
            taken = RingReader.requirePosition(memory.getLongAcquire(RingLayout.TAKEN_BYTES));
            int word = memory.getAcquire(RingLayout.DATA + (taken & mask));
            if (word == 0) {
                if (isStillThere()) {
                    return Outcome.NOTHING;
                }
            } else if (isRecord(word)) {
                if (word > 0) {
                    return word - RingLayout.HEADER_BYTES;
                }
                boolean _ = isTaken(); // padding
            }
        }
    }

    private boolean isRecord(int word) throws BadRegionException {
        try {
            next = RingReader.recordBytes(word, taken & mask, capacity);
            return true;
        } catch (BadRegionException e) {
            if (isStillThere()) {
                throw e;
            }
            return false; // it was overwritten meanwhile
        }
    }

    private boolean isStillThere() {
        return memory.getLongAcquire(RingLayout.TAKEN_BYTES) == taken;
    }

    private boolean isTaken() {
        return memory.compareAndSetLong(RingLayout.TAKEN_BYTES, taken, taken + next);
    }
}
