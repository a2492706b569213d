package parley.shm;

/// Who has which message of a ring whose messages are leased, for whoever has the ring's lock.
///
/// The second word of a record says who has it: in the lowest 8 bits 0 nobody, a number from 1 on,
/// or [#DONE]; above these how often it was leased.
///
/// **Valid after every store.** A lease, its end and its return are one store each; the position up
/// to which all is done follows after that, by whoever is next. The position before which nothing
/// is free is lowered before something becomes free there. Of a dead one all is given back by
/// [#giveBackAll], which may be done again from any point on.
final class RingLeases {
    static final int OWNERS_MAX = 64;
    static final long NONE = -1;

    private static final int OWNER_MASK = 0xff;
    private static final int DONE = 0xff;
    private static final int ONE_TIME = 1 << Byte.SIZE;

    private final RingMemory memory;
    private final int capacity;
    private final long mask;
    private int word; // of the record that was looked at
    private long next; // its length

    RingLeases(RingMemory memory, int capacity) {
        this.memory = memory;
        this.capacity = capacity;
        this.mask = capacity - 1L;
    }

    /// Leases the oldest message that is free.
    ///
    /// @param owner from 1 on
    /// @return its position, or [#NONE]
    /// @throws BadRegionException if what is there cannot be a message
    long lease(int owner) throws BadRegionException {
        long taken = taken();
        for (long at = first(taken); isRecord(at, taken); at += next) {
            if (word > 0 && (state(at) & OWNER_MASK) == 0) {
                int times = (state(at) + ONE_TIME) & ~OWNER_MASK;
                memory.set(stateOffset(at), times == 0 ? owner | -ONE_TIME : times | owner);
                memory.setLong(RingLayout.NEXT, at + next);
                return at;
            }
        }
        return NONE;
    }

    /// Takes all messages that were sent before and that are free, unread.
    ///
    /// @return how many
    long discard(int owner) throws BadRegionException {
        long end = memory.getLongAcquire(RingLayout.SENT_BYTES);
        long count = 0;
        while (true) {
            long at = lease(owner);
            if (at == NONE) {
                return count;
            }
            if (end - at <= 0) {
                boolean _ = giveBack(at, owner);
                return count;
            }
            boolean _ = acknowledge(at, owner);
            count++;
        }
    }

    /// Where what may be free begins.
    private long first(long taken) throws BadRegionException {
        long first = RingReader.requirePosition(memory.getLongAcquire(RingLayout.NEXT));
        boolean isWithin = first - taken > 0 && first - taken <= capacity;
        return isWithin ? first : taken;
    }

    private long taken() throws BadRegionException {
        return RingReader.requirePosition(memory.getLongAcquire(RingLayout.TAKEN_BYTES));
    }

    private boolean isRecord(long at, long taken) throws BadRegionException {
        word = memory.getAcquire(RingLayout.DATA + (at & mask));
        if (word == 0) {
            return false;
        }
        next = RingReader.recordBytes(word, at & mask, capacity);
        if (at + next - taken > capacity) {
            throw RingReader.damaged("it is full beyond its end");
        }
        return true;
    }

    private long stateOffset(long at) {
        return RingLayout.DATA + (at & mask) + RingLayout.LEASE;
    }

    private int state(long at) {
        return memory.getAcquire(stateOffset(at));
    }

    /// How long the message is that was leased just now.
    int bytes() {
        return word - RingLayout.HEADER_BYTES;
    }

    /// How often the message has been leased.
    int times(long at) {
        return state(at) >>> Byte.SIZE;
    }

    /// Where the message is: its offset from the beginning of the ring.
    long payload(long at) {
        return RingLayout.DATA + (at & mask) + RingLayout.HEADER_BYTES;
    }

    /// Ends a lease: the message is gone.
    ///
    /// @return false if this one does not have it
    boolean acknowledge(long at, int owner) throws BadRegionException {
        int state = state(at);
        if ((state & OWNER_MASK) != owner) {
            return false;
        }
        memory.set(stateOffset(at), state | DONE);
        release();
        return true;
    }

    /// Ends a lease: another may have the message.
    ///
    /// @return false if this one does not have it
    boolean giveBack(long at, int owner) throws BadRegionException {
        int state = state(at);
        if ((state & OWNER_MASK) != owner) {
            return false;
        }
        if (first(taken()) - at > 0) {
            memory.setLong(RingLayout.NEXT, at);
        }
        memory.set(stateOffset(at), state & ~OWNER_MASK);
        return true;
    }

    /// Ends all leases of one.
    ///
    /// @return true if he had any
    boolean giveBackAll(int owner) throws BadRegionException {
        long taken = taken();
        memory.setLong(RingLayout.NEXT, taken);
        boolean hadAny = false;
        for (long at = taken; isRecord(at, taken); at += next) {
            if (word > 0 && (state(at) & OWNER_MASK) == owner) {
                memory.set(stateOffset(at), state(at) & ~OWNER_MASK);
                hadAny = true;
            }
        }
        release();
        return hadAny;
    }

    /// Lets the sender have the room of all that is done, up to the first that is not.
    private void release() throws BadRegionException {
        long taken = taken();
        long at = taken;
        long count = 0;
        for (; isRecord(at, taken); at += next) {
            if (word > 0) {
                if ((state(at) & OWNER_MASK) != DONE) {
                    break;
                }
                count++;
            }
        }
        if (at != taken) {
            memory.setLongRelease(RingLayout.TAKEN_BYTES, at);
            memory.addLong(RingLayout.TAKEN, count);
        }
    }
}
