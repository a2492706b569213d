package parley.channel;

import parley.shm.BadRegionException;

/// Where things are in a mailbox; all of it follows from a number of 64 bits, which the region has
/// in its header. See `docs/wire/mailbox.md`.
///
/// @param messages that there is a slot for, a power of two
/// @param capacity of all blocks in bytes, a power of two
record MailboxLayout(int messages, long capacity) implements ChannelFormat.Layout {
    static final int MESSAGES_MAX = 1 << 20;
    static final int BLOCK_BYTES = 64;
    static final long CAPACITY_MAX = 1L << 36;

    static final long MUTEX = 0;
    static final long ARRIVED = 64; // an event count: a message was put in
    static final long ROOM = 128; // an event count: a message was taken out
    static final long SHAPE = 192; // 0 until the first who uses it sets it
    static final long REMOVED = 200; // 1: for ever
    static final long SETTLED = 256; // 0: all that follows from the slots is to be found out anew
    static final long NUMBER = 264; // of the next message
    static final long DROPPED = 272;
    static final long COUNT = 280;
    static final long OLDEST = 284;
    static final long NEWEST = 288;
    static final long FREE_SLOT = 292;
    static final long FREE_BLOCK = 296;
    static final long FREE_BLOCKS = 300; // how many

    private static final long SLOTS = 320;
    private static final int SLOT_BYTES = 64;

    // In a slot; from PREVIOUS on, what follows from the rest.
    static final int STATE = 0;
    static final int PRIORITY = 4;
    static final int TYPE = 8;
    static final int MESSAGE_NUMBER = 16;
    static final int LENGTH = 24;
    static final int FIRST = 28;
    static final int PREVIOUS = 32;
    static final int NEXT = 36;
    static final int PLACE = 40; // in the heap

    MailboxLayout {
        if (messages < 1 || messages > MESSAGES_MAX || Integer.bitCount(messages) != 1) {
            throw new IllegalArgumentException(
                    "not a power of two from 1 to %d messages: %d"
                            .formatted(MESSAGES_MAX, messages));
        }
        if (capacity < BLOCK_BYTES || capacity > CAPACITY_MAX || Long.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(
                    "not a power of two from %d to %d bytes: %d"
                            .formatted(BLOCK_BYTES, CAPACITY_MAX, capacity));
        }
    }

    /// Both sizes, as exponents.
    int shape() {
        return Long.numberOfTrailingZeros(capacity) << Byte.SIZE
                | Integer.numberOfTrailingZeros(messages);
    }

    @Override
    public long number() {
        return ChannelKind.MAILBOX.number(shape());
    }

    /// @throws BadRegionException if it is no mailbox, or one of another version
    static MailboxLayout of(long number, String object) throws BadRegionException {
        int shape = ChannelKind.MAILBOX.shape(number, object);
        int messages = 1 << Math.min(shape & 0xff, Integer.SIZE - 1);
        return new MailboxLayout(messages, 1L << Math.min(shape >>> Byte.SIZE, Long.SIZE - 1));
    }

    int blocks() {
        return (int) (capacity / BLOCK_BYTES);
    }

    long slot(int slot) {
        return SLOTS + (long) slot * SLOT_BYTES;
    }

    /// The slot at a place in the heap of priorities.
    long heap(int place) {
        return slot(messages) + (long) place * Integer.BYTES;
    }

    /// The block that follows a block.
    long link(int block) {
        return aligned(heap(messages)) + (long) block * Integer.BYTES;
    }

    long block(int block) {
        return aligned(link(blocks())) + (long) block * BLOCK_BYTES;
    }

    private static long aligned(long offset) {
        return Math.ceilDiv(offset, BLOCK_BYTES) * BLOCK_BYTES;
    }

    @Override
    public long bytes() {
        return block(blocks());
    }
}
