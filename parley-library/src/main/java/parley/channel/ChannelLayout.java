package parley.channel;

import java.util.Objects;
import parley.shm.BadRegionException;
import parley.shm.Delivery;
import parley.shm.EventCount;
import parley.shm.SharedMutex;
import parley.shm.SharedRing;

/// Where things are in a message channel; all of it follows from a number of 64 bits, which the
/// region has in its header. See `docs/wire/channel.md`.
///
/// @param lanes rings, of one sender each
/// @param capacity of each in bytes
/// @param receivers of all lanes
/// @param delivery of all lanes
record ChannelLayout(int lanes, int capacity, int receivers, Delivery delivery)
        implements ChannelFormat.Layout {
    static final int LANES_MAX = 64;
    static final int RECEIVERS_MAX = 64;

    static final long MESSAGES = 0; // an event count: something was sent, to one receiver
    static final long SENDERS = 64; // a counter: how often a lane was taken

    private static final long LANES = 128;
    private static final long ROOM_BYTES =
            64; // before each ring: an event count, and lost messages

    // In the shape, 16 bits.
    private static final int LANES_MASK = 0x7f;
    private static final int LEASED = 0x80;
    private static final int EXPONENT_MASK = 0x1f;
    private static final int RECEIVERS_SHIFT = 13; // and their exponent

    ChannelLayout {
        if (lanes < 1 || lanes > LANES_MAX) {
            throw new IllegalArgumentException(
                    "a channel has 1 to %d senders: %d".formatted(LANES_MAX, lanes));
        }
        if (receivers < 1 || receivers > RECEIVERS_MAX || Integer.bitCount(receivers) != 1) {
            throw new IllegalArgumentException(
                    "a channel has a power of two of receivers, 1 to %d: %d"
                            .formatted(RECEIVERS_MAX, receivers));
        }
        Objects.requireNonNull(delivery);
        boolean isOne = receivers == 1;
        if (delivery != Delivery.LEASED && isOne != (delivery == Delivery.TO_ONE)) {
            throw new IllegalArgumentException(
                    "%d receivers, and messages go %s".formatted(receivers, delivery));
        }
        long _ = SharedRing.bytes(capacity); // refuses what cannot be
    }

    @Override
    public long number() {
        int exponents =
                Integer.numberOfTrailingZeros(receivers) << RECEIVERS_SHIFT
                        | Integer.numberOfTrailingZeros(capacity) << Byte.SIZE;
        return ChannelKind.MESSAGES.number(exponents | (isLeased() ? LEASED : 0) | lanes);
    }

    /// @throws BadRegionException if it is no message channel, or one of another version
    static ChannelLayout of(long number, String object) throws BadRegionException {
        int shape = ChannelKind.MESSAGES.shape(number, object);
        int capacity = 1 << (shape >>> Byte.SIZE & EXPONENT_MASK);
        int receivers = 1 << (shape >>> RECEIVERS_SHIFT);
        var several = receivers == 1 ? Delivery.TO_ONE : Delivery.COMPETING;
        var delivery = (shape & LEASED) == 0 ? several : Delivery.LEASED;
        return new ChannelLayout(shape & LANES_MASK, capacity, receivers, delivery);
    }

    MessageChannel.Size size() {
        return new MessageChannel.Size(lanes, capacity, receivers, delivery);
    }

    boolean isLeased() {
        return delivery == Delivery.LEASED;
    }

    boolean isToOne() {
        return delivery == Delivery.TO_ONE;
    }

    @Override
    public long bytes() {
        return isToOne() ? lane(lanes) : receiver(receivers);
    }

    private long lane(int lane) {
        return LANES + lane * (ROOM_BYTES + SharedRing.bytes(capacity));
    }

    /// An event count: something was received from the lane.
    long room(int lane) {
        return lane(lane);
    }

    /// A counter: messages that were lost because the lane was full.
    long dropped(int lane) {
        return lane(lane) + Long.BYTES;
    }

    long ring(int lane) {
        return lane(lane) + ROOM_BYTES;
    }

    /// An event count: something was sent, of which it is one receiver's turn.
    long messages(int receiver) {
        return isToOne() ? MESSAGES : lane(lanes) + receiver * (long) EventCount.BYTES;
    }

    /// A lock: who has it is a receiver, of one of the deliveries that have several.
    long receiver(int receiver) {
        long events = (receivers * (long) EventCount.BYTES + 63) & -64;
        return lane(lanes) + events + receiver * (long) SharedMutex.BYTES;
    }
}
