package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.channel.MessageChannel.Size;
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
import parley.shm.MessageHandler;
import parley.shm.SharedRegion;

@Timeout(120)
class MessageChannelTest {
    private static final Size SMALL = new Size(3, 1024);

    private static final Duration LONG = Duration.ofSeconds(50);

    private final String name = Unique.name("channel");
    private final Arena arena = Arena.ofShared();
    private MessageChannel channel;
    private MessageChannel other;

    @BeforeEach
    void open() throws IOException {
        channel = MessageChannel.create(name, SMALL);
        other = MessageChannel.open(name);
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        other.close();
        MessageChannel.unlink(name);
        arena.close();
    }

    private MemorySegment number(int number) {
        return arena.allocateFrom(JAVA_INT, number);
    }

    private static void assertRefused(Errno errno, ThreadKind.Action<?> action) {
        assertEquals(errno, assertThrows(OsException.class, action::run).errno());
    }

    @Test
    void aNameIsOfOneChannel() throws Exception {
        assertTrue(MessageChannel.list().contains(name));
        assertThrows(AlreadyExistsException.class, () -> MessageChannel.create(name, SMALL));
        try (var same = MessageChannel.openOrCreate(name, Size.DEFAULT)) {
            assertEquals(SMALL, same.status().size());
        }
        assertThrows(NotFoundException.class, () -> MessageChannel.open(name + "-none"));
        assertThrows(NotFoundException.class, () -> MessageChannel.unlink(name + "-none"));
    }

    @Test
    void whatIsNoChannelIsRefused() throws Exception {
        var region = Unique.name("region");
        try (var _ = SharedRegion.create(region, 7, 4096)) {
            var mistake = assertThrows(BadRegionException.class, () -> MessageChannel.open(region));
            assertTrue(mistake.getMessage().contains("no message channel"), mistake.getMessage());
            assertFalse(MessageChannel.list().contains(region));
            try (var short1 = SharedRegion.createAnonymous(SMALL.layout().number(), 4096)) {
                assertThrows(
                        BadRegionException.class, () -> MessageChannel.of(short1.fd().duplicate()));
            }
        } finally {
            SharedRegion.unlink(region);
        }
    }

    @Test
    void aSizeThatCannotBeIsTheCallersMistake() {
        var mistake = IllegalArgumentException.class;
        assertThrows(mistake, () -> new Size(0, 1024));
        assertThrows(mistake, () -> new Size(65, 1024));
        assertThrows(mistake, () -> new Size(1, 1000));
        assertThrows(mistake, () -> new Size(1, 32));
    }

    @Test
    void eachSideIsOfOneAtATime() throws Exception {
        var receiver = channel.receiver();
        assertRefused(Errno.EBUSY, other::receiver);
        receiver.close();
        assertFalse(channel.hasReceiver());
        other.receiver().close();
        var senders = new ArrayList<MessageSender>();
        for (int lane = 0; lane < SMALL.senders(); lane++) {
            senders.add((lane % 2 == 0 ? channel : other).sender());
            assertEquals(lane, senders.get(lane).lane());
        }
        assertRefused(Errno.EBUSY, channel::sender);
        senders.get(1).close();
        assertEquals(1, channel.sender().lane());
        assertTrue(other.hasSender());
    }

    @Test
    void lanesTakeTurns() throws Exception {
        var first = channel.sender();
        var second = other.sender();
        for (int i = 0; i < 80; i++) {
            assertTrue(first.trySend(MemorySegment.NULL));
        }
        second.send(number(2));
        var receiver = channel.receiver();
        var in = arena.allocate(8);
        int before = 0;
        while (receiver.receive(in) == 0) {
            before++;
        }
        assertEquals(64, before);
    }

    @Test
    void aLoanIsSentWhenItIsCommitted() throws Exception {
        var sender = channel.sender();
        var receiver = other.receiver();
        try (var loan = sender.loan(100)) {
            assertEquals(100, loan.bytes());
            loan.segment().fill((byte) 7);
            assertTrue(receiver.tryReceive().isEmpty());
            var mistake = IllegalStateException.class;
            assertThrows(mistake, () -> sender.send(number(1)));
            assertThrows(mistake, () -> sender.loan(1));
            assertThrows(IllegalArgumentException.class, () -> loan.commit(101));
            loan.commit(3);
            assertThrows(mistake, loan::commit);
        }
        assertArrayEquals(new byte[] {7, 7, 7}, receiver.receive().orElseThrow());
        try (var _ = sender.loan(10)) {
            // Not committed.
        }
        sender.send("next".getBytes(UTF_8));
        assertArrayEquals("next".getBytes(UTF_8), receiver.receive().orElseThrow());
        assertThrows(IllegalArgumentException.class, () -> sender.loan(-1));
        assertRefused(Errno.EMSGSIZE, () -> sender.loan(channel.messageBytesMax() + 1));
        sender.send(new byte[channel.messageBytesMax()]);
        assertTrue(sender.tryLoan(channel.messageBytesMax()).isEmpty());
    }

