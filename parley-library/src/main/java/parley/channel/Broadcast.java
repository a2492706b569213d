package parley.channel;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import parley.os.AlreadyExistsException;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.shm.BadRegionException;
import parley.shm.BroadcastPublisher;
import parley.shm.BroadcastRing;
import parley.shm.BroadcastRing.Beginning;
import parley.shm.BroadcastRing.Status.Place;
import parley.shm.SharedRegion;
import parley.shm.SharedRegion.Participant;
import parley.shm.SharedRing;
import parley.shm.WhenSlow;

/// Messages from one publisher to many subscribers, in memory that their processes share: every
/// subscriber gets every message that is published while he is there.
///
/// ```java
/// try (var broadcast = Broadcast.openOrCreate("prices", Broadcast.Size.DEFAULT);
///         var publisher = broadcast.publisher()) {
///     publisher.send("17.4".getBytes());
/// }
/// ```
///
/// What becomes of a subscriber who is too slow is chosen when it is made ([WhenSlow]). A message
/// lies there once, however many receive it. To send or receive one is no system call as long as
/// both sides are awake, and allocates nothing.
///
/// A publisher that is killed leaves each message there as a whole, or not at all, and for all
/// subscribers alike; of one who is dead nobody waits for anything. Safe for many threads; each
/// publisher and each subscriber is for one at a time.
public final class Broadcast implements AutoCloseable {
    private static final ChannelFormat<BroadcastShape, Broadcast> FORMAT =
            new ChannelFormat<>(
                    BroadcastShape::of, (memory, of) -> new Broadcast(memory, of.size()));

    private final ChannelMemory memory;
    private final Size size;
    private final BroadcastRing ring;

    private Broadcast(ChannelMemory memory, Size size) {
        this.memory = memory;
        this.size = size;
        this.ring = memory.broadcastRing(size);
    }

    /// How large a broadcast is, and what it does with who is slow.
    ///
    /// @param subscribers how many there may be at a time, 1 to 64
    /// @param capacity bytes for the messages, with 8 or more for each message: a power of two from
    ///   64 to 2^30
    public record Size(int subscribers, int capacity, WhenSlow whenSlow) {
        /// Sixteen subscribers and 1 MiB; who is slow holds the publisher back.
        public static final Size DEFAULT = new Size(16, 1 << 20, WhenSlow.HOLD_BACK);

        /// Refuses what cannot be.
        public Size {
            long _ = BroadcastRing.bytes(capacity, subscribers);
        }

        /// The same with another choice.
        public Size when(WhenSlow choice) {
            return new Size(subscribers, capacity, choice);
        }
    }

    /// How a broadcast is; of no one moment while others use it.
    ///
    /// @param size as it was made
    /// @param hasPublisher true while somebody alive publishes
    /// @param published messages since it was made
    /// @param dropped messages that were not published for want of room
    /// @param places of the subscribers
    public record Status(
            Size size, boolean hasPublisher, long published, long dropped, List<Place> places) {
        /// Keeps a copy of the list.
        public Status {
            places = List.copyOf(places);
        }
    }

    /// Makes a broadcast.
    ///
    /// @param name 1 to 200 bytes without a slash
    /// @throws AlreadyExistsException if there is something of this name
    /// @throws OsException `ENOSPC`, `ENOMEM` if there is not that much memory
    public static Broadcast create(String name, Size size) throws IOException {
        return FORMAT.create(name, new BroadcastShape(size));
    }

    /// Opens a broadcast.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    /// @throws parley.os.NotPermittedException if it is not this user's alone
    public static Broadcast open(String name) throws IOException {
        return FORMAT.open(name);
    }

    /// Opens a broadcast, or makes it if there is none of this name.
    ///
    /// @param size of a new one
    /// @throws BadRegionException if it is something else
    public static Broadcast openOrCreate(String name, Size size) throws IOException {
        return FORMAT.openOrCreate(name, new BroadcastShape(size));
    }

    /// Opens a broadcast that somebody has open, or makes it: one that all have left, or have died
    /// with, is found and removed before, with what is in it.
    ///
    /// @throws BadRegionException if it is something else
    public static Broadcast openOrReplace(String name, Size size) throws IOException {
        return FORMAT.openOrReplace(name, new BroadcastShape(size));
    }

