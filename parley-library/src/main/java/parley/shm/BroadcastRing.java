package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import parley.os.Errno;
import parley.os.OsException;

/// Messages from one publisher to all subscribers, in order, in a ring of bytes; never waits. What
/// broadcasts are made of.
///
/// The publisher's side is a role that one participant has at a time, and so is each place of a
/// subscriber: as long as [BroadcastPublisher], or [BroadcastSubscriber], is open and its process
/// alive. Who publishes next goes on where the last one ended, wherever he was killed: a message is
/// there as a whole or not at all, and all subscribers agree. Safe for many threads; each role is
/// for one thread at a time.
///
/// See `docs/wire/broadcast.md`.
public final class BroadcastRing {
    private final SharedRegion region;
    private final long offset; // in the region's data
    private final BroadcastLayout layout;
    private final RingMemory memory;
    private final Words words;
    private final long at; // in the words
    private final RingUses uses;
    private final Role publishing;
    private final Slot[] slots;
    private final EventCount room;
    private final SharedCounter publishers;
    private final SharedCounter joined;
    private final SharedCounter dropped;

    /// A place of a subscriber.
    private record Slot(Role role, EventCount event) {}

    /// @param offset in the region's data
    /// @param address of it
    /// @param at where it is in the region
    BroadcastRing(
            SharedRegion region,
            RingUses uses,
            Structures structures,
            long offset,
            long address,
            long at,
            BroadcastLayout layout) {
        structures.agree(at + BroadcastLayout.CAPACITY, layout.capacity(), "bytes of capacity");
        structures.agree(at + BroadcastLayout.SUBSCRIBERS, layout.subscribers(), "subscribers");
        structures.agree(
                at + BroadcastLayout.WHEN_SLOW,
                layout.whenSlow().code(),
                "as what to do when one is slow");
        this.region = region;
        this.offset = offset;
        this.layout = layout;
        this.memory = new MappedRingMemory(address);
        this.words = structures.words();
        this.at = at;
        this.uses = uses;
        this.publishing = new Role(structures.mutex(at + BroadcastLayout.PUBLISHER_LOCK), uses);
        this.slots = new Slot[layout.subscribers()];
        for (int slot = 0; slot < slots.length; slot++) {
            slots[slot] =
                    new Slot(
                            new Role(structures.mutex(at + layout.lock(slot)), uses),
                            structures.eventCount(at + layout.event(slot)));
        }
        this.room = structures.eventCount(at + BroadcastLayout.ROOM);
        this.publishers = structures.counter(at + BroadcastLayout.PUBLISHERS);
        this.joined = structures.counter(at + BroadcastLayout.JOINED);
        this.dropped = structures.counter(at + BroadcastLayout.DROPPED);
    }

    /// Where a subscriber begins.
    public enum Beginning {
        /// With the first message that is published from now on.
        NEXT,
        /// With the oldest message that is still there.
        OLDEST
    }

    /// What a ring takes in memory, at a multiple of 64; zeros are an empty one.
    ///
    /// @param capacity in bytes, a power of two from 64 to 2^30
    /// @param subscribers how many there may be at a time, 1 to 64
    public static long bytes(int capacity, int subscribers) {
        return new BroadcastLayout(capacity, subscribers, WhenSlow.HOLD_BACK).bytes();
    }

    /// How it is.
    ///
    /// @param published messages since it was made
    /// @param places of the subscribers
    public record Status(long published, List<Place> places) {
        /// Keeps a copy of the list.
        public Status {
            places = List.copyOf(places);
        }

        /// A place of a subscriber; of the last one who had it, if nobody has it now.
        ///
        /// @param hasSubscriber true while somebody alive has it
        /// @param bytesBehind the last message, with the 8 bytes or more before each
        /// @param lost messages that the subscriber lost because he was slow
        public record Place(boolean hasSubscriber, long bytesBehind, long lost) {}
    }

    /// Takes the publisher's side.
    ///
    /// @param afterwards when it was given up: on the thread that closes it, or used it just then
    /// @throws OsException `EBUSY` if another has it
    /// @throws BadRegionException if what is in the ring cannot be
    public BroadcastPublisher publisher(Runnable afterwards) throws IOException {
        return publishing
                .tryTake(afterwards, this::newPublisher)
                .orElseThrow(() -> busy("publisher", "another has it"));
    }

    /// The same, waiting at most `timeout` until nobody has it who is alive.
    public Optional<BroadcastPublisher> publisher(Duration timeout, Runnable afterwards)
            throws IOException, InterruptedException {
        return publishing.take(timeout, afterwards, this::newPublisher);
    }