    @Test
    void aHandlerMayLeaveAMessageOrThrow() throws Exception {
        var sender = channel.sender();
        for (int i = 0; i < 4; i++) {
            sender.send(number(i));
        }
        var receiver = other.receiver();
        var seen = new ArrayList<Integer>();
        MessageHandler leavesTheSecond =
                (memory, offset, _) -> {
                    seen.add(memory.get(JAVA_INT, offset));
                    return seen.size() != 2;
                };
        assertEquals(1, receiver.drain(leavesTheSecond, 10));
        MessageHandler throwsAtTwo =
                (memory, offset, _) -> {
                    seen.add(memory.get(JAVA_INT, offset));
                    if (memory.get(JAVA_INT, offset) == 2) {
                        throw new IOException("two");
                    }
                    return true;
                };
        assertThrows(IOException.class, () -> receiver.drain(throwsAtTwo, 10));
        assertEquals(1, receiver.drain(throwsAtTwo, 10));
        assertEquals(List.of(0, 1, 1, 2, 3), seen);
        assertEquals(Outcome.NOTHING, receiver.tryDrain(throwsAtTwo, 10));
        assertEquals(0, channel.status().lanes().getFirst().ring().bytesWaiting());
    }

    @Test
    void aHandlerMayCloseTheChannel() throws Exception {
        channel.sender().send(number(1));
        channel.sender().send(number(2));
        var receiver = other.receiver();
        MessageHandler closes =
                (memory, offset, _) -> {
                    other.close();
                    return memory.get(JAVA_INT, offset) > 0; // still there
                };
        assertEquals(1, receiver.drain(closes, 10));
        assertThrows(ClosedChannelException.class, () -> receiver.tryDrain(closes, 10));
        assertEquals(1, channel.participants().size());
    }

    @Test
    void aHandlerThatThrowsLeavesNoSenderAsleep() throws Exception {
        var sender = channel.sender();
        while (sender.trySend(number(1))) {}
        var sending = ThreadKind.PLATFORM.start(() -> sender.send(number(2), LONG));
        sending.awaitBlocked();
        var receiver = other.receiver();
        MessageHandler throwsSoon =
                (memory, offset, _) -> {
                    memory.set(JAVA_INT, offset, 0);
                    throw new IOException("refused");
                };
        assertThrows(IOException.class, () -> receiver.drain(throwsSoon, 10));
        assertTrue(sending.result());
    }

    /// As one of another thread would.
    @Test
    void aHandlerThatClosesItsReceiverLeavesNoSenderAsleep() throws Exception {
        var first = channel.sender();
        first.send(number(1));
        var second = channel.sender().whenAlone(WhenAlone.END);
        while (second.trySend(number(1))) {}
        var receiver = other.receiver();
        assertTrue(channel.hasReceiver());
        var sending = ThreadKind.PLATFORM.start(() -> second.send(number(2), LONG));
        sending.awaitBlocked();
        MessageHandler closes =
                (_, _, _) -> {
                    receiver.close();
                    sending.awaitBlocked();
                    return true;
                };
        int _ = receiver.tryDrain(closes, 1);
        assertThrows(PeerGoneException.class, sending::result);
    }

    @Test
    void aLaneThatIsDamagedKeepsNoOtherFromItsMessages() throws Exception {
        var first = channel.sender();
        var second = channel.sender();
        second.send(number(2));
        try (var region = SharedRegion.open(name, SMALL.layout().number())) {
            region.data().set(JAVA_INT, SMALL.layout().ring(0) + 512, 5);
        }
        var receiver = other.receiver();
        assertThrows(BadRegionException.class, () -> receiver.tryReceive(number(0)));
        assertEquals(4, receiver.tryReceive(number(0)));
        first.close();
        assertEquals(2, channel.sender().lane());
        assertThrows(BadRegionException.class, channel::sender);
    }

    /// While what is in a lane is looked at, to go on behind it.
    @Test
    void closingWhileASideIsTakenIsNoCrash() throws Exception {
        try (var sender = channel.sender()) {
            while (sender.trySend(MemorySegment.NULL)) {}
        }
        for (int i = 0; i < 200; i++) {
            var mine = MessageChannel.open(name);
            var taking =
                    ThreadKind.PLATFORM.start(() -> {
                        while (true) {
                            mine.sender().close();
                        }
                    });
            mine.close();
            assertThrows(
                    Exception.class, taking::result, "ClosedChannelException, or as the region");
        }
    }

