package parley.channel;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.shm.BadRegionException;
import parley.shm.Delivery;
import parley.shm.EventCount;
import parley.shm.NotRecoverableException;
import parley.shm.RingReceiver;
import parley.shm.SharedCounter;
import parley.shm.SharedRegion;
import parley.shm.SharedRegion.Participant;
import parley.shm.SharedRing;

/// Messages from many senders to one receiver, or to several of whom one gets each, in memory that
/// their processes share: `chan:name`.
///
/// Each sender has a lane of his own, and his messages are received in their order; nobody waits
/// for another sender, be he stopped or dead. To send or receive one is no system call as long as
/// both sides are awake, and allocates nothing.
///
/// ```java
/// try (var channel = MessageChannel.openOrCreate("prices", MessageChannel.Size.DEFAULT);
///         var sender = channel.sender()) {
///     sender.send("17.4".getBytes());
/// }
/// ```
///
/// A process that is killed leaves each message there as a whole, or not at all; what it had sent
/// is still received, and its side is free for another. A channel with a name stays until
/// [#unlink], with what is in it; one without goes with its last process. Safe for many threads;
/// each sender and each receiver is for one at a time.
public final class MessageChannel implements AutoCloseable {
    private static final ChannelFormat<ChannelLayout, MessageChannel> FORMAT =
            new ChannelFormat<>(ChannelLayout::of, MessageChannel::new);

    private final ChannelMemory memory;
    private final ChannelLayout layout;
    private final List<SharedRing> rings = new ArrayList<>();
    private final SeveralReceivers several;

    private MessageChannel(ChannelMemory memory, ChannelLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.several = new SeveralReceivers(this);
        for (int lane = 0; lane < layout.lanes(); lane++) {
            rings.add(memory.ring(layout.ring(lane), layout.capacity(), layout.delivery()));
        }
    }

    /// How large a channel is.
    ///
    /// @param senders how many there may be at a time, 1 to 64
    /// @param capacity bytes for the messages of each, with 8 or more for each message: a power of
    ///   two from 64 to 2^30
    /// @param receivers how many there may be at a time: a power of two from 1 to 64
    /// @param delivery when a message is gone; [Delivery#TO_ONE] is for one receiver, and only that
    public record Size(int senders, int capacity, int receivers, Delivery delivery) {
        /// Four senders of 256 KiB, one receiver.
        public static final Size DEFAULT = new Size(4, 1 << 18);

        /// Refuses what cannot be.
        public Size {
            var _ = new ChannelLayout(senders, capacity, receivers, delivery);
        }

        /// One receiver.
        public Size(int senders, int capacity) {
            this(senders, capacity, 1, Delivery.TO_ONE);
        }

        /// One sender, one receiver.
        public static Size ofOneSender(int capacity) {
            return new Size(1, capacity);
        }

        /// The same for so many receivers who compete.
        public Size competing(int count) {
            return new Size(senders, capacity, count, Delivery.COMPETING);
        }

        /// The same for so many receivers to whom messages are leased.
        public Size leased(int count) {
            return new Size(senders, capacity, count, Delivery.LEASED);
        }

        ChannelLayout layout() {
            return new ChannelLayout(senders, capacity, receivers, delivery);
        }
    }

    /// How a channel is; of no one moment while others use it.
    ///
    /// @param size as it was made
    /// @param receivers those who are alive
    /// @param lanes how those of the senders are
    public record Status(Size size, List<Participant> receivers, List<Lane> lanes) {
        /// Keeps copies of the lists.
        public Status {
            receivers = List.copyOf(receivers);
            lanes = List.copyOf(lanes);
        }

        /// A sender's lane.
        ///
        /// @param sender who has it, and is alive
        /// @param ring its messages
        /// @param dropped messages that were lost because it was full
        public record Lane(Optional<Participant> sender, SharedRing.Status ring, long dropped) {}
    }

