package parley.channel;

import parley.channel.Broadcast.Size;
import parley.shm.BadRegionException;
import parley.shm.BroadcastRing;
import parley.shm.WhenSlow;

/// What a broadcast is like, as the header of its region says it. See `docs/wire/broadcast.md`.
record BroadcastShape(Size size) implements ChannelFormat.Layout {
    private static final int EXPONENT_SHIFT = 8;
    private static final int EXPONENT_MASK = 0x1f;
    private static final int WHEN_SLOW_SHIFT = 13;

    @Override
    public long number() {
        int exponent = Integer.numberOfTrailingZeros(size.capacity());
        return ChannelKind.BROADCAST.number(
                size.whenSlow().code() << WHEN_SLOW_SHIFT
                        | exponent << EXPONENT_SHIFT
                        | size.subscribers());
    }

    /// @throws BadRegionException if it is no broadcast, or one of another version
    static BroadcastShape of(long number, String object) throws BadRegionException {
        int shape = ChannelKind.BROADCAST.shape(number, object);
        int exponent = shape >>> EXPONENT_SHIFT & EXPONENT_MASK;
        var whenSlow = whenSlow(shape >>> WHEN_SLOW_SHIFT);
        return new BroadcastShape(new Size(shape & 0xff, 1 << exponent, whenSlow));
    }

    private static WhenSlow whenSlow(int code) {
        for (var each : WhenSlow.values()) {
            if (each.code() == code) {
                return each;
            }
        }
        throw new IllegalArgumentException("nothing is known to do when one is slow: " + code);
    }

    @Override
    public long bytes() {
        return BroadcastRing.bytes(size.capacity(), size.subscribers());
    }
}
