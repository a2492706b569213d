package parley.channel;

import parley.shm.BadRegionException;
import parley.shm.SharedRing;

/// Where things are in a request channel; all of it follows from a number of 64 bits, which the
/// region has in its header. See `docs/wire/requests.md`.
///
/// @param clients lanes, of one client each
/// @param requestCapacity of the ring of requests of each, in bytes
/// @param replyCapacity of the ring of replies of each
record RequestLayout(int clients, int requestCapacity, int replyCapacity)
        implements ChannelFormat.Layout {
    static final int CLIENTS_MAX = 64;

    static final long REQUESTS = 0; // an event count: a request was sent
    static final long SERVERS = 8; // a counter: how often the server's side was taken

    // Of a lane; event counts, and counters.
    private static final long REPLIED = 0;
    private static final long REQUEST_ROOM = 4;
    private static final long REPLY_ROOM = 8;
    private static final long ABANDONED = 16;
    private static final long INHERITED = 24;
    private static final long IDS = 64;
    private static final long RINGS = 128;

    private static final long LANES = 64;
    private static final int CLIENT_BITS = 6;
    private static final int EXPONENT_BITS = 5;

    RequestLayout {
        if (clients < 1 || clients > CLIENTS_MAX) {
            throw new IllegalArgumentException(
                    "a request channel has 1 to %d clients: %d".formatted(CLIENTS_MAX, clients));
        }
        long _ = SharedRing.bytes(requestCapacity) + SharedRing.bytes(replyCapacity);
    }

    @Override
    public long number() {
        int shape = Integer.numberOfTrailingZeros(replyCapacity) << EXPONENT_BITS;
        shape = (shape | Integer.numberOfTrailingZeros(requestCapacity)) << CLIENT_BITS;
        return ChannelKind.REQUESTS.number(shape | (clients - 1));
    }

    /// @throws BadRegionException if it is no request channel, or one of another version
    static RequestLayout of(long number, String object) throws BadRegionException {
        int shape = ChannelKind.REQUESTS.shape(number, object);
        int exponents = shape >>> CLIENT_BITS;
        return new RequestLayout(
                (shape & ((1 << CLIENT_BITS) - 1)) + 1,
                1 << (exponents & ((1 << EXPONENT_BITS) - 1)),
                1 << (exponents >>> EXPONENT_BITS));
    }

    @Override
    public long bytes() {
        return LANES + clients * laneBytes();
    }

    private long laneBytes() {
        return RINGS + SharedRing.bytes(requestCapacity) + SharedRing.bytes(replyCapacity);
    }

    RequestLane lane(int number, ChannelMemory memory) {
        long at = LANES + number * laneBytes();
        long replies = at + RINGS + SharedRing.bytes(requestCapacity);
        return new RequestLane(
                memory.ring(at + RINGS, requestCapacity),
                memory.ring(replies, replyCapacity),
                memory.eventCount(at + REPLIED),
                memory.eventCount(at + REQUEST_ROOM),
                memory.eventCount(at + REPLY_ROOM),
                memory.counter(at + ABANDONED),
                memory.counter(at + INHERITED),
                memory.counter(at + IDS));
    }
}