    /// Makes a broadcast without a name; others get its [#fd].
    public static Broadcast createAnonymous(Size size) throws IOException {
        return FORMAT.createAnonymous(new BroadcastShape(size));
    }

    /// The broadcast without a name that came from another process.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws BadRegionException if it is something else
    public static Broadcast of(Fd fd) throws IOException {
        return FORMAT.of(fd);
    }

    /// The broadcast that lies in the data of a region, among other things.
    ///
    /// @param offset in the data, a multiple of 64; its [#bytes] are for it alone, and zeros at
    ///   first
    /// @param size the same for all
    /// @throws IllegalArgumentException if it has another size
    public static Broadcast in(SharedRegion region, long offset, Size size) {
        return new Broadcast(new ChannelMemory(region, false, offset), size);
    }

    /// What a broadcast takes in memory, at a multiple of 64.
    public static long bytes(Size size) {
        return new BroadcastShape(size).bytes();
    }

    /// The names of this user's broadcasts.
    public static List<String> list() throws IOException {
        return ChannelKind.BROADCAST.list();
    }

    /// Takes the name away; who has the broadcast open keeps it.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    public static void unlink(String name) throws IOException {
        FORMAT.unlink(name);
    }

    /// The publisher's side.
    ///
    /// @throws OsException `EBUSY` if another has it, and is alive
    public Publisher publisher() throws IOException {
        return memory.take(() -> publisher(ring.publisher(this::lookAgain)));
    }

    /// The publisher's side, as soon as nobody has it who is alive: for one who stands by.
    ///
    /// @return empty if another had it all the time
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    public Optional<Publisher> publisher(Duration timeout)
            throws IOException, InterruptedException {
        memory.requireOpen();
        var taken = ring.publisher(timeout, this::lookAgain);
        return taken.isEmpty() ? Optional.empty() : Optional.of(publisher(taken.get()));
    }

    private Publisher publisher(BroadcastPublisher taken) throws IOException {
        var publisher = new Publisher(memory, ring, taken);
        return memory.registered(publisher, publisher::close);
    }

    /// Subscribes to all that is published from now on.
    ///
    /// @throws OsException `EBUSY` if all places have a subscriber who is alive
    public Subscriber subscriber() throws IOException {
        return subscriber(Beginning.NEXT);
    }

    /// Subscribes, and says where to begin.
    ///
    /// @throws OsException `EBUSY` if all places have a subscriber who is alive
    public Subscriber subscriber(Beginning beginning) throws IOException {
        return memory.take(() -> {
            var taken = ring.subscriber(beginning, this::lookAgain);
            var subscriber = new Subscriber(memory, ring, taken, size.whenSlow);
            ChannelMemory.lookAgain(ring.room()); // perhaps he was waited for
            return memory.registered(subscriber, subscriber::close);
        });
    }

    /// A side was given up: who waits, on either side, looks again.
    private void lookAgain() {
        ChannelMemory.lookAgain(ring.room());
        for (int slot = 0; slot < size.subscribers; slot++) {
            ChannelMemory.lookAgain(ring.event(slot));
        }
    }

    /// True while somebody alive publishes.
    public boolean hasPublisher() {
        return ring.hasPublisher();
    }

    /// How many subscribers are there, and alive.
    public int subscribers() {
        return ring.subscribers();
    }

    /// How it is now.
    public Status status() throws IOException {
        memory.requireOpen();
        var status = ring.status();
        return new Status(
                size, hasPublisher(), status.published(), ring.dropped().get(), status.places());
    }

    /// The processes that have it open.
    public List<Participant> participants() {
        return memory.participants();
    }

    /// Has somebody told of each process that dies while it has the broadcast open, on a virtual
    /// thread of its own; not of those who close it.
    public void onDeath(Consumer<Participant> listener) {
        memory.onDeath(listener);
    }

    /// The longest message in bytes.
    public int messageBytesMax() {
        return SharedRing.messageBytesMax(size.capacity);
    }

    /// Its descriptor, to be handed to another process.
    public Fd fd() {
        return memory.fd();
    }

    /// Gives up all sides that this object has, and the broadcast; what is in it stays there. More
    /// calls do nothing.
    @Override
    public void close() {
        memory.close();
    }

    @Override
    public String toString() {
        return memory.toString();
    }
}
