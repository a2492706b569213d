package parley.channel;

import parley.shm.BadRegionException;
import parley.shm.SharedRing;

/// Where things are in a message channel; all of it follows from a number of 64 bits, which the
/// region has in its header. See `docs/wire/channel.md`.
///
/// @param lanes rings, of one sender each
/// @param capacity of each in bytes
record ChannelLayout(int lanes, int capacity) implements ChannelFormat.Layout {
    static final int LANES_MAX = 64;

    static final long MESSAGES = 0; // an event count: something was sent
    static final long SENDERS = 64; // a counter: how often a lane was taken

    private static final long LANES = 128;
    private static final long ROOM_BYTES =
            64; // before each ring: an event count, and lost messages

    ChannelLayout {
        if (lanes < 1 || lanes > LANES_MAX) {
            throw new IllegalArgumentException(
                    "a channel has 1 to %d senders: %d".formatted(LANES_MAX, lanes));
        }
        long _ = SharedRing.bytes(capacity); // refuses what cannot be
    }

    @Override
    public long number() {
        int exponent = Integer.numberOfTrailingZeros(capacity);
        return ChannelKind.MESSAGES.number(exponent << Byte.SIZE | lanes);
    }

    /// @throws BadRegionException if it is no message channel, or one of another version
    static ChannelLayout of(long number, String object) throws BadRegionException {
        int shape = ChannelKind.MESSAGES.shape(number, object);
        int exponent = Math.min(shape >>> Byte.SIZE, Integer.SIZE - 1);
        return new ChannelLayout(shape & 0xff, 1 << exponent);
    }

    @Override
    public long bytes() {
        return LANES + lanes * laneBytes();
    }

    private long laneBytes() {
        return ROOM_BYTES + SharedRing.bytes(capacity);
    }

    /// An event count: something was received from the lane.
    long room(int lane) {
        return LANES + lane * laneBytes();
    }

    /// A counter: messages that were lost because the lane was full.
    long dropped(int lane) {
        return room(lane) + Long.BYTES;
    }

    long ring(int lane) {
        return room(lane) + ROOM_BYTES;
    }
}
