package parley.channel;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.shm.BadRegionException;
import parley.shm.EventCount;
import parley.shm.NotRecoverableException;
import parley.shm.RingReceiver;
import parley.shm.RingSender;
import parley.shm.SharedCounter;
import parley.shm.SharedRegion;
import parley.shm.SharedRegion.Participant;
import parley.shm.SharedRing;

/// Requests from many clients to one server, and its replies, in memory that their processes share.
///
/// Each client has a lane of his own, and nobody waits for another, be he stopped or dead. A client
/// is told at once when the server dies that has his request, and the server when the client does.
///
/// ```java
/// try (var channel = RequestChannel.openOrCreate("prices", RequestChannel.Size.DEFAULT);
///         var client = channel.client()) {
///     byte[] price = client.call("ACME".getBytes());
/// }
/// ```
///
/// A channel with a name stays until [#unlink]; one without goes with its last process. Safe for
/// many threads, as are its clients and servers.
public final class RequestChannel implements AutoCloseable {
    private static final ChannelFormat<RequestLayout, RequestChannel> FORMAT =
            new ChannelFormat<>(RequestLayout::of, RequestChannel::new);

    private final ChannelMemory memory;
    private final RequestLayout layout;
    private final EventCount requests;
    private final SharedCounter servers;
    private final List<RequestLane> lanes = new ArrayList<>();

    private RequestChannel(ChannelMemory memory, RequestLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.requests = memory.eventCount(RequestLayout.REQUESTS);
        this.servers = memory.counter(RequestLayout.SERVERS);
        for (int number = 0; number < layout.clients(); number++) {
            lanes.add(layout.lane(number, memory));
        }
    }

    /// How large a channel is.
    ///
    /// @param clients how many there may be at a time, 1 to 64
    /// @param requestCapacity bytes for the requests of each: a power of two from 64 to 2^30
    /// @param replyCapacity bytes for the replies to each, the same
    public record Size(int clients, int requestCapacity, int replyCapacity) {
        /// Eight clients, of 64 KiB each way.
        public static final Size DEFAULT = new Size(8, 1 << 16, 1 << 16);

        /// Refuses what cannot be.
        public Size {
            var _ = new RequestLayout(clients, requestCapacity, replyCapacity);
        }

        RequestLayout layout() {
            return new RequestLayout(clients, requestCapacity, replyCapacity);
        }
    }

    /// How a channel is; of no one moment while others use it.
    ///
    /// @param size as it was made
    /// @param hasServer true while somebody alive serves
    /// @param lanes how those of the clients are
    public record Status(Size size, boolean hasServer, List<Lane> lanes) {
        /// Keeps a copy of the list.
        public Status {
            lanes = List.copyOf(lanes);
        }

        /// A client's lane.
        ///
        /// @param hasClient true while somebody alive has it
        /// @param requests from him
        /// @param replies to him
        public record Lane(
                boolean hasClient, SharedRing.Status requests, SharedRing.Status replies) {}
    }

    /// Makes a channel.
    ///
    /// @param name 1 to 200 bytes without a slash
    /// @throws AlreadyExistsException if there is one of this name
    /// @throws OsException `ENOSPC`, `ENOMEM` if there is not that much memory
    public static RequestChannel create(String name, Size size) throws IOException {
        return FORMAT.create(name, size.layout());
    }

    /// Opens a channel.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    /// @throws parley.os.NotPermittedException if it is not this user's alone
    public static RequestChannel open(String name) throws IOException {
        return FORMAT.open(name);
    }

    /// Opens a channel, or makes it if there is none of this name.
    ///
    /// @param size of a new one
    /// @throws BadRegionException if it is something else
    public static RequestChannel openOrCreate(String name, Size size) throws IOException {
        return FORMAT.openOrCreate(name, size.layout());
    }

    /// Opens a channel that somebody has open, or makes it: one that all have left, or have died
    /// with, is found and removed before, with what is in it.
    ///
    /// @throws BadRegionException if it is something else
    public static RequestChannel openOrReplace(String name, Size size) throws IOException {
        return FORMAT.openOrReplace(name, size.layout());
    }

    /// Makes a channel without a name; others get its [#fd].
    public static RequestChannel createAnonymous(Size size) throws IOException {
        return FORMAT.createAnonymous(size.layout());
    }

    /// The channel without a name that came from another process.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws BadRegionException if it is something else
    public static RequestChannel of(Fd fd) throws IOException {
        return FORMAT.of(fd);
    }

    /// The channel that lies in the data of a region, among other things.
    ///
    /// @param offset in the data, a multiple of 64; its [#bytes] are for it alone, and zeros at
    ///   first
    /// @param size the same for all
    /// @throws IllegalArgumentException if it has another size
    public static RequestChannel in(SharedRegion region, long offset, Size size) {
        return new RequestChannel(new ChannelMemory(region, false, offset), size.layout());
    }

