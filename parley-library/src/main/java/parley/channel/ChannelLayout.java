package parley.channel;

import java.io.IOException;
import parley.shm.BadRegionException;
import parley.shm.SharedRing;

/// Where things are in a message channel; all of it follows from a number of 64 bits, which the
/// region has in its header. See `docs/wire/channel.md`.
///
/// @param lanes rings, of one sender each
/// @param capacity of each in bytes
record ChannelLayout(int lanes, int capacity) {
    static final int LANES_MAX = 64;

    /// "chan" in memory, and the version of this.
    private static final int KIND = 0x6e616863;

    private static final int VERSION = 1;

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

    /// What the header of the region says.
    long number() {
        int exponent = Integer.numberOfTrailingZeros(capacity);
        return (long) (VERSION << 16 | exponent << 8 | lanes) << 32 | KIND;
    }

    /// @throws BadRegionException if it is no message channel, or one of another version
    static ChannelLayout of(long number, String object) throws IOException {
        int shape = (int) (number >>> 32);
        if ((int) number != KIND) {
            throw new BadRegionException(object + ": it is no message channel");
        }
        if (shape >>> 16 != VERSION) {
            throw new BadRegionException(
                    "%s: it has version %d of the format, and this is version %d"
                            .formatted(object, shape >>> 16, VERSION));
        }
        int exponent = Math.min(shape >>> 8 & 0xff, Integer.SIZE - 1);
        try {
            return new ChannelLayout(shape & 0xff, 1 << exponent);
        } catch (IllegalArgumentException e) {
            throw new BadRegionException(object + ": " + e.getMessage());
        }
    }

    long bytes() {
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
