package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.channel.RequestChannel.Size;
import parley.contract.Allocations;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.LookAgain;
import parley.shm.SharedRegion;

@Timeout(120)
class RequestChannelTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final Size SMALL = new Size(3, 1024, 1024);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(50);

    private final String name = Unique.name("requests");
    private final Arena arena = Arena.ofShared();
    private RequestChannel channel;
    private RequestChannel other;

    @BeforeEach
    void open() throws IOException {
        channel = RequestChannel.create(name, SMALL);
        other = RequestChannel.open(name);
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        other.close();
        RequestChannel.unlink(name);
        arena.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static void assertRefused(Errno errno, ThreadKind.Action<?> action) {
        assertEquals(errno, assertThrows(OsException.class, action::run).errno());
    }

    /// A server that answers with what was asked, and an exclamation mark.
    private ThreadKind.Running<Boolean> echo(RequestServer server) {
        return ThreadKind.PLATFORM.start(() -> {
            server.serve(request -> bytes(new String(request.bytes(), UTF_8) + "!"));
            return true;
        });
    }

    @Test
    void aNameIsOfOneChannel() throws Exception {
        assertTrue(RequestChannel.list().contains(name));
        assertEquals(ChannelKind.REQUESTS, ChannelKind.of(name));
        assertThrows(AlreadyExistsException.class, () -> RequestChannel.create(name, SMALL));
        try (var same = RequestChannel.openOrCreate(name, Size.DEFAULT)) {
            assertEquals(SMALL, same.status().size());
        }
        assertThrows(NotFoundException.class, () -> RequestChannel.open(name + "-none"));
    }

    @Test
    void whatIsNoChannelIsRefused() throws Exception {
        for (var size : List.of(SMALL, new Size(64, 64, 1 << 30), new Size(1, 1 << 30, 64))) {
            var layout = size.layout();
            assertEquals(layout, RequestLayout.of(layout.number(), "it"));
        }
        long number = SMALL.layout().number();
        long tooSmall = number & ~(0x3ffL << 38); // rings of a byte
        for (long wrong : new long[] {7, number + (1L << 48), tooSmall}) {
            try (var region = SharedRegion.createAnonymous(wrong, 1 << 16)) {
                assertThrows(
                        BadRegionException.class, () -> RequestChannel.of(region.fd().duplicate()));
            }
        }
        try (var region = SharedRegion.createAnonymous(number, 4096)) {
            assertThrows(
                    BadRegionException.class, () -> RequestChannel.of(region.fd().duplicate()));
        }
        var mistake = IllegalArgumentException.class;
        assertThrows(mistake, () -> new Size(0, 1024, 1024));
        assertThrows(mistake, () -> new Size(65, 1024, 1024));
        assertThrows(mistake, () -> new Size(1, 1000, 1024));
        assertThrows(mistake, () -> new Size(1, 1024, 32));
    }

    @Test
    void eachSideIsOfOneAtATime() throws Exception {
        var server = channel.server();
        assertRefused(Errno.EBUSY, other::server);
        assertTrue(other.server(SHORT).isEmpty());
        var standingBy = ThreadKind.VIRTUAL.start(() -> other.server(LONG).orElseThrow());
        standingBy.awaitBlocked();
        server.close();
        standingBy.result().close();
        assertFalse(channel.hasServer());
        var clients = new ArrayList<RequestClient>();
        for (int i = 0; i < SMALL.clients(); i++) {
            clients.add((i % 2 == 0 ? channel : other).client());
        }
        assertRefused(Errno.EBUSY, channel::client);
        clients.get(1).close();
        channel.client().close();
    }

    @ParameterizedTest
    @EnumSource
    void aCallIsAnswered(ThreadKind kind) throws Exception {
        var client = channel.client();
        var calling =
                kind.start(() -> {
                    var first = client.call(bytes("one"));
                    assertArrayEquals(bytes("two!"), client.call(bytes("two"), LONG).orElseThrow());
                    return first;
                });
        calling.awaitBlocked(); // there is no server yet
        var server = other.server();
        var serving = echo(server);
        assertArrayEquals(bytes("one!"), calling.result());
        var reply = arena.allocate(100);
        assertEquals(6, client.call(arena.allocateFrom("three").asSlice(0, 5), reply));
        assertEquals('!', reply.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 5));
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    void whatIsTooLongIsRefused() throws Exception {
        var client = channel.client();
        var server = other.server();
        int most = channel.requestBytesMax();
        assertEquals(488, most);
        assertRefused(Errno.EMSGSIZE, () -> client.call(new byte[most + 1]));
        var calling = ThreadKind.PLATFORM.start(() -> client.call(new byte[most]));
        var request = server.receive();
        assertEquals(most, request.bytes().length);
        assertRefused(Errno.EMSGSIZE, () -> request.reply(new byte[channel.replyBytesMax() + 1]));
        assertTrue(request.reply(new byte[channel.replyBytesMax()]));
        assertEquals(channel.replyBytesMax(), calling.result().length);
        assertThrows(IllegalStateException.class, () -> request.reply(new byte[0]));
        var small =
                ThreadKind.PLATFORM.start(() -> client.call(MemorySegment.NULL, arena.allocate(3)));
        assertTrue(server.receive().reply(new byte[4]));
        assertRefused(Errno.EMSGSIZE, small::result);
        var serving =
                ThreadKind.PLATFORM.start(() -> {
                    server.serve(_ -> new byte[channel.replyBytesMax() + 1]);
                    return true;
                });
        assertThrows(RequestFailedException.class, () -> client.call(bytes("too much")));
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    void aFailureIsToldInTheServersWords() throws Exception {
        var client = channel.client();
        var server = other.server();
        var serving =
                ThreadKind.PLATFORM.start(() -> {
                    server.serve(request -> {
                        throw new IllegalArgumentException(new String(request.bytes(), UTF_8));
                    });
                    return true;
                });
        var failure = assertThrows(RequestFailedException.class, () -> client.call(bytes("nö")));
        assertEquals("nö", failure.getMessage());
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    void aCallWhoseTimeIsOverIsSeenByTheServerAndItsReplyIsDropped() throws Exception {
        var client = channel.client();
        var server = other.server();
        assertTrue(client.call(bytes("early"), SHORT).isEmpty());
        assertTrue(server.tryReceive().isEmpty()); // nobody waits for it
        var calling = ThreadKind.VIRTUAL.start(() -> client.call(bytes("late"), LONG));
        var request = server.receive();
        assertFalse(request.isCancelled());
        assertFalse(request.deadline().isNever());
        calling.interrupt();
        assertThrows(InterruptedException.class, calling::result);
        assertTrue(request.isCancelled());
        assertFalse(request.reply(bytes("too late")));
        var again = ThreadKind.VIRTUAL.start(() -> client.call(bytes("again")));
        assertTrue(server.receive().reply(bytes("again!")));
        assertArrayEquals(bytes("again!"), again.result());
    }

    @Test
    void aReplyThatWasSentBeforeTheCallWasGivenUpIsSkipped() throws Exception {
        var client = channel.client();
        var server = other.server();
        var calling =
                ThreadKind.PLATFORM.start(() -> {
                    try (var replies = client.stream(bytes("first"))) {
                        return replies.next();
                    }
                });
        var first = server.receive();
        assertTrue(first.part(bytes("1")));
        assertArrayEquals(bytes("1"), calling.result().orElseThrow());
        assertFalse(first.part(bytes("2")));
        assertTrue(first.isCancelled());
    }

    /// As if the server had looked just before.
    @Test
    void aReplyToAnotherRequestIsSkipped() throws Exception {
        var client = channel.client();
        var server = other.server();
        var calling = ThreadKind.PLATFORM.start(() -> client.call(bytes("x")));
        var request = server.receive();
        server.close();
        assertThrows(PeerGoneException.class, calling::result);
        long id = request.id();
        try (var region = SharedRegion.open(name, SMALL.layout().number());
                var replies = SMALL.layout().lane(0, memory(region)).replies().sender()) {
            for (long wrong : new long[] {id, 0, -1, id + 2}) {
                assertTrue(replies.trySend(frame(wrong, RequestFrame.LAST)));
            }
        }
        var next = other.server();
        var again = ThreadKind.PLATFORM.start(() -> client.call(bytes("y")));
        assertTrue(next.receive().reply(bytes("y!")));
        assertArrayEquals(bytes("y!"), again.result());
    }

    private static ChannelMemory memory(SharedRegion region) {
        return new ChannelMemory(region, false, 0);
    }

    private MemorySegment frame(long id, long second) {
        var frame = arena.allocate(RequestFrame.HEADER_BYTES, Long.BYTES);
        frame.set(JAVA_LONG, 0, id);
        frame.set(JAVA_LONG, Long.BYTES, second);
        return frame;
    }

    @Test
    void aReplyThatCannotBeIsTold() throws Exception {
        var client = channel.client();
        for (var wrong : List.of(frame(2, 0), frame(4, 7), frame(6, -1), arena.allocate(3))) {
            var gone = other.server();
            var lost = ThreadKind.PLATFORM.start(() -> client.call(bytes("x")));
            var _ = gone.receive();
            gone.close();
            assertThrows(PeerGoneException.class, lost::result);
            try (var region = SharedRegion.open(name, SMALL.layout().number());
                    var replies = SMALL.layout().lane(0, memory(region)).replies().sender()) {
                assertTrue(replies.trySend(wrong));
            }
            try (var server = other.server()) {
                var calling = ThreadKind.PLATFORM.start(() -> client.call(bytes("y")));
                assertThrows(BadRegionException.class, calling::result);
                assertTrue(server.tryReceive().isEmpty()); // it is not waited for
            }
        }
    }

    @Test
    void aRequestThatCannotBeIsSkipped() throws Exception {
        var server = other.server();
        try (var region = SharedRegion.open(name, SMALL.layout().number());
                var requests = SMALL.layout().lane(0, memory(region)).requests().sender()) {
            assertTrue(requests.trySend(arena.allocate(3)));
            assertTrue(requests.trySend(frame(-5, 0))); // of long ago
            assertTrue(requests.trySend(frame(5, -1))); // over since the host was started
            assertTrue(server.tryReceive().isEmpty());
            assertTrue(requests.trySend(frame(6, 0)));
            assertEquals(0, server.tryReceive().orElseThrow().bytes().length);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReplyMayComeInParts(ThreadKind kind) throws Exception {
        var client = channel.client();
        var server = other.server();
        var serving =
                ThreadKind.PLATFORM.start(() -> {
                    server.serve(request -> {
                        for (int i = 0; i < 100; i++) {
                            if (!request.part(new byte[] {(byte) i, (byte) i, 7})) {
                                return new byte[0];
                            }
                        }
                        return bytes("end");
                    });
                    return true;
                });
        var calling =
                kind.start(() -> {
                    try (var replies = client.stream(bytes("all"), LONG)) {
                        var parts = new ArrayList<byte[]>();
                        var part = replies.next();
                        while (part.isPresent()) {
                            parts.add(part.get());
                            part = replies.next();
                        }
                        assertTrue(replies.next().isEmpty());
                        return parts;
                    }
                });
        var parts = calling.result();
        assertEquals(101, parts.size());
        assertArrayEquals(new byte[] {99, 99, 7}, parts.get(99));
        assertArrayEquals(bytes("end"), parts.getLast());
        assertEquals(303, client.call(bytes("whole")).length);
        assertEquals(303, client.call(MemorySegment.NULL, arena.allocate(303)));
        try (var replies = client.stream(bytes("some"))) {
            var sum = new AtomicInteger();
            replies.forEach((memory, offset, bytes) -> sum.addAndGet(bytes) < 30);
            assertEquals(30, sum.get());
        }
        assertEquals(303, client.call(bytes("whole, again")).length);
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    void aStreamHasTheClientUntilItIsClosed() throws Exception {
        var client = channel.client();
        var server = other.server();
        var replies = client.stream(bytes("x"), SHORT);
        assertThrows(IllegalStateException.class, () -> client.call(bytes("y")));
        var waiting = ThreadKind.VIRTUAL.start(() -> client.call(bytes("z")));
        waiting.awaitBlocked();
        assertTrue(
                ThreadKind.VIRTUAL.start(() -> client.call(bytes("t"), SHORT)).result().isEmpty());
        assertRefused(Errno.ETIMEDOUT, replies::next);
        assertTrue(replies.next().isEmpty());
        replies.close();
        replies.close();
        assertTrue(server.receive().reply(bytes("z!")));
        assertArrayEquals(bytes("z!"), waiting.result());
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsIsToldWhenTheServerLeaves(ThreadKind kind) throws Exception {
        var client = channel.client();
        var server = other.server();
        var calling = kind.start(() -> client.call(bytes("x")));
        var request = server.receive();
        calling.awaitBlocked();
        server.close();
        assertEquals(
                Errno.ECONNRESET, assertThrows(PeerGoneException.class, calling::result).errno());
        assertTrue(request.isCancelled());
        assertThrows(ClosedChannelException.class, () -> request.reply(bytes("x!")));
    }

    @Test
    void whatNoServerHasTakenIsForTheNext() throws Exception {
        var client = channel.client();
        var first = other.server();
        var calling = ThreadKind.VIRTUAL.start(() -> client.call(bytes("x")));
        calling.awaitBlocked();
        first.close();
        try (var next = other.server()) {
            assertTrue(next.receive().reply(bytes("x!")));
        }
        assertArrayEquals(bytes("x!"), calling.result());
        client.whenAlone(WhenAlone.END);
        assertRefused(Errno.EPIPE, () -> client.call(bytes("y")));
        try (var next = other.server()) {
            assertTrue(next.tryReceive().isEmpty());
        }
    }

    @Test
    void whoAsksForItIsNotAloneBeforeTheFirstServer() throws Exception {
        var client = channel.client().whenAlone(WhenAlone.END);
        assertTrue(client.call(bytes("x"), SHORT).isEmpty());
    }

    @Test
    void aRequestIsReadWhereItLies() throws Exception {
        var client = channel.client();
        var server = other.server();
        var calling = ThreadKind.PLATFORM.start(() -> client.call(bytes("abc")));
        var later = new ArrayList<Request>();
        server.handle((request, memory, offset, bytes) -> {
            assertEquals(3, bytes);
            assertEquals('a', memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, offset));
            assertThrows(IllegalStateException.class, request::bytes);
            later.add(request);
        });
        assertTrue(later.getFirst().reply(bytes("ok")));
        assertArrayEquals(bytes("ok"), calling.result());
        assertFalse(server.handle((_, _, _, _) -> {}, SHORT));
        var second = ThreadKind.PLATFORM.start(() -> client.call(bytes("abc"), LONG));
        assertThrows(
                InterruptedException.class,
                () ->
                        server.handle((request, _, _, _) -> {
                            assertTrue(request.fail("no"));
                            throw new InterruptedException();
                        }));
        assertThrows(RequestFailedException.class, second::result);
    }

    @Test
    void repliesGoInAnyOrderAndFromAnyThread() throws Exception {
        var server = other.server();
        var clients = List.of(channel.client(), channel.client(), other.client());
        var calling =
                clients.stream()
                        .map(client -> ThreadKind.VIRTUAL.start(() -> client.call(bytes("x"))))
                        .toList();
        var requests = new ArrayList<Request>();
        for (var _ : clients) {
            requests.add(server.receive(LONG).orElseThrow());
        }
        for (var request : requests.reversed()) {
            assertTrue(ThreadKind.PLATFORM.start(() -> request.reply(request.bytes())).result());
        }
        for (var call : calling) {
            assertArrayEquals(bytes("x"), call.result());
        }
    }

    @Test
    void aClientWhoDoesNotReadDelaysNobodyForLong() throws Exception {
        var client = channel.client();
        var server = other.server().patience(SHORT);
        try (var _ = client.stream(bytes("x"))) {
            var request = server.receive();
            int parts = 0;
            while (request.part(new byte[100])) {
                parts++;
            }
            assertTrue(parts > 3, parts + " parts");
            assertFalse(request.isCancelled());
            server.patience(LONG);
            var sending = ThreadKind.VIRTUAL.start(() -> request.part(new byte[100]));
            sending.awaitBlocked();
            client.close();
            assertFalse(sending.result());
        }
    }

    @Test
    void tenThousandCallsOfVirtualThreadsShareThreeClients() throws Exception {
        var server = other.server();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var serving =
                    ThreadKind.PLATFORM.start(() -> {
                        server.serve(Request::bytes, executor);
                        return true;
                    });
            var clients = List.of(channel.client(), channel.client(), other.client());
            var calls = new ArrayList<ThreadKind.Running<byte[]>>();
            for (int i = 0; i < 10_000; i++) {
                var client = clients.get(i % clients.size());
                var body = bytes("request " + i);
                calls.add(ThreadKind.VIRTUAL.start(() -> client.call(body)));
            }
            for (int i = 0; i < calls.size(); i++) {
                assertArrayEquals(bytes("request " + i), calls.get(i).result());
            }
            server.close();
            assertThrows(ClosedChannelException.class, serving::result);
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingEndsWhatWaits(ThreadKind kind) throws Exception {
        var client = channel.client();
        var calling = kind.start(() -> client.call(bytes("x")));
        calling.awaitBlocked();
        var server = other.server();
        var _ = server.receive();
        var receiving = kind.start(server::receive);
        receiving.awaitBlocked();
        channel.close();
        other.close();
        assertThrows(AsynchronousCloseException.class, calling::result);
        assertThrows(AsynchronousCloseException.class, receiving::result);
        assertThrows(ClosedChannelException.class, () -> client.call(bytes("x")));
        assertThrows(ClosedChannelException.class, server::tryReceive);
        assertThrows(ClosedChannelException.class, channel::client);
    }

    @ParameterizedTest
    @EnumSource
    void eachWayToWaitComesToAnEnd(Waiting waiting) throws Exception {
        var client = channel.client().waiting(waiting);
        var server = other.server().waiting(waiting);
        assertTrue(client.call(bytes("x"), SHORT).isEmpty());
        var serving = echo(server);
        for (int i = 0; i < 1000; i++) {
            assertArrayEquals(bytes(i + "!"), client.call(bytes("" + i)));
        }
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    void aCallIsNoGarbage() throws Throwable {
        var client = channel.client().waiting(Waiting.SPIN);
        var request = arena.allocate(8);
        var reply = arena.allocate(8);
        var server = other.server().waiting(Waiting.SPIN);
        var serving =
                ThreadKind.PLATFORM.start(() -> {
                    var answer = arena.allocate(8);
                    while (true) {
                        server.handle((asked, _, _, _) -> asked.reply(answer));
                    }
                });
        Allocations.assertNone(() -> assertEquals(8, client.call(request, reply)));
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    void noSystemCallIsMadeWhileBothSidesAreAwake() throws Exception {
        var client = channel.client().waiting(Waiting.SPIN);
        var server = other.server().waiting(Waiting.SPIN);
        var serving = echo(server);
        var calls = new AtomicInteger();
        var faults = Calls.counting("futex", calls);
        faults.addAll(Calls.counting("membarrier", calls));
        for (int i = 0; i < 1000; i++) {
            var _ = client.call(bytes("x"));
        }
        assertEquals(0, calls.get());
        faults.forEach(Faults.Fault::close);
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    void severalLieInOneRegion() throws Exception {
        long each = RequestChannel.bytes(SMALL);
        try (var region = SharedRegion.createAnonymous(1, 2 * each)) {
            for (long offset : new long[] {0, each}) {
                var one = RequestChannel.in(region, offset, SMALL);
                var serving = echo(one.server());
                assertEquals(2, one.client().call(bytes("x")).length);
                assertEquals(1, one.status().lanes().getFirst().requests().sent());
                one.close();
                assertThrows(ClosedChannelException.class, serving::result);
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () -> RequestChannel.in(region, 0, new Size(3, 2048, 1024)));
        }
        assertEquals(2, channel.participants().size());
        assertEquals(
                Outcome.NOTHING,
                channel.client().call(MemorySegment.NULL, MemorySegment.NULL, Duration.ZERO));
    }
}
