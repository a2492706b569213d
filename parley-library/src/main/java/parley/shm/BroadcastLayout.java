package parley.shm;

/// Where things are in a broadcast ring, of which the records are as in a [RingLayout]. See
/// `docs/wire/broadcast.md`.
///
/// @param capacity of the data in bytes
/// @param subscribers how many there may be at a time
/// @param whenSlow what becomes of those who are slow
record BroadcastLayout(int capacity, int subscribers, WhenSlow whenSlow) {
    static final int SUBSCRIBERS_MAX = 64;

    static final long PUBLISHER_LOCK = RingLayout.SENDER_LOCK; // a mutex
    static final long ROOM = 64; // an event count: a subscriber has gone on, or come, or left
    static final long PUBLISHERS = 72; // a counter: how often there was a publisher
    static final long JOINED = 80; // a counter: how often there was a subscriber
    static final long DROPPED = 88; // a counter: messages that were never published

    static final long CAPACITY = RingLayout.CAPACITY; // what follows has 32 bits each
    static final long SUBSCRIBERS = 132;
    static final long WHEN_SLOW = 136;

    static final long SENT_BYTES = RingLayout.SENT_BYTES; // the publisher's, 64 bits each
    static final long SENT = RingLayout.SENT;
    static final long OLDEST_BYTES = 384; // the publisher's, and stored rarely

    private static final long EVENTS_BYTES = (long) SUBSCRIBERS_MAX * EventCount.BYTES;
    private static final long SLOT_BYTES = 128;
    private static final long POSITION = 64; // in a slot
    private static final long LOST = 72;

    BroadcastLayout {
        int _ = RingLayout.requireCapacity(capacity);
        if (subscribers < 1 || subscribers > SUBSCRIBERS_MAX) {
            throw new IllegalArgumentException(
                    "a broadcast has 1 to %d subscribers: %d"
                            .formatted(SUBSCRIBERS_MAX, subscribers));
        }
    }

    /// The number of a message, counted from 0 on, of which its header has the lower half.
    ///
    /// @param sent a count of messages that is at most 2^31 away from it
    static long number(long header, long sent) {
        return sent + ((int) (header >>> Integer.SIZE) - (int) sent);
    }

    /// The first 8 bytes of a record.
    ///
    /// @param word as in a ring
    static long header(int word, long number) {
        return number << Integer.SIZE | Integer.toUnsignedLong(word);
    }

    /// The event counts of all subscribers, one behind the other.
    long events() {
        return RingLayout.DATA + capacity;
    }

    /// An event count: something was published.
    long event(int slot) {
        return events() + (long) slot * EventCount.BYTES;
    }

    /// A mutex.
    long lock(int slot) {
        return events() + EVENTS_BYTES + slot * SLOT_BYTES;
    }

    /// The position of what the subscriber receives next; it may be further on.
    long position(int slot) {
        return lock(slot) + POSITION;
    }

    /// How many messages the subscriber has lost.
    long lost(int slot) {
        return lock(slot) + LOST;
    }

    long bytes() {
        return lock(subscribers);
    }

    boolean holdsBack() {
        return whenSlow == WhenSlow.HOLD_BACK;
    }
}
