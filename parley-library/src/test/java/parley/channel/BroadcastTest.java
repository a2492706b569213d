package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.channel.Broadcast.Size;
import parley.contract.Allocations;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.BroadcastRing.Beginning;
import parley.shm.LookAgain;
import parley.shm.MessageHandler;
import parley.shm.OvertakenException;
import parley.shm.SharedRegion;
import parley.shm.WhenSlow;

@Timeout(120)
class BroadcastTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final Size SMALL = new Size(3, 1024, WhenSlow.HOLD_BACK);
    private static final int RECORD = 16; // bytes of a number with its header
    private static final long RECORDS = 512; // where they begin

    private static final Duration LONG = Duration.ofSeconds(50);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment out = arena.allocate(JAVA_LONG);
    private final MemorySegment in = arena.allocate(JAVA_LONG);
    private final List<Broadcast> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Broadcast::close);
        arena.close();
    }

    /// One of two that share a new one.
    private Broadcast broadcast(WhenSlow whenSlow) throws IOException {
        open.add(Broadcast.createAnonymous(SMALL.when(whenSlow)));
        open.add(Broadcast.of(open.getFirst().fd().duplicate()));
        return open.getFirst();
    }

    private Broadcast other() {
        return open.getLast();
    }

    private MemorySegment number(long number) {
        out.set(JAVA_LONG, 0, number);
        return out;
    }

    /// The next message, or a negative number for none.
    private long next(Subscriber subscriber) throws IOException {
        int got = subscriber.tryReceive(in);
        return got < 0 ? got : in.get(JAVA_LONG, 0);
    }

    private static void assertRefused(Errno errno, ThreadKind.Action<?> action) {
        assertEquals(errno, assertThrows(OsException.class, action::run).errno());
    }

    @Test
    void aNameIsOfOneBroadcast() throws Exception {
        var name = Unique.name("broadcast");
        try (var made = Broadcast.create(name, SMALL)) {
            assertTrue(Broadcast.list().contains(name));
            assertFalse(MessageChannel.list().contains(name));
            assertEquals(ChannelKind.BROADCAST, ChannelKind.of(name));
            assertThrows(AlreadyExistsException.class, () -> Broadcast.create(name, SMALL));
            try (var same = Broadcast.openOrCreate(name, Size.DEFAULT)) {
                assertEquals(SMALL, same.status().size());
                assertEquals(2, made.participants().size());
            }
            var mistake = assertThrows(BadRegionException.class, () -> MessageChannel.open(name));
            assertTrue(mistake.getMessage().contains("no message channel"), mistake.getMessage());
        } finally {
            Broadcast.unlink(name);
        }
        assertThrows(NotFoundException.class, () -> Broadcast.open(name));
    }

    @ParameterizedTest
    @EnumSource
    void aSizeIsFoundAsItWasMade(WhenSlow whenSlow) throws Exception {
        for (var size : List.of(new Size(1, 64, whenSlow), new Size(64, 1 << 20, whenSlow))) {
            assertEquals(new BroadcastShape(size).bytes(), Broadcast.bytes(size));
            try (var made = Broadcast.createAnonymous(size);
                    var same = Broadcast.of(made.fd().duplicate())) {
                assertEquals(size, same.status().size());
                assertEquals(size.subscribers(), same.status().places().size());
            }
        }
    }

    @Test
    void aSizeThatCannotBeIsTheCallersMistake() throws Exception {
        var mistake = IllegalArgumentException.class;
        assertThrows(mistake, () -> new Size(0, 1024, WhenSlow.DROP));
        assertThrows(mistake, () -> new Size(65, 1024, WhenSlow.DROP));
        assertThrows(mistake, () -> new Size(1, 1000, WhenSlow.DROP));
        try (var region = SharedRegion.createAnonymous(1, Broadcast.bytes(SMALL))) {
            Broadcast.in(region, 0, SMALL).close();
            assertThrows(mistake, () -> Broadcast.in(region, 0, SMALL.when(WhenSlow.DROP)));
            assertThrows(mistake, () -> Broadcast.in(region, 0, new Size(2, 1024, WhenSlow.DROP)));
        }
    }

    @Test
    void aNumberThatMeansNoBroadcastIsRefused() throws Exception {
        long number = new BroadcastShape(SMALL).number();
        long bits = 0xe000L << Integer.SIZE; // what to do when one is slow
        for (long wrong : new long[] {number | bits, number & ~bits, number + (1L << 48)}) {
            try (var region = SharedRegion.createAnonymous(wrong, Broadcast.bytes(SMALL))) {
                var fd = region.fd().duplicate();
                assertThrows(BadRegionException.class, () -> Broadcast.of(fd));
            }
        }
        try (var region = SharedRegion.createAnonymous(number, 1024)) {
            var fd = region.fd().duplicate();
            assertThrows(BadRegionException.class, () -> Broadcast.of(fd));
        }
    }

    @Test
    void eachSideIsOfOneAtATime() throws Exception {
        var publisher = broadcast(WhenSlow.HOLD_BACK).publisher();
        assertRefused(Errno.EBUSY, () -> other().publisher());
        var waiting = ThreadKind.VIRTUAL.start(() -> other().publisher(LONG).isPresent());
        waiting.awaitBlocked();
        publisher.close();
        assertTrue(waiting.result());
        var subscribers = new ArrayList<Subscriber>();
        for (int place = 0; place < SMALL.subscribers(); place++) {
            subscribers.add(open.get(place % 2).subscriber());
            assertEquals(place, subscribers.get(place).place());
        }
        assertRefused(Errno.EBUSY, () -> other().subscriber());
        assertEquals(3, other().subscribers());
        subscribers.get(1).close();
        assertEquals(1, other().subscriber().place());
    }

    @ParameterizedTest
    @EnumSource
    void everySubscriberGetsEveryMessage(WhenSlow whenSlow) throws Exception {
        var publisher = broadcast(whenSlow).publisher();
        var first = open.getFirst().subscriber();
        var second = other().subscriber();
        for (long i = 0; i < 1000; i++) {
            publisher.send(number(i));
            assertEquals(i, next(first));
            assertEquals(i, next(second));
            assertEquals(Outcome.NOTHING, next(second));
        }
        var third = other().subscriber(Beginning.OLDEST);
        long oldest = next(third);
        assertTrue(oldest > 1000 - SMALL.capacity() / RECORD && oldest < 1000 - 30, "" + oldest);
        for (long i = oldest + 1; i < 1000; i++) {
            assertEquals(i, next(third));
        }
        assertEquals(0, first.lost() + second.lost() + third.lost());
        assertEquals(1000, other().status().published());
    }

    @Test
    void aPublisherIsHeldBackByTheSlowest() throws Exception {
        var publisher = broadcast(WhenSlow.HOLD_BACK).publisher();
        var quick = other().subscriber();
        var slow = other().subscriber();
        long sent = 0;
        while (publisher.trySend(number(sent))) {
            assertEquals(sent++, next(quick));
        }
        assertEquals(SMALL.capacity() / RECORD - 1, sent);
        assertEquals(sent * RECORD, slow.bytesBehind());
        assertEquals(0, quick.bytesBehind());
        var sending = ThreadKind.PLATFORM.start(() -> publisher.send(number(63), LONG));
        sending.awaitBlocked();
        assertEquals(0, next(slow));
        assertTrue(sending.result());
        for (long i = 1; i <= sent; i++) {
            assertEquals(i, next(slow));
        }
    }

    @Test
    void whoLeavesHoldsNobodyBack() throws Exception {
        var publisher = broadcast(WhenSlow.HOLD_BACK).publisher();
        var slow = other().subscriber();
        while (publisher.trySend(number(1))) {}
        var sending = ThreadKind.VIRTUAL.start(() -> publisher.send(number(2), LONG));
        sending.awaitBlocked();
        slow.close();
        assertTrue(sending.result());
        for (long i = 0; i < 1000; i++) {
            assertTrue(publisher.trySend(number(i)));
        }
    }

    @Test
    void whoLosesTheOldestIsToldHowMany() throws Exception {
        var publisher = broadcast(WhenSlow.LOSE_OLDEST).publisher();
        var slow = other().subscriber();
        for (long i = 0; i < 200; i++) {
            assertTrue(publisher.trySend(number(i)));
        }
        long first = next(slow);
        assertEquals(first, slow.lost());
        assertTrue(first > 200 - SMALL.capacity() / RECORD, first + " is the oldest");
        for (long i = first + 1; i < 200; i++) {
            assertEquals(i, next(slow));
        }
        assertEquals(Outcome.NOTHING, next(slow));
        assertEquals(first, other().status().places().getFirst().lost());
        assertEquals(0, other().subscriber().lost());
    }

    @Test
    void aHandlersMessageStaysWhatItWasWhileItIsOverwritten() throws Exception {
        var publisher = broadcast(WhenSlow.LOSE_OLDEST).publisher();
        var slow = other().subscriber();
        publisher.send(number(-1));
        var seen = new ArrayList<Long>();
        MessageHandler overtaken =
                (memory, offset, bytes) -> {
                    for (long i = 0; seen.isEmpty() && i < 200; i++) {
                        publisher.trySend(number(i));
                    }
                    assertEquals(JAVA_LONG.byteSize(), bytes);
                    return seen.add(memory.get(JAVA_LONG, offset));
                };
        assertEquals(2, slow.drain(overtaken, 2));
        assertEquals(-1, seen.getFirst());
        assertEquals(slow.lost(), seen.getLast());
        MessageHandler leaves = (_, _, _) -> false;
        assertEquals(0, slow.drain(leaves, 1));
        assertEquals(seen.getLast() + 1, next(slow));
    }

    @Test
    void whoIsDroppedIsToldOnce() throws Exception {
        var publisher = broadcast(WhenSlow.DROP).publisher();
        var slow = other().subscriber();
        var quick = other().subscriber();
        for (long i = 0; i < 200; i++) {
            publisher.send(number(i));
            assertEquals(i, next(quick));
        }
        assertEquals(2, other().subscribers());
        var told = assertThrows(OvertakenException.class, () -> slow.receive(in, LONG));
        assertTrue(told.lost() > 0, told.getMessage());
        var after = assertThrows(ClosedChannelException.class, () -> slow.receive(in));
        assertFalse(after instanceof OvertakenException);
        assertEquals(1, other().subscribers());
        assertEquals(0, other().subscriber().place()); // it is free
    }

    @ParameterizedTest
    @EnumSource
    void whoIsDroppedWhileHeWaitsIsTold(ThreadKind kind) throws Exception {
        var publisher = broadcast(WhenSlow.DROP).publisher();
        var slow = other().subscriber();
        var held = new AtomicInteger();
        MessageHandler holds =
                (_, _, _) -> {
                    held.incrementAndGet();
                    for (long i = 0; i < 200; i++) {
                        publisher.trySend(number(i));
                    }
                    return true;
                };
        var receiving = kind.start(() -> slow.drain(holds, 2));
        receiving.awaitBlocked();
        publisher.send(number(1));
        assertThrows(OvertakenException.class, receiving::result);
        assertEquals(1, held.get());
    }

    @Test
    void nothingIsLostBetweenJoiningAndTheFirstMessage() throws Exception {
        var publisher = broadcast(WhenSlow.HOLD_BACK).publisher();
        var isOver = new AtomicBoolean();
        var sending =
                ThreadKind.PLATFORM.start(() -> {
                    long number = 0;
                    for (; !isOver.get(); number++) {
                        publisher.send(number(number));
                    }
                    return number;
                });
        var mine = arena.allocate(JAVA_LONG);
        for (int i = 0; i < 2000; i++) {
            var beginning = i % 2 == 0 ? Beginning.NEXT : Beginning.OLDEST;
            try (var subscriber = other().subscriber(beginning)) {
                assertEquals(JAVA_LONG.byteSize(), subscriber.receive(mine));
                long first = mine.get(JAVA_LONG, 0);
                for (long next = first + 1; next < first + 100; next++) {
                    assertEquals(JAVA_LONG.byteSize(), subscriber.receive(mine));
                    assertEquals(next, mine.get(JAVA_LONG, 0));
                }
                assertEquals(0, subscriber.lost());
            }
        }
        isOver.set(true);
        assertEquals(sending.result(), other().status().published());
    }

    /// As fast as they can, and of any length.
    @Test
    void whatIsLostAndWhatIsReceivedIsAllThatWasPublished() throws Exception {
        var publisher = broadcast(WhenSlow.LOSE_OLDEST).publisher();
        var running = new ArrayList<ThreadKind.Running<Long>>();
        for (int i = 0; i < SMALL.subscribers(); i++) {
            var subscriber = other().subscriber().whenAlone(WhenAlone.END);
            running.add(ThreadKind.alternating(i).start(() -> received(subscriber)));
        }
        int times = 1_000_000;
        try (publisher) {
            var message = arena.allocate(500, JAVA_LONG.byteAlignment());
            for (int i = 0; i < times; i++) {
                int words = 1 + i % 60;
                for (int at = 0; at < words; at++) {
                    message.setAtIndex(JAVA_LONG, at, i);
                }
                publisher.send(message.asSlice(0, words * JAVA_LONG.byteSize()));
            }
        }
        for (var each : running) {
            assertEquals(times, each.result());
        }
    }

    /// All words of a message are its number.
    private long received(Subscriber subscriber) throws Exception {
        var mine = arena.allocate(500, JAVA_LONG.byteAlignment());
        long received = 0;
        for (int bytes; (bytes = subscriber.receive(mine)) != Outcome.END; ) {
            long number = mine.get(JAVA_LONG, 0);
            assertEquals(received + subscriber.lost(), number);
            assertEquals((1 + number % 60) * JAVA_LONG.byteSize(), bytes);
            for (int at = 1; at < bytes / JAVA_LONG.byteSize(); at++) {
                assertEquals(number, mine.getAtIndex(JAVA_LONG, at));
            }
            received++;
        }
        return received + subscriber.lost();
    }

    @Test
    void publishingToNobodySucceedsUnlessItIsNotWanted() throws Exception {
        var publisher = broadcast(WhenSlow.HOLD_BACK).publisher().whenAlone(WhenAlone.END);
        for (long i = 0; i < 200; i++) {
            publisher.send(number(i));
        }
        var subscriber = other().subscriber();
        publisher.send(number(200));
        assertEquals(200, next(subscriber));
        while (publisher.trySend(number(1))) {}
        var sending = ThreadKind.PLATFORM.start(() -> publisher.send(number(2), LONG));
        sending.awaitBlocked();
        subscriber.close();
        assertThrows(PeerGoneException.class, sending::result);
        assertThrows(PeerGoneException.class, () -> publisher.loan(1));
        publisher.whenAlone(WhenAlone.WAIT).send(number(3));
    }

    @ParameterizedTest
    @EnumSource
    void theEndIsToldToWhoAsksForIt(ThreadKind kind) throws Exception {
        var subscriber = broadcast(WhenSlow.HOLD_BACK).subscriber().whenAlone(WhenAlone.END);
        assertEquals(Outcome.NOTHING, subscriber.receive(in, Duration.ofMillis(20)));
        var receiving =
                kind.start(() -> {
                    assertEquals(8, subscriber.receive(in));
                    return subscriber.receive(in);
                });
        receiving.awaitBlocked();
        var publisher = other().publisher();
        publisher.send(number(1));
        publisher.close();
        assertEquals(Outcome.END, receiving.result());
        assertTrue(subscriber.receive().isEmpty());
        var late = other().subscriber(Beginning.OLDEST).whenAlone(WhenAlone.END);
        assertEquals(8, late.receive().orElseThrow().length);
        assertEquals(Outcome.END, late.receive(in));
    }

    @ParameterizedTest
    @EnumSource
    void aPublisherWaitsForSubscribers(ThreadKind kind) throws Exception {
        var publisher = broadcast(WhenSlow.DROP).publisher();
        assertFalse(publisher.awaitSubscribers(1, Duration.ofMillis(5)));
        var waiting = kind.start(() -> publisher.awaitSubscribers(2, LONG));
        waiting.awaitBlocked();
        var _ = other().subscriber();
        var _ = other().subscriber();
        assertTrue(waiting.result());
        var again = kind.start(() -> publisher.awaitSubscribers(3, LONG));
        again.awaitBlocked();
        publisher.close();
        assertThrows(ClosedChannelException.class, again::result);
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsEndsByAnInterruptOrAClose(ThreadKind kind) throws Exception {
        var subscriber = broadcast(WhenSlow.HOLD_BACK).subscriber();
        var interrupted = kind.start(() -> subscriber.receive(in));
        interrupted.awaitBlocked();
        interrupted.interrupt();
        assertThrows(InterruptedException.class, interrupted::result);
        var closed = kind.start(() -> subscriber.receive(in));
        closed.awaitBlocked();
        subscriber.close();
        assertThrows(ClosedChannelException.class, closed::result);
        var publisher = other().publisher();
        var _ = open.getFirst().subscriber();
        while (publisher.trySend(number(1))) {}
        var full = kind.start(() -> publisher.send(number(2), LONG));
        full.awaitBlocked();
        other().close();
        assertThrows(ClosedChannelException.class, full::result);
        assertThrows(ClosedChannelException.class, () -> other().subscriber());
    }

    @Test
    void aLoanIsPublishedWhenItIsCommitted() throws Exception {
        var publisher = broadcast(WhenSlow.LOSE_OLDEST).publisher();
        var subscriber = other().subscriber();
        for (int i = 0; i < 100; i++) {
            try (var loan = publisher.loan(300)) {
                loan.segment().fill((byte) i);
                assertTrue(subscriber.tryReceive().isEmpty());
                loan.commit(3);
            }
            byte each = (byte) i;
            assertArrayEquals(new byte[] {each, each, each}, subscriber.receive().orElseThrow());
            try (var _ = publisher.loan(10)) {
                assertThrows(IllegalStateException.class, () -> publisher.send(number(1)));
            }
        }
        assertRefused(Errno.EMSGSIZE, () -> publisher.loan(other().messageBytesMax() + 1));
        publisher.send(new byte[other().messageBytesMax()]);
        assertRefused(Errno.EMSGSIZE, () -> subscriber.tryReceive(in));
        assertEquals(other().messageBytesMax(), subscriber.receive().orElseThrow().length);
    }

    @Test
    void whatBecomesOfAMessageWithoutRoomIsAChoice() throws Exception {
        var publisher = broadcast(WhenSlow.HOLD_BACK).publisher().whenFull(WhenFull.REFUSE);
        var slow = other().subscriber();
        while (publisher.trySend(number(1))) {}
        assertRefused(
                Errno.EAGAIN,
                () -> {
                    publisher.send(number(2));
                    return 0;
                });
        publisher.whenFull(WhenFull.DROP_NEWEST).send(number(3));
        assertEquals(1, publisher.dropped());
        assertEquals(1, other().status().dropped());
        while (next(slow) >= 0) {
            assertEquals(1, in.get(JAVA_LONG, 0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMessageIsNoGarbage(WhenSlow whenSlow) throws Throwable {
        var publisher = broadcast(whenSlow).publisher();
        var first = other().subscriber();
        var second = other().subscriber();
        MessageHandler handler = (memory, offset, _) -> memory.get(JAVA_INT, offset) == 1;
        var message = number(1);
        Allocations.assertNone(() -> {
            publisher.send(message);
            assertEquals(8, first.receive(in));
            assertEquals(1, second.drain(handler, 1));
            try (var loan = publisher.loan(4)) {
                loan.memory().set(JAVA_INT, loan.offset(), 1);
                loan.commit();
            }
            assertEquals(1, first.drain(handler, 1));
            assertEquals(4, second.receive(in));
        });
    }

    @ParameterizedTest
    @EnumSource
    void eachWayToWaitComesToAnEnd(Waiting waiting) throws Exception {
        var publisher = broadcast(WhenSlow.HOLD_BACK).publisher().waiting(waiting);
        int times = 2_000;
        var running = new ArrayList<ThreadKind.Running<Long>>();
        for (int i = 0; i < 2; i++) {
            var subscriber = other().subscriber().waiting(waiting).whenAlone(WhenAlone.END);
            running.add(ThreadKind.PLATFORM.start(() -> received(subscriber)));
        }
        var message = arena.allocate(500, JAVA_LONG.byteAlignment());
        for (long i = 0; i < times; i++) {
            int words = (int) (1 + i % 60);
            for (int at = 0; at < words; at++) {
                message.setAtIndex(JAVA_LONG, at, i);
            }
            publisher.send(message.asSlice(0, words * JAVA_LONG.byteSize()));
        }
        publisher.close();
        for (var each : running) {
            assertEquals(times, each.result());
        }
    }

    @Test
    void aSideThatIsUsedByTwoIsTold() throws Exception {
        var publisher = broadcast(WhenSlow.HOLD_BACK).publisher();
        publisher.send(number(1));
        var subscriber = other().subscriber(Beginning.OLDEST);
        MessageHandler again = (_, _, _) -> subscriber.tryReceive().isPresent();
        assertThrows(IllegalStateException.class, () -> subscriber.drain(again, 10));
        MessageHandler closes =
                (memory, offset, _) -> {
                    other().close();
                    return memory.get(JAVA_LONG, offset) > 0; // still there
                };
        publisher.send(number(2));
        subscriber.close();
        var next = other().subscriber(Beginning.OLDEST);
        assertEquals(1, next.drain(closes, 10));
        assertThrows(ClosedChannelException.class, () -> next.tryDrain(closes, 10));
    }

    @ParameterizedTest
    @EnumSource
    void whatCannotBeIsNoCrash(WhenSlow whenSlow) throws Exception {
        var size = SMALL.when(whenSlow);
        try (var region = SharedRegion.createAnonymous(1, Broadcast.bytes(size))) {
            var one = Broadcast.in(region, 0, size);
            var subscriber = one.subscriber();
            for (int word : new int[] {1, 7, 1025, Integer.MAX_VALUE, -1, -1024, 1 << 31}) {
                region.data().set(JAVA_INT, RECORDS, word);
                assertThrows(BadRegionException.class, subscriber::tryReceive, "" + word);
                assertThrows(BadRegionException.class, one::publisher, "" + word);
            }
            region.data().set(JAVA_INT, RECORDS, 0);
            one.publisher().send(number(4));
            assertEquals(4, next(subscriber));
            for (long oldest : new long[] {8, 1 << 20, -8, Long.MIN_VALUE, 3}) {
                region.data().set(JAVA_LONG, 384, (oldest << 3) + (oldest & 1));
                assertNoCrash(one, subscriber);
            }
            one.close();
        }
    }

    /// Whatever it comes to: an exception or a message.
    private static void assertNoCrash(Broadcast broadcast, Subscriber subscriber) {
        for (var use :
                List.<ThreadKind.Action<?>>of(
                        subscriber::tryReceive,
                        () -> broadcast.subscriber(Beginning.OLDEST).tryReceive(),
                        broadcast::subscriber,
                        broadcast::publisher)) {
            try {
                Object _ = use.run();
            } catch (Exception e) {
                assertTrue(e instanceof IOException, e.toString());
            }
        }
    }

    @Test
    void theRegionMayBeClosedBeforeItsBroadcasts() throws Exception {
        var region = SharedRegion.createAnonymous(1, Broadcast.bytes(SMALL));
        var one = Broadcast.in(region, 0, SMALL);
        var publisher = one.publisher();
        var subscriber = one.subscriber();
        var receiving = ThreadKind.VIRTUAL.start(() -> subscriber.receive());
        receiving.awaitBlocked();
        region.close();
        assertThrows(ClosedChannelException.class, receiving::result);
        assertThrows(ClosedChannelException.class, () -> publisher.trySend(MemorySegment.NULL));
        one.close();
        assertThrows(ClosedChannelException.class, () -> one.subscriber());
    }
}
