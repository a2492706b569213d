package parley.shm;

/// Where things are in a ring. See `docs/wire/ring.md`. In a ring of bytes they are in the same
/// places: see `docs/wire/bytepipe.md`.
///
/// What the sender stores and what the receiver stores are two cache lines apart, as processors
/// fetch them in pairs.
final class RingLayout {
    /// A record's first word: 0, nothing is there yet; positive, its length with the header;
    /// negative, nothing more until the end of the data, which is so many bytes away.
    static final int HEADER_BYTES = 8;

    /// In a record, where messages are leased: who has it.
    static final int LEASE = 4;

    /// Of records.
    static final int ALIGNMENT = 8;

    static final int CAPACITY_MIN = 64;
    static final int CAPACITY_MAX = 1 << 30;

    static final long SENDER_LOCK = 0; // a mutex
    static final long RECEIVER_LOCK = 64; // a mutex
    static final long CAPACITY = 128; // 32 bits, with the [Delivery] in the lower ones

    static final long SENT_BYTES = 256; // what follows is the sender's: positions and numbers,
    static final long SENT = 264; // each of 64 bits

    static final long TAKEN_BYTES = 384; // the receiver's
    static final long RELEASED_BYTES = 392;
    static final long TAKEN = 400;
    static final long NEXT = 408; // the position before which nothing is free to be leased

    static final long DATA = 512;

    private RingLayout() {}

    static int requireCapacity(int bytes) {
        if (bytes < CAPACITY_MIN || bytes > CAPACITY_MAX || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException(
                    "a ring has a power of two of bytes, %d to %d: %d"
                            .formatted(CAPACITY_MIN, CAPACITY_MAX, bytes));
        }
        return bytes;
    }

    /// Up to where the sender may overwrite.
    static long released(Delivery delivery) {
        return delivery == Delivery.TO_ONE ? RELEASED_BYTES : TAKEN_BYTES;
    }

    /// What a message takes in the data.
    static long recordBytes(long messageBytes) {
        return (messageBytes + HEADER_BYTES + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /// The longest message of a ring: one that fits whatever the position is, once it is empty.
    static int messageBytesMax(int capacity) {
        return capacity / 2 - HEADER_BYTES;
    }
}
