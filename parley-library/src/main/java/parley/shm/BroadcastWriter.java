package parley.shm;

import java.lang.invoke.VarHandle;
import java.util.function.IntPredicate;

/// Puts messages into a broadcast ring, for the one who publishes.
///
/// **Valid after every store.** A record is there from the store of its header on, which is the
/// last one of its stores; its successor finds it behind *sent bytes*. Nothing is overwritten
/// before the store of *oldest* that says so.
///
/// **Assumptions.** One thread at a time, of one process. **Guarantees.** All is wait-free. Nothing
/// that others store leads beyond the data. The store of *oldest* here and the look at it in
/// [BroadcastReader] are a pair, as are the looks at positions here and the store of one there.
final class BroadcastWriter extends RecordWriter {
    /// *Oldest* goes on by this part of the capacity at least, so that it is rarely stored.
    static final int PARTS_SHIFT = 3;

    private static final int CLEARED_BYTES = 1 << 14; // at a time
    private static final int LARGE_BYTES = 4096; // of a record: then clearing is no gain

    /// Of two event counts.
    private static final long WAITING_PAIR =
            (long) EventCount.MAY_WAIT << Integer.SIZE | EventCount.MAY_WAIT;

    private final BroadcastLayout layout;
    private final IntPredicate isHeld;
    private long oldest;
    private long room; // up to which records may go; limit is no further
    private long sent;
    private boolean mayAnyWait;

    /// Begins where the last one has ended, even if he was killed.
    ///
    /// @param isHeld true if a slot has a subscriber who is alive
    /// @throws BadRegionException if what is in the ring cannot be
    BroadcastWriter(RingMemory memory, BroadcastLayout layout, IntPredicate isHeld)
            throws BadRegionException {
        super(memory, layout.capacity());
        this.layout = layout;
        this.isHeld = isHeld;
        oldest = RingReader.requirePosition(memory.getLongAcquire(BroadcastLayout.OLDEST_BYTES));
        sent = memory.getLongAcquire(BroadcastLayout.SENT);
        tail = RingReader.requirePosition(memory.getLongAcquire(BroadcastLayout.SENT_BYTES));
        requireWithinCapacity();
        goBehindWhatIsThere();
        limit = tail;
        room = room();
    }

    private void requireWithinCapacity() throws BadRegionException {
        long bytes = tail - oldest;
        if (bytes < 0 || bytes > capacity) {
            throw RingReader.damaged("it has %d bytes of messages".formatted(bytes));
        }
    }

    /// He may have been killed after a record, and before he had counted it.
    private void goBehindWhatIsThere() throws BadRegionException {
        for (long header = header(tail); (int) header != 0; header = header(tail)) {
            if ((int) header > 0) {
                sent = BroadcastLayout.number(header, sent) + 1;
            }
            tail += RingReader.recordBytes((int) header, tail & mask, capacity);
            requireWithinCapacity();
        }
        count();
    }

    private long header(long position) {
        return memory.getLongAcquire(RingLayout.DATA + (position & mask));
    }

    /// The number first: at the position that is read before it, it is the number of what comes
    /// next, or one more.
    private void count() {
        memory.setLong(BroadcastLayout.SENT, sent);
        memory.setLongRelease(BroadcastLayout.SENT_BYTES, tail);
    }

    /// What may be overwritten is in the subscribers' caches. To take it from there some pages at a
    /// time, by clearing it, is much faster than line by line with each message.
    @Override
    boolean makeRoom(long end) throws BadRegionException {
        if (end - room > 0 && !isRoomFor(end)) {
            return false;
        }
        long from = limit;
        long some = from + CLEARED_BYTES;
        limit = room - some > 0 && some - end >= 0 ? some : room;
        if (end - tail <= LARGE_BYTES) {
            clear(from, limit - from);
        }
        return true;
    }

    private void clear(long from, long bytes) {
        RingReader.requireOneUser(bytes >= 0 && bytes <= capacity);
        long index = from & mask;
        long contiguous = Math.min(bytes, capacity - index);
        memory.clear(RingLayout.DATA + index, contiguous);
        memory.clear(RingLayout.DATA, bytes - contiguous);
    }

    private boolean isRoomFor(long end) throws BadRegionException {
        long needed = end - capacity; // oldest has to be that far
        long slowest = slowest();
        if (slowest - needed < 0) {
            return false;
        }
        long chunk = oldest + (capacity >> PARTS_SHIFT);
        long wanted = chunk - slowest > 0 ? slowest : chunk;
        goOn(wanted - needed > 0 ? wanted : needed);
        VarHandle.fullFence(); // before what is overwritten, and before who has joined is looked at
        room = room();
        return end - room <= 0;
    }

    /// Who was killed before he had found room may have left a subscriber behind *oldest*.
    private long room() {
        long slowest = slowest();
        return (slowest - oldest > 0 ? oldest : slowest) + capacity;
    }

    /// The position of the subscriber who is most behind, if he is to be waited for.
    private long slowest() {
        long slowest = tail;
        if (layout.holdsBack()) {
            for (int slot = 0; slot < layout.subscribers(); slot++) {
                if (isHeld.test(slot)) {
                    long position = memory.getLongAcquire(layout.position(slot));
                    slowest = position - slowest < 0 ? position : slowest;
                }
            }
        }
        return slowest;
    }

    /// Says that records are no longer there: as few as may be, up to a position.
    private void goOn(long position) throws BadRegionException {
        long before = oldest;
        while (oldest - position < 0) {
            oldest += RingReader.recordBytes((int) header(oldest), oldest & mask, capacity);
        }
        if (oldest != before) {
            memory.setLongRelease(BroadcastLayout.OLDEST_BYTES, oldest);
        }
    }

    @Override
    void pad(long index, long padding) {
        memory.setLong(RingLayout.DATA, 0);
        memory.setLongRelease(
                RingLayout.DATA + index, BroadcastLayout.header((int) -padding, sent));
        tail += padding;
        count();
    }

    @Override
    void publish(long index, long messageBytes) {
        long bytes = RingLayout.recordBytes(messageBytes);
        memory.setLong(RingLayout.DATA + ((index + bytes) & mask), 0);
        int word = (int) messageBytes + RingLayout.HEADER_BYTES;
        memory.setLongRelease(RingLayout.DATA + index, BroadcastLayout.header(word, sent));
        tail += bytes;
        sent++;
        count();
        lookWhoMayWait();
    }

    /// Two event counts with one load.
    private void lookWhoMayWait() {
        long words = 0;
        for (int slot = 0; slot < layout.subscribers(); slot += 2) {
            words |= memory.getLongAcquire(layout.event(slot));
        }
        mayAnyWait = !Membarrier.IS_AVAILABLE || (words & WAITING_PAIR) != 0;
    }

    /// True if a subscriber may have been about to sleep when the last message was published.
    boolean mayAnyWait() {
        return mayAnyWait;
    }
}
