package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import parley.os.OsException;
import parley.shm.SharedRegion.Participant;

/// Messages from one sender to one receiver, or to several that compete ([Delivery]), in order, in
/// a ring of bytes; never waits. What channels are made of.
///
/// Each side is a role that one participant has at a time: as long as [RingSender], or
/// [RingReceiver], is open and its process alive. After that another may have it, and goes on where
/// the last one ended, wherever he was killed: a message is there as a whole or not at all, and is
/// received by one. Safe for many threads; each role is for one thread at a time.
///
/// See `docs/wire/ring.md`; N. Lê et al., Correct and Efficient Bounded FIFO Queues, 2013.
public final class SharedRing {
    private final SharedRegion region;
    private final long offset; // in the region's data
    private final int capacity;
    private final Delivery delivery;
    private final RingMemory memory;
    private final Words words;
    private final long at; // in the words
    private final RingUses uses;
    private final Structures structures;
    private final Role sending;
    private final Role receiving;

    /// @param offset in the region's data
    /// @param address of it
    /// @param at where it is in the region
    SharedRing(
            SharedRegion region,
            RingUses uses,
            Structures structures,
            long offset,
            long address,
            long at,
            int capacity,
            Delivery delivery) {
        structures.agree(
                at + RingLayout.CAPACITY, capacity + delivery.code(), "bytes and delivery");
        this.region = region;
        this.offset = offset;
        this.capacity = capacity;
        this.delivery = delivery;
        this.memory = new MappedRingMemory(address);
        this.words = structures.words();
        this.at = at;
        this.uses = uses;
        this.structures = structures;
        this.sending = new Role(structures.mutex(at + RingLayout.SENDER_LOCK), uses);
        this.receiving = new Role(structures.mutex(at + RingLayout.RECEIVER_LOCK), uses);
    }

    /// What a ring takes in memory, at a multiple of 64; zeros are an empty one.
    ///
    /// @param capacity in bytes, a power of two from 64 to 2^30
    public static long bytes(int capacity) {
        return RingLayout.DATA + RingLayout.requireCapacity(capacity);
    }

    /// The longest message in bytes, of a ring of this capacity.
    public static int messageBytesMax(int capacity) {
        return RingLayout.messageBytesMax(RingLayout.requireCapacity(capacity));
    }

    /// How it is.
    ///
    /// @param capacity in bytes, a little more than its messages may have
    /// @param bytesWaiting in the ring, with the 8 bytes or more before each message
    /// @param sent messages since it was made
    /// @param received messages since it was made
    public record Status(int capacity, long bytesWaiting, long sent, long received) {}

    /// Takes the sending side.
    ///
    /// @throws OsException `EBUSY` if another has it
    /// @throws BadRegionException if what is in the ring cannot be
    public RingSender sender() throws IOException {
        return trySender().orElseThrow(() -> Role.busy("sender", region));
    }

    /// Takes the sending side if nobody has it.
    ///
    /// @throws BadRegionException if what is in the ring cannot be
    public Optional<RingSender> trySender() throws IOException {
        return trySender(() -> {});
    }

    /// The same, with something to be done when it was given up.
    ///
    /// @param afterwards on the thread that closes it, or that used it just then
    public Optional<RingSender> trySender(Runnable afterwards) throws IOException {
        return sending.tryTake(afterwards, this::newSender);
    }

    private RingSender newSender(RingUse use) throws IOException {
        var place = new RingSender.Place(region.toString(), offset, capacity);
        return new RingSender(place, new RingWriter(memory, capacity, delivery), use);
    }

    private CompetingReader competitor() {
        return new CompetingReader(memory, capacity);
    }

    /// Takes the receiving side: with [Delivery#TO_ONE] there is one.
    ///
    /// @throws OsException `EBUSY` if another has it
    /// @throws BadRegionException if what is in the ring cannot be
    public RingReceiver receiver() throws IOException {
        return receiver(() -> {});
    }

    /// The same, with something to be done when it was given up.
    ///
    /// @param afterwards on the thread that closes it, or that used it just then
    public RingReceiver receiver(Runnable afterwards) throws IOException {
        return receiving
                .tryTake(afterwards, this::newReceiver)
                .orElseThrow(() -> Role.busy("receiver", region));
    }

    /// The same, waiting at most `timeout` until nobody has it who is alive.
    public Optional<RingReceiver> receiver(Duration timeout, Runnable afterwards)
            throws IOException, InterruptedException {
        return receiving.take(timeout, afterwards, this::newReceiver);
    }

    private RingReceiver newReceiver(RingUse use) throws IOException {
        requireDelivery(delivery == Delivery.TO_ONE);
        return new SoleReceiver(this, new RingReader(memory, capacity), use);
    }

    private void requireDelivery(boolean holds) {
        if (!holds) {
            throw new IllegalStateException("not with delivery %s: %s".formatted(delivery, this));
        }
    }

    /// Another receiver, of one of the deliveries that have several.
    ///
    /// @param number from 1 to 64, which no other receiver has who is alive; if one had it who has
    ///   died, [RingReceiver#giveBackAll] follows
    /// @param afterwards what to do when it was given up
    public RingReceiver receiver(int number, WhenLeaseEnds whenLeaseEnds, Runnable afterwards)
            throws IOException {
        requireDelivery(delivery != Delivery.TO_ONE);
        if (delivery == Delivery.COMPETING) {
            return new CompetingReceiver(this, competitor(), uses.open(afterwards));
        }
        Objects.checkIndex(number - 1, RingLeases.OWNERS_MAX);
        var lock = structures.mutex(at + RingLayout.RECEIVER_LOCK);
        var use = uses.open(() -> leave(lock, number, afterwards));
        return new LeasingReceiver(
                this, new RingLeases(memory, capacity), lock, number, whenLeaseEnds, use);
    }

    private void leave(SharedMutex lock, int number, Runnable afterwards) {
        try {
            LeasingReceiver.leave(lock, new RingLeases(memory, capacity), number);
        } catch (IOException | IllegalStateException _) {
            // Damaged, or shortened: nobody gets anything out of it any more.
        }
        afterwards.run();
    }

    /// What a use ends with in which an access failed.
    ///
    /// @throws IllegalStateException `e` itself if that is not because the region was shortened
    RegionTruncatedException failed(IllegalStateException e) {
        return uses.failed(e);
    }

    /// True while somebody has the sending side, and is alive.
    public boolean hasSender() {
        return sending.isHeld();
    }

    /// True while somebody has the one receiving side, and is alive.
    public boolean hasReceiver() {
        return receiving.isHeld();
    }

    /// Who has the sending side, and is alive.
    public Optional<Participant> whoSends() {
        return sending.holder();
    }

    /// Who has the one receiving side, and is alive.
    public Optional<Participant> whoReceives() {
        return receiving.holder();
    }

    /// How it is now; of no one moment while others use it.
    public Status status() {
        long waiting = sentBytes() - takenBytes();
        return new Status(
                capacity,
                Math.clamp(waiting, 0, capacity),
                words.getLong(at + RingLayout.SENT),
                words.getLong(at + RingLayout.TAKEN));
    }

    /// Where the last message ends that the sender knows of: bytes since the ring was made, with
    /// what is before and between messages.
    public long sentBytes() {
        return words.getLong(at + RingLayout.SENT_BYTES);
    }

    /// Up to where messages were taken, as [#sentBytes].
    public long takenBytes() {
        return words.getLong(at + RingLayout.TAKEN_BYTES);
    }

    int messageBytesMax() {
        return RingLayout.messageBytesMax(capacity);
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