    private BroadcastPublisher newPublisher(RingUse use) throws IOException {
        var place = new RingSender.Place(region.toString(), offset, layout.capacity());
        var writer = new BroadcastWriter(memory, layout, this::isToBeLookedAt);
        publishers.increment();
        return new BroadcastPublisher(this, place, writer, use);
    }

    /// Takes a place of a subscriber.
    ///
    /// @param afterwards when it was given up: on the thread that closes it, or used it just then
    /// @throws OsException `EBUSY` if all have one who is alive
    /// @throws BadRegionException if what is in the ring cannot be
    public BroadcastSubscriber subscriber(Beginning beginning, Runnable afterwards)
            throws IOException {
        IOException damaged = null;
        for (int slot = 0; slot < slots.length; slot++) {
            int place = slot;
            try {
                var taken =
                        slots[slot].role.tryTake(
                                afterwards, use -> newSubscriber(place, beginning, use));
                if (taken.isPresent()) {
                    return taken.get();
                }
            } catch (BadRegionException | NotRecoverableException e) {
                damaged = e; // perhaps another place is not
            }
        }
        if (damaged != null) {
            throw damaged;
        }
        throw busy("subscriber", "all %d places have one".formatted(slots.length));
    }

    private BroadcastSubscriber newSubscriber(int slot, Beginning beginning, RingUse use)
            throws IOException {
        boolean isFromOldest = beginning == Beginning.OLDEST;
        var reader = new BroadcastReader(memory, layout, slot, isFromOldest);
        joined.increment();
        return new BroadcastSubscriber(this, slot, reader, layout.holdsBack(), use);
    }

    private OsException busy(String what, String why) {
        return OsException.of(what, region.toString(), Errno.EBUSY.number(), why);
    }

    /// What a use ends with in which an access failed.
    ///
    /// @throws IllegalStateException `e` itself if that is not because the region was shortened
    RegionTruncatedException failed(IllegalStateException e) {
        return uses.failed(e);
    }

    private boolean isToBeLookedAt(int slot) {
        try {
            return slots[slot].role.isHeld();
        } catch (IllegalStateException _) {
            return true; // the region was closed: who is alive is not known any more
        }
    }

    /// True while somebody has the publisher's side, and is alive.
    public boolean hasPublisher() {
        return publishing.isHeld();
    }

    /// How many subscribers are there, and alive.
    public int subscribers() {
        int count = 0;
        for (var slot : slots) {
            count += slot.role.isHeld() ? 1 : 0;
        }
        return count;
    }

    /// True while there is a subscriber who is alive.
    public boolean hasSubscriber() {
        for (var slot : slots) {
            if (slot.role.isHeld()) {
                return true;
            }
        }
        return false;
    }

    /// A counter: how often there was a publisher.
    public SharedCounter publishers() {
        return publishers;
    }

    /// A counter: how often there was a subscriber.
    public SharedCounter joined() {
        return joined;
    }

    /// A counter, for who publishes: messages that he did not, because there was no room.
    public SharedCounter dropped() {
        return dropped;
    }

    /// What a publisher waits on who has no room; subscribers signal it lightly.
    public EventCount room() {
        return room;
    }

    /// What a subscriber waits on, alone.
    ///
    /// @param slot which place he has
    public EventCount event(int slot) {
        return slots[slot].event;
    }

    /// Wakes all who wait, and has no more barriers made for those who are not there any more.
    void wakeSubscribers() {
        try {
            for (var slot : slots) {
                slot.event.signalAllLight();
                if (slot.event.isAlert() && !slot.role.isHeld()) {
                    slot.event.relax();
                }
            }
        } catch (IllegalStateException _) {
            // Closed: nobody of this process waits any more, and the others see that it has left.
        }
    }

    /// How much of what was published the subscriber of a place has not received, with the 8 bytes
    /// or more before each message.
    public long bytesBehind(int slot) {
        long sent = words.getLong(at + BroadcastLayout.SENT_BYTES);
        return Math.clamp(sent - words.getLong(at + layout.position(slot)), 0, layout.capacity());
    }

    /// How it is now; of no one moment while others use it.
    public Status status() {
        var places = new ArrayList<Status.Place>();
        for (int slot = 0; slot < slots.length; slot++) {
            places.add(
                    new Status.Place(
                            slots[slot].role.isHeld(),
                            bytesBehind(slot),
                            words.getLong(at + layout.lost(slot))));
        }
        return new Status(words.getLong(at + BroadcastLayout.SENT), places);
    }

    MemorySegment data() {
        return region.data();
    }

    /// Where a place in the ring is in [#data].
    long inData(long place) {
        return offset + place;
    }

    @Override
    public String toString() {
        return region.toString();
    }
}