    /// What a channel takes in memory, at a multiple of 64.
    public static long bytes(Size size) {
        return size.layout().bytes();
    }

    /// The names of this user's request channels.
    public static List<String> list() throws IOException {
        return ChannelKind.REQUESTS.list();
    }

    /// Takes the name away; who has the channel open keeps it.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    public static void unlink(String name) throws IOException {
        FORMAT.unlink(name);
    }

    /// A lane to call by.
    ///
    /// @throws OsException `EBUSY` if all have a client who is alive
    public RequestClient client() throws IOException {
        return memory.take(this::clientOfAnyLane);
    }

    private RequestClient clientOfAnyLane() throws IOException {
        IOException damaged = null;
        for (var lane : lanes) {
            try {
                var requests = lane.requests().trySender(this::lookAgain);
                if (requests.isPresent()) {
                    return client(lane, requests.get());
                }
            } catch (BadRegionException | NotRecoverableException | OsException e) {
                damaged = e; // or a thread of its last client still uses it; another is free
            }
        }
        if (damaged != null) {
            throw damaged;
        }
        var all = "all %d lanes have a client".formatted(lanes.size());
        throw OsException.of("client", toString(), Errno.EBUSY.number(), all);
    }

    private RequestClient client(RequestLane lane, RingSender requests) throws IOException {
        boolean isMade = false;
        try {
            lane.abandoned().set(lane.ids().get()); // what another has asked for
            var client = new RequestClient(this, lane, requests, lane.replies().receiver());
            isMade = true;
            return memory.registered(client, client::close);
        } finally {
            if (!isMade) {
                requests.close();
            }
        }
    }

    /// The server's side.
    ///
    /// @throws OsException `EBUSY` if another has it, and is alive
    public RequestServer server() throws IOException {
        return memory.take(() -> server(lanes.getFirst().requests().receiver(this::lookAgain)));
    }

    /// The server's side, as soon as nobody has it who is alive: for one who stands by.
    ///
    /// @return empty if another had it all the time
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    public Optional<RequestServer> server(Duration timeout)
            throws IOException, InterruptedException {
        memory.requireOpen();
        var first = lanes.getFirst().requests().receiver(timeout, this::lookAgain);
        return first.isEmpty() ? Optional.empty() : Optional.of(server(first.get()));
    }

    /// @param first who has it gets the others, too: all take them in this order
    private RequestServer server(RingReceiver first) throws IOException {
        var taken = new ArrayList<>(List.of(first));
        var replies = new ArrayList<RingSender>();
        boolean isMade = false;
        try {
            for (var lane : lanes.subList(1, lanes.size())) {
                taken.add(lane.requests().receiver());
            }
            for (var lane : lanes) {
                replies.add(lane.replies().sender());
                lane.inherited().set(lane.requests().takenBytes());
            }
            servers.increment();
            var server = new RequestServer(this, lanes, taken, replies);
            isMade = true;
            lookAgain(); // whose request was inherited
            return memory.registered(server, server::close);
        } finally {
            if (!isMade) {
                RingSender.closeAll(replies);
                RingReceiver.closeAll(taken);
            }
        }
    }

    /// A side was given up: who waits, on either side, looks again.
    private void lookAgain() {
        ChannelMemory.lookAgain(requests);
        lanes.forEach(RequestLane::lookAgain);
    }

    ChannelMemory memory() {
        return memory;
    }

    /// A request was sent.
    EventCount requests() {
        return requests;
    }

    /// How often somebody took the server's side.
    SharedCounter servers() {
        return servers;
    }

    /// True while somebody alive serves.
    public boolean hasServer() {
        return lanes.getFirst().requests().hasReceiver();
    }

    /// How it is now.
    public Status status() throws IOException {
        memory.requireOpen();
        var size = new Size(layout.clients(), layout.requestCapacity(), layout.replyCapacity());
        var each =
                lanes.stream()
                        .map(lane ->
                                new Status.Lane(
                                        lane.requests().hasSender(),
                                        lane.requests().status(),
                                        lane.replies().status()))
                        .toList();
        return new Status(size, hasServer(), each);
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

    /// The longest request in bytes.
    public int requestBytesMax() {
        return RequestFrame.messageBytesMax(layout.requestCapacity());
    }

    /// The longest reply in bytes, or part of one.
    public int replyBytesMax() {
        return RequestFrame.messageBytesMax(layout.replyCapacity());
    }

    /// Its descriptor, to be handed to another process.
    public Fd fd() {
        return memory.fd();
    }

    /// Gives up all sides that this object has, and the channel. More calls do nothing.
    @Override
    public void close() {
        memory.close();
    }

    @Override
    public String toString() {
        return memory.toString();
    }
}