    @Test
    void aHandlerThatUsesItsOwnReceiverIsTold() throws Exception {
        channel.sender().send(number(1));
        var receiver = other.receiver();
        MessageHandler again = (_, _, _) -> receiver.tryReceive().isPresent();
        assertThrows(IllegalStateException.class, () -> receiver.drain(again, 10));
        assertTrue(receiver.tryReceive().isEmpty()); // it was taken
    }

    @Test
    void whatBecomesOfAMessageWithoutRoomIsAChoice() throws Exception {
        var sender = channel.sender().whenFull(WhenFull.REFUSE);
        while (sender.trySend(number(1))) {}
        assertRefused(
                Errno.EAGAIN,
                () -> {
                    sender.send(number(2));
                    return 0;
                });
        sender.whenFull(WhenFull.DROP_NEWEST).send(number(3));
        sender.send(number(4));
        assertEquals(2, sender.dropped());
        assertEquals(2, other.status().lanes().getFirst().dropped());
        var in = arena.allocate(8);
        try (var receiver = other.receiver()) {
            while (receiver.tryReceive(in) >= 0) {
                assertEquals(1, in.get(JAVA_INT, 0));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theEndIsToldToWhoAsksForIt(ThreadKind kind) throws Exception {
        var sender = channel.sender().whenAlone(WhenAlone.END);
        var receiver = other.receiver().whenAlone(WhenAlone.END);
        var in = arena.allocate(8);
        var receiving =
                kind.start(() -> {
                    assertEquals(4, receiver.receive(in));
                    return receiver.receive(in);
                });
        receiving.awaitBlocked();
        sender.send(number(1));
        receiving.awaitBlocked();
        sender.close();
        assertEquals(Outcome.END, receiving.result());
        assertEquals(Outcome.END, receiver.drain((_, _, _) -> true, 1));
        var last = channel.sender().whenAlone(WhenAlone.END);
        while (last.trySend(number(5))) {}
        var sending =
                kind.start(() -> {
                    last.send(number(6));
                    return true;
                });
        sending.awaitBlocked();
        receiver.close();
        assertEquals(Errno.EPIPE, assertThrows(PeerGoneException.class, sending::result).errno());
    }

    @Test
    void aReceiverWhoComesFirstWaitsForASender() throws Exception {
        var receiver = other.receiver().whenAlone(WhenAlone.END);
        assertEquals(Outcome.NOTHING, receiver.receive(arena.allocate(8), Duration.ofMillis(20)));
        channel.sender().close();
        assertEquals(Outcome.END, receiver.receive(arena.allocate(8)));
    }

    @ParameterizedTest
    @EnumSource
    void eachWayToWaitComesToAnEnd(Waiting waiting) throws Exception {
        var sender = channel.sender().waiting(waiting);
        var receiver = other.receiver().waiting(waiting);
        var in = arena.allocate(8);
        assertEquals(Outcome.NOTHING, receiver.receive(in, Duration.ofMillis(5)));
        int times = 100_000;
        var sending =
                ThreadKind.PLATFORM.start(() -> {
                    var out = arena.allocate(8);
                    for (int i = 0; i < times; i++) {
                        out.set(JAVA_INT, 0, i);
                        sender.send(out);
                    }
                    return true;
                });
        for (int i = 0; i < times; i++) {
            assertEquals(8, receiver.receive(in));
            assertEquals(i, in.get(JAVA_INT, 0));
        }
        assertTrue(sending.result());
        var interrupted = ThreadKind.PLATFORM.start(() -> receiver.receive(in));
        interrupted.interrupt();
        assertThrows(InterruptedException.class, interrupted::result);
        var closed = ThreadKind.PLATFORM.start(() -> receiver.receive(in));
        receiver.close();
        assertThrows(ClosedChannelException.class, closed::result);
    }

    @Test
    void aMessageIsNoGarbage() throws Throwable {
        var sender = channel.sender();
        var receiver = other.receiver();
        var out = number(1);
        var in = arena.allocate(8);
        MessageHandler handler = (memory, offset, _) -> memory.get(JAVA_INT, offset) == 1;
        Allocations.assertNone(() -> {
            sender.send(out);
            assertEquals(4, receiver.receive(in));
            try (var loan = sender.loan(4)) {
                loan.memory().set(JAVA_INT, loan.offset(), 1);
                loan.commit();
            }
            assertEquals(1, receiver.drain(handler, 1));
        });
    }

    @Test
    void noSystemCallIsMadeWhileBothSidesAreAwake() throws Exception {
        var sender = channel.sender().waiting(Waiting.SPIN);
        var receiver = other.receiver().waiting(Waiting.SPIN);
        var calls = new AtomicInteger();
        var faults = Calls.counting("futex", calls);
        faults.addAll(Calls.counting("membarrier", calls));
        var out = number(1);
        var in = arena.allocate(8);
        for (int i = 0; i < 10_000; i++) {
            sender.send(out);
            assertEquals(4, receiver.receive(in));
        }
        assertEquals(0, calls.get());
        faults.forEach(Faults.Fault::close);
    }

    @ParameterizedTest
    @EnumSource
    void whoSleepsIsWokenByOneSystemCall(ThreadKind kind) throws Exception {
        var sender = channel.sender();
        var receiver = other.receiver().waiting(Waiting.SLEEP);
        for (int i = 0; i < 5; i++) {
            var receiving = kind.start(() -> receiver.receive(arena.allocate(8)));
            receiving.awaitBlocked();
            var calls = new AtomicInteger();
            var faults = Calls.counting("futex", calls);
            for (int message = 0; message < 10; message++) {
                sender.send(number(message));
            }
            assertTrue(calls.get() <= 1, calls + " calls"); // 0 if it was not yet asleep
            faults.forEach(Faults.Fault::close);
            assertEquals(4, receiving.result());
            assertEquals(9, receiver.tryDrain((_, _, _) -> true, 10));
        }
    }

    @Test
    void thousandsInOneRegionAreWaitedForByVirtualThreads() throws Exception {
        int count = 10_000;
        var size = Size.ofOneSender(64);
        long each = MessageChannel.bytes(size);
        try (var region = SharedRegion.createAnonymous(1, count * each)) {
            var receiving = new ArrayList<ThreadKind.Running<byte[]>>();
            var channels = new ArrayList<MessageChannel>();
            for (int i = 0; i < count; i++) {
                var one = MessageChannel.in(region, i * each, size);
                channels.add(one);
                var receiver = one.receiver();
                receiving.add(ThreadKind.VIRTUAL.start(() -> receiver.receive().orElseThrow()));
            }
            for (int i = count - 1; i >= 0; i--) {
                channels.get(i).sender().send(number(i));
            }
            for (int i = 0; i < count; i++) {
                var got = MemorySegment.ofArray(receiving.get(i).result());
                assertEquals(i, got.get(JAVA_INT.withByteAlignment(1), 0));
            }
            channels.forEach(MessageChannel::close);
        }
    }

    @Test
    void theRegionMayBeClosedBeforeItsChannels() throws Exception {
        var size = Size.ofOneSender(64);
        var region = SharedRegion.createAnonymous(1, MessageChannel.bytes(size));
        var one = MessageChannel.in(region, 0, size);
        var sender = one.sender();
        var receiver = one.receiver();
        var receiving = ThreadKind.VIRTUAL.start(() -> receiver.receive());
        receiving.awaitBlocked();
        region.close();
        assertThrows(ClosedChannelException.class, receiving::result);
        assertThrows(ClosedChannelException.class, () -> sender.trySend(MemorySegment.NULL));
        one.close();
        assertThrows(ClosedChannelException.class, () -> one.sender());
        assertThrows(ClosedChannelException.class, () -> one.receiver());
        sender.close();
    }

    @Test
    void aRecordThatCannotBeIsNoCrash() throws Exception {
        var size = Size.ofOneSender(1024);
        try (var region = SharedRegion.createAnonymous(1, MessageChannel.bytes(size))) {
            var one = MessageChannel.in(region, 0, size);
            var receiver = one.receiver();
            long first = size.layout().ring(0) + 512;
            for (int word : new int[] {1, 7, 1025, Integer.MAX_VALUE, -1, -1024, 1 << 31}) {
                region.data().set(JAVA_INT, first, word);
                assertThrows(BadRegionException.class, receiver::tryReceive, "" + word);
                assertThrows(BadRegionException.class, one::sender, "" + word);
            }
            region.data().set(JAVA_INT, first, 0);
            one.sender().send(number(4));
            assertEquals(4, receiver.receive().orElseThrow().length);
        }
    }

    @Test
    void statusCountsWhatWasSentAndReceived() throws Exception {
        var sender = channel.sender();
        for (int i = 0; i < 5; i++) {
            sender.send(new byte[i]);
        }
        var receiver = other.receiver();
        assertArrayEquals(new byte[0], receiver.tryReceive().orElseThrow());
        assertArrayEquals(new byte[1], receiver.receive(Duration.ofSeconds(9)).orElseThrow());
        var status = channel.status();
        assertEquals(1, status.receivers().size());
        var lane = status.lanes().getFirst();
        assertTrue(lane.sender().isPresent());
        assertFalse(status.lanes().getLast().sender().isPresent());
        assertEquals(5, lane.ring().sent());
        assertEquals(2, lane.ring().received());
        assertEquals(3 * 16, lane.ring().bytesWaiting());
        assertEquals(2, channel.participants().size());
    }
}