    /// Makes a channel.
    ///
    /// @param name 1 to 200 bytes without a slash
    /// @throws AlreadyExistsException if there is one of this name
    /// @throws OsException `ENOSPC`, `ENOMEM` if there is not that much memory
    public static MessageChannel create(String name, Size size) throws IOException {
        return FORMAT.create(name, size.layout());
    }

    /// Opens a channel.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    /// @throws parley.os.NotPermittedException if it is not this user's alone
    public static MessageChannel open(String name) throws IOException {
        return FORMAT.open(name);
    }

    /// Opens a channel, or makes it if there is none of this name.
    ///
    /// @param size of a new one
    /// @throws BadRegionException if it is something else
    public static MessageChannel openOrCreate(String name, Size size) throws IOException {
        return FORMAT.openOrCreate(name, size.layout());
    }

    /// Opens a channel that somebody has open, or makes it: one that all have left, or have died
    /// with, is found and removed before, with what is in it.
    ///
    /// @param size of a new one
    /// @throws BadRegionException if it is something else
    public static MessageChannel openOrReplace(String name, Size size) throws IOException {
        return FORMAT.openOrReplace(name, size.layout());
    }

    /// Makes a channel without a name; others get its [#fd].
    public static MessageChannel createAnonymous(Size size) throws IOException {
        return FORMAT.createAnonymous(size.layout());
    }

    /// The channel without a name that came from another process.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws BadRegionException if it is something else
    public static MessageChannel of(Fd fd) throws IOException {
        return FORMAT.of(fd);
    }

    /// The channel that lies in the data of a region, among other things; so thousands can be had
    /// for the price of one region.
    ///
    /// @param offset in the data, a multiple of 64; its [#bytes] are for it alone, and zeros at
    ///   first
    /// @param size the same for all
    /// @throws IllegalArgumentException if it has another size
    public static MessageChannel in(SharedRegion region, long offset, Size size) {
        return new MessageChannel(new ChannelMemory(region, false, offset), size.layout());
    }

    /// What a channel takes in memory, at a multiple of 64.
    public static long bytes(Size size) {
        return size.layout().bytes();
    }

    /// The names of this user's channels.
    public static List<String> list() throws IOException {
        return ChannelKind.MESSAGES.list();
    }

