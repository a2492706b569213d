package parley.channel;

import parley.shm.BadRegionException;
import parley.shm.SharedByteRing;

/// Where things are in a byte pipe; all of it follows from a number of 64 bits, which the region
/// has in its header. See `docs/wire/bytepipe.md`.
///
/// @param capacity in bytes
record BytePipeLayout(int capacity) implements ChannelFormat.Layout {
    static final long FILLED = 0; // an event count: something was written
    static final long SINKS = 8; // a counter: how often the writing side was taken
    static final long ROOM = 64; // an event count: something was read
    static final long SOURCES = 72; // a counter: how often the reading side was taken
    static final long ENDED = 80; // the writers of whose end was told
    static final long RING = 128;

    BytePipeLayout {
        long _ = SharedByteRing.bytes(capacity); // refuses what cannot be
    }

    @Override
    public long number() {
        return ChannelKind.BYTES.number(Integer.numberOfTrailingZeros(capacity));
    }

    /// @throws BadRegionException if it is no byte pipe, or one of another version
    static BytePipeLayout of(long number, String object) throws BadRegionException {
        int exponent = ChannelKind.BYTES.shape(number, object);
        return new BytePipeLayout(1 << Math.min(exponent, Integer.SIZE - 1));
    }

    @Override
    public long bytes() {
        return RING + SharedByteRing.bytes(capacity);
    }
}