    /// Takes the name away; who has the channel open keeps it.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    public static void unlink(String name) throws IOException {
        FORMAT.unlink(name);
    }

    /// A lane to send by.
    ///
    /// @throws OsException `EBUSY` if all have a sender who is alive
    public MessageSender sender() throws IOException {
        return memory.take(this::senderOfAnyLane);
    }

    private MessageSender senderOfAnyLane() throws IOException {
        IOException damaged = null;
        for (int lane = 0; lane < rings.size(); lane++) {
            try {
                var ring = rings.get(lane).trySender(this::lookAgain);
                if (ring.isPresent()) {
                    senderCounter().increment();
                    var sender = new MessageSender(this, lane, ring.get());
                    return memory.registered(sender, sender::close);
                }
            } catch (BadRegionException | NotRecoverableException e) {
                damaged = e; // perhaps another lane is not
            }
        }
        if (damaged != null) {
            throw damaged;
        }
        var all = "all %d lanes have a sender".formatted(rings.size());
        throw OsException.of("sender", toString(), Errno.EBUSY.number(), all);
    }

    /// The receiving side, or one of several, from the oldest message on that is there
    /// ([MessageReceiver#discard]).
    ///
    /// @throws OsException `EBUSY` if others have all there are, and are alive
    public MessageReceiver receiver() throws IOException {
        return memory.take(() -> layout.isToOne() ? soleReceiver() : several.join());
    }

    /// The receiving side, or one of several, as soon as nobody has it who is alive: for one who
    /// stands by.
    ///
    /// @return empty if others had all there are all the time
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    public Optional<MessageReceiver> receiver(Duration timeout)
            throws IOException, InterruptedException {
        memory.requireOpen();
        if (!layout.isToOne()) {
            return several.join(timeout);
        }
        var first = rings.getFirst().receiver(timeout, this::lookAgain);
        return first.isEmpty() ? Optional.empty() : Optional.of(receiver(first.get()));
    }

    private MessageReceiver soleReceiver() throws IOException {
        return receiver(rings.getFirst().receiver(this::lookAgain));
    }

    /// @param first who has it gets the others, too: all take them in this order
    private MessageReceiver receiver(RingReceiver first) throws IOException {
        var taken = new ArrayList<>(List.of(first));
        boolean isMade = false;
        try {
            for (var ring : rings.subList(1, rings.size())) {
                taken.add(ring.receiver(this::lookAgain));
            }
            var receiver = new MessageReceiver(this, taken, 0, () -> false);
            isMade = true;
            return memory.registered(receiver, receiver::close);
        } finally {
            if (!isMade) {
                RingReceiver.closeAll(taken);
            }
        }
    }

    /// A side was given up: who waits, on either side or for one, looks again.
    void lookAgain() {
        ChannelMemory.lookAgain(sides());
        receiverEvents().lookAgain();
        for (int lane = 0; lane < rings.size(); lane++) {
            ChannelMemory.lookAgain(room(lane));
        }
    }

    ChannelMemory memory() {
        return memory;
    }

    ChannelLayout layout() {
        return layout;
    }

    List<SharedRing> rings() {
        return rings;
    }

    boolean isCompeting() {
        return layout.delivery() == Delivery.COMPETING;
    }

    /// Where those wait who want a side, if there are several receivers.
    EventCount sides() {
        return memory.eventCount(ChannelLayout.MESSAGES);
    }

    ReceiverEvents receiverEvents() {
        return new ReceiverEvents(
                IntStream.range(0, layout.receivers())
                        .mapToObj(receiver -> memory.eventCount(layout.messages(receiver)))
                        .toList());
    }

    EventCount room(int lane) {
        return memory.eventCount(layout.room(lane));
    }

    SharedCounter dropped(int lane) {
        return memory.counter(layout.dropped(lane));
    }

    private SharedCounter senderCounter() {
        return memory.counter(ChannelLayout.SENDERS);
    }

    /// How often somebody took a lane.
    long senders() {
        return senderCounter().get();
    }

    /// True while somebody alive has a lane.
    public boolean hasSender() {
        return rings.stream().anyMatch(SharedRing::hasSender);
    }

    /// True while somebody alive receives.
    public boolean hasReceiver() {
        return layout.isToOne() ? rings.getFirst().hasReceiver() : several.isAny();
    }

    boolean isAnyWaiting() {
        for (var ring : rings) {
            if (ring.status().bytesWaiting() > 0) {
                return true;
            }
        }
        return false;
    }

    /// How it is now.
    public Status status() throws IOException {
        memory.requireOpen();
        var lanes = new ArrayList<Status.Lane>();
        for (int lane = 0; lane < rings.size(); lane++) {
            var ring = rings.get(lane);
            lanes.add(new Status.Lane(ring.whoSends(), ring.status(), dropped(lane).get()));
        }
        var receivers =
                layout.isToOne() ? rings.getFirst().whoReceives().stream().toList() : several.all();
        return new Status(size(), receivers, lanes);
    }

    /// The processes that have it open.
    public List<Participant> participants() {
        return memory.participants();
    }

    /// Has somebody told of each process that dies while it has the channel open, on a virtual
    /// thread of its own; not of those who close it.
    public void onDeath(Consumer<Participant> listener) {
        memory.onDeath(listener);
    }

    /// How large it was made.
    public Size size() {
        return layout.size();
    }

    /// The longest message in bytes.
    public int messageBytesMax() {
        return SharedRing.messageBytesMax(layout.capacity());
    }

    /// Its descriptor, to be handed to another process.
    public Fd fd() {
        return memory.fd();
    }

    /// Gives up all sides that this object has, and the channel; what is in it stays there. More
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
