package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.channel.MessageChannel.Size;
import parley.contract.Allocations;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Errno;
import parley.os.OsException;
import parley.peer.Peer;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.Delivery;
import parley.shm.Lease;
import parley.shm.LookAgain;
import parley.shm.SharedRegion;

/// Channels of several receivers, each message for one of them; a wake that is lost is a hang.
@Timeout(300)
class SeveralReceiversTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final Size ONE_LANE = Size.ofOneSender(4096);
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final int VICTIMS = Integer.getInteger("parley.jvm.victims", 12);

    private final String name = Unique.name("several");
    private final Arena arena = Arena.ofShared();
    private final List<MessageChannel> channels = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        channels.forEach(MessageChannel::close);
        if (!channels.isEmpty()) {
            MessageChannel.unlink(name);
        }
        arena.close();
    }

    private MessageChannel create(Size size) throws IOException {
        channels.add(MessageChannel.create(name, size));
        return channels.getFirst();
    }

    private MessageChannel other() throws IOException {
        channels.add(MessageChannel.open(name));
        return channels.getLast();
    }

    private static Size of(Delivery delivery, int receivers) {
        return delivery == Delivery.LEASED
                ? ONE_LANE.leased(receivers)
                : ONE_LANE.competing(receivers);
    }

    private MemorySegment number(long number) {
        return arena.allocateFrom(JAVA_LONG, number);
    }

    @Test
    void sizesThatCannotBeAreRefused() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> ONE_LANE.competing(3));
        assertThrows(IllegalArgumentException.class, () -> ONE_LANE.competing(1));
        assertThrows(IllegalArgumentException.class, () -> ONE_LANE.leased(128));
        assertThrows(IllegalArgumentException.class, () -> new Size(1, 64, 2, Delivery.TO_ONE));
        for (var size : List.of(ONE_LANE, ONE_LANE.leased(1), new Size(64, 64).competing(64))) {
            try (var channel = MessageChannel.createAnonymous(size);
                    var same = MessageChannel.of(channel.fd().duplicate())) {
                assertEquals(size, same.status().size());
            }
        }
    }

    @Test
    void whatIsNotThereIsRefused() throws Exception {
        var receiver = create(ONE_LANE.competing(2)).receiver();
        assertThrows(IllegalStateException.class, receiver::tryLease);
        var region = Unique.name("region");
        SharedRegion.create(region, 1, 64).close();
        assertThrows(BadRegionException.class, () -> MessageChannel.unlink(region));
        SharedRegion.unlink(region);
    }

    /// Of many senders and receivers, in two places: each message once, and in its sender's order.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TO_ONE")
    void eachMessageIsOnesAlone(Delivery delivery) throws Exception {
        int senders = 3;
        int receivers = 4;
        int messages = 20_000;
        var channel = create(new Size(senders, 1024, receivers, delivery));
        var there = other();
        var receiving = new ArrayList<ThreadKind.Running<List<Long>>>();
        for (int i = 0; i < receivers; i++) {
            var receiver = (i % 2 == 0 ? channel : there).receiver().whenAlone(WhenAlone.END);
            receiving.add(ThreadKind.alternating(i).start(() -> all(receiver)));
        }
        var sending = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < senders; i++) {
            var sender = there.sender();
            long from = (long) i << Integer.SIZE;
            sending.add(ThreadKind.alternating(i).start(() -> send(sender, from, messages)));
        }
        for (var each : sending) {
            assertTrue(each.result());
        }
        var all = new TreeSet<Long>();
        for (var each : receiving) {
            var got = each.result();
            var last = new long[senders];
            for (long number : got) {
                assertTrue(all.add(number), "twice: " + number);
                int sender = (int) (number >>> Integer.SIZE);
                assertTrue((int) number >= last[sender], "out of order: " + number);
                last[sender] = (int) number;
            }
        }
        assertEquals(senders * messages, all.size());
        assertEquals(0, channel.status().lanes().getFirst().ring().bytesWaiting());
    }

    private static List<Long> all(MessageReceiver receiver) throws Exception {
        try (receiver;
                var arena = Arena.ofConfined()) {
            var in = arena.allocate(JAVA_LONG);
            var got = new ArrayList<Long>();
            while (receiver.receive(in) != Outcome.END) {
                got.add(in.get(JAVA_LONG, 0));
            }
            return got;
        }
    }

    private static boolean send(MessageSender sender, long from, int count) throws Exception {
        try (sender;
                var arena = Arena.ofConfined()) {
            var out = arena.allocate(JAVA_LONG);
            for (int i = 0; i < count; i++) {
                out.set(JAVA_LONG, 0, from + i);
                sender.send(out);
            }
            return true;
        }
    }

    /// One that sleeps is woken for each message, and not the one who sleeps no more.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TO_ONE")
    void whoSleepsIsWoken(Delivery delivery) throws Exception {
        var channel = create(of(delivery, 4));
        var sender = channel.sender().waiting(Waiting.SLEEP);
        var receivers = new ArrayList<MessageReceiver>();
        for (int i = 0; i < 4; i++) {
            receivers.add(channel.receiver().waiting(Waiting.SLEEP));
        }
        for (int round = 0; round < 300; round++) {
            var waiting = new ArrayList<ThreadKind.Running<Optional<byte[]>>>();
            for (int i = 0; i < 4; i++) {
                waiting.add(ThreadKind.alternating(i).start(receivers.get(i)::receive));
            }
            for (var each : waiting.subList(0, round % 4)) {
                each.awaitBlocked();
            }
            for (int i = 0; i < 4; i++) {
                sender.send(new byte[] {(byte) i});
            }
            for (var each : waiting) {
                assertTrue(each.result().isPresent());
            }
        }
    }

    /// The wake of one who is interrupted just then is another's.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TO_ONE")
    void aWakeThatWasForNothingIsHandedOn(Delivery delivery) throws Exception {
        var channel = create(of(delivery, 2));
        var sender = channel.sender();
        var one = channel.receiver().waiting(Waiting.SLEEP);
        var two = channel.receiver().waiting(Waiting.SLEEP);
        int interrupted = 0;
        for (int round = 0; round < 500; round++) {
            var first = ThreadKind.alternating(round).start(one::receive);
            first.awaitBlocked();
            var second = ThreadKind.alternating(round / 2).start(two::receive);
            second.awaitBlocked();
            sender.send(new byte[0]);
            first.interrupt();
            boolean isFirst = isPresent(first);
            interrupted += isFirst ? 0 : 1;
            if (isFirst) {
                sender.send(new byte[0]);
            }
            assertTrue(second.result().isPresent());
        }
        System.out.println(interrupted + " interrupted");
    }

    private static boolean isPresent(ThreadKind.Running<Optional<byte[]>> receiving)
            throws Exception {
        try {
            return receiving.result().isPresent();
        } catch (InterruptedException _) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TO_ONE")
    void aPlaceIsFreeOnceItsReceiverIsGone(Delivery delivery) throws Exception {
        var channel = create(of(delivery, 2));
        var first = channel.receiver();
        try (var _ = other().receiver();
                var peer = ChannelPeer.start("hold", name)) {
            assertEquals(2, channel.status().receivers().size());
            var refused = assertThrows(OsException.class, channel::receiver);
            assertEquals(Errno.EBUSY, refused.errno());
            assertTrue(channel.receiver(Duration.ofMillis(1)).isEmpty());
            var standingBy = ThreadKind.VIRTUAL.start(() -> channel.receiver(LONG));
            standingBy.awaitBlocked();
            first.close();
            standingBy.result().orElseThrow().close();
            peer.kill();
        }
        assertEquals(List.of(), channel.status().receivers());
        assertFalse(channel.hasReceiver());
    }

    @Test
    void theOldestIsLostForTheNewest() throws Exception {
        var channel = create(Size.ofOneSender(1024).competing(2));
        try (var sender = channel.sender().whenFull(WhenFull.DROP_OLDEST);
                var receiver = channel.receiver()) {
            for (int i = 0; i < 1000; i++) {
                sender.send(number(i));
            }
            long lost = sender.dropped();
            assertTrue(lost > 1000 - 1024 / 16 && lost < 1000, lost + " lost");
            var in = arena.allocate(JAVA_LONG);
            for (long next = lost; next < 1000; next++) {
                assertEquals(JAVA_LONG.byteSize(), receiver.tryReceive(in));
                assertEquals(next, in.get(JAVA_LONG, 0));
            }
            assertEquals(Outcome.NOTHING, receiver.tryReceive(in));
        }
        try (var sole = MessageChannel.createAnonymous(ONE_LANE);
                var sender = sole.sender()) {
            assertThrows(IllegalStateException.class, () -> sender.whenFull(WhenFull.DROP_OLDEST));
        }
    }

    /// While others receive, what they have is not lost, and what is lost is counted.
    @Test
    void whatIsLostAndWhatIsReceivedIsAll() throws Exception {
        int messages = 200_000;
        var channel = create(Size.ofOneSender(1024).competing(2));
        var sender = channel.sender().whenFull(WhenFull.DROP_OLDEST);
        var receiving = new ArrayList<ThreadKind.Running<List<Long>>>();
        for (int i = 0; i < 2; i++) {
            var receiver = other().receiver().whenAlone(WhenAlone.END);
            receiving.add(ThreadKind.alternating(i).start(() -> all(receiver)));
        }
        assertTrue(send(sender, 0, messages));
        var all = new TreeSet<Long>();
        for (var each : receiving) {
            var got = each.result();
            assertTrue(all.addAll(got) || got.isEmpty());
        }
        long lost = channel.status().lanes().getFirst().dropped();
        assertEquals(messages, all.size() + lost);
        assertEquals(messages - 1, all.last());
    }

    @ParameterizedTest
    @EnumSource
    void whoJoinsLateMayHaveWhatComesFromNowOn(Delivery delivery) throws Exception {
        var channel = create(delivery == Delivery.TO_ONE ? ONE_LANE : of(delivery, 2));
        var sender = channel.sender();
        for (int i = 0; i < 10; i++) {
            sender.send(number(i));
        }
        var receiver = channel.receiver();
        assertEquals(10, receiver.discard());
        assertEquals(0, receiver.discard());
        sender.send(number(10));
        var in = arena.allocate(JAVA_LONG);
        assertEquals(JAVA_LONG.byteSize(), receiver.receive(in));
        assertEquals(10, in.get(JAVA_LONG, 0));
        assertEquals(11, channel.status().lanes().getFirst().ring().received());
    }

    private static int number(Lease lease) {
        return lease.segment().get(JAVA_INT_UNALIGNED, 0);
    }

    @Test
    void aLeasedMessageIsOnesUntilItIsAcknowledgedOrGivenBack() throws Exception {
        var channel = create(ONE_LANE.leased(2));
        var sender = channel.sender();
        var one = channel.receiver();
        var two = other().receiver();
        assertTrue(one.tryLease().isEmpty());
        assertTrue(one.lease(Duration.ofMillis(1)).isEmpty());
        for (int i = 0; i < 3; i++) {
            sender.send(arena.allocateFrom(JAVA_INT, i));
        }
        var zero = one.lease().orElseThrow();
        var first = two.tryLease().orElseThrow();
        var second = one.lease(LONG).orElseThrow();
        assertEquals(List.of(0, 1, 2), List.of(number(zero), number(first), number(second)));
        assertTrue(two.tryLease().isEmpty());
        var waiting = ThreadKind.VIRTUAL.start(two::lease);
        waiting.awaitBlocked();
        second.acknowledge();
        first.close();
        first.close();
        var again = waiting.result().orElseThrow();
        assertEquals(1, number(again));
        assertEquals(List.of(1, 2), List.of(zero.times(), again.times()));
        assertThrows(IllegalStateException.class, first::acknowledge);
        assertEquals(3 * 16, channel.status().lanes().getFirst().ring().bytesWaiting());
        ThreadKind.PLATFORM
                .start(() -> {
                    zero.acknowledge(); // on another thread
                    return true;
                })
                .result();
        again.acknowledge();
        assertThrows(IllegalStateException.class, again::acknowledge);
        var ring = channel.status().lanes().getFirst().ring();
        assertEquals(0, ring.bytesWaiting());
        assertEquals(3, ring.received());
    }

    @Test
    void whoClosesGivesBack() throws Exception {
        var channel = create(ONE_LANE.leased(2));
        var sender = channel.sender();
        sender.send(new byte[] {1});
        var one = channel.receiver();
        var lease = one.lease().orElseThrow();
        var two = channel.receiver();
        var waiting = ThreadKind.PLATFORM.start(() -> two.whenAlone(WhenAlone.END).lease());
        waiting.awaitBlocked();
        sender.close();
        waiting.awaitBlocked(); // it may come back, so that is not the end
        assertFalse(waiting.isDone());
        one.close();
        assertThrows(IOException.class, lease::acknowledge);
        waiting.result().orElseThrow().acknowledge();
        assertTrue(two.lease().isEmpty());
    }

    /// What a handler leaves is given back, what it throws at is gone, as without leases.
    @Test
    void theOtherFormsAreLeasesOfTheirOwn() throws Exception {
        var channel = create(ONE_LANE.leased(2));
        var sender = channel.sender();
        for (int i = 0; i < 4; i++) {
            sender.send(number(i));
        }
        var receiver = channel.receiver();
        assertEquals(0, receiver.drain((_, _, _) -> false, 9));
        assertThrows(
                IOException.class,
                () ->
                        receiver.drain(
                                (_, _, _) -> {
                                    throw new IOException("of the handler");
                                },
                                9));
        var small = arena.allocate(1);
        var refused = assertThrows(OsException.class, () -> receiver.tryReceive(small));
        assertEquals(Errno.EMSGSIZE, refused.errno());
        var in = arena.allocate(JAVA_LONG);
        assertEquals(JAVA_LONG.byteSize(), receiver.receive(in));
        assertEquals(1, in.get(JAVA_LONG, 0));
        assertEquals(2, receiver.drain((_, _, _) -> true, 9));
        assertEquals(0, channel.status().lanes().getFirst().ring().bytesWaiting());
    }

    @Test
    void oneThatKeepsItsLeasesFillsTheLane() throws Exception {
        var channel = create(Size.ofOneSender(64).leased(1));
        var sender = channel.sender().waiting(Waiting.SLEEP);
        var receiver = channel.receiver();
        var leases = new ArrayList<Lease>();
        while (sender.trySend(MemorySegment.ofArray(new byte[8]))) {
            leases.add(receiver.tryLease().orElseThrow());
        }
        var sending =
                ThreadKind.VIRTUAL.start(() -> {
                    sender.send(new byte[8]);
                    return true;
                });
        sending.awaitBlocked();
        Collections.reverse(leases);
        for (var lease : leases) { // room is there when the oldest is done
            assertFalse(sending.isDone());
            lease.acknowledge();
        }
        assertTrue(sending.result());
    }

    /// Of those who are killed with leases, all comes again, and each knows that it does.
    @Test
    void whatTheDeadHaveLeasedComesAgain() throws Exception {
        int messages = 10;
        var channel = create(new Size(2, 1024).leased(4));
        var sender = channel.sender();
        for (int i = 0; i < messages; i++) {
            sender.send(number(i));
        }
        var receiver = channel.receiver().waiting(Waiting.SLEEP);
        for (int round = 0; round < VICTIMS; round++) {
            try (var victim = ChannelPeer.start("lease", name)) {
                for (int i = 0; i < messages; i++) {
                    assertTrue(Integer.parseInt(victim.line()) > 2 * round);
                }
                var waiting = ThreadKind.alternating(round).start(receiver::lease);
                waiting.awaitBlocked();
                victim.kill();
                var lease = waiting.result().orElseThrow();
                assertTrue(lease.times() > 2 * round + 1, lease.times() + " times");
                lease.close();
            }
            var leases = new ArrayList<Lease>();
            for (int i = 0; i < messages; i++) {
                leases.add(receiver.tryLease().orElseThrow());
            }
            assertTrue(receiver.tryLease().isEmpty());
            for (var lease : leases) {
                lease.close();
            }
        }
    }

    /// Workers are killed at random; what they have said and what is left is all, but for one
    /// message of each that may be lost, or come twice.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TO_ONE")
    void workersMayBeKilled(Delivery delivery) throws Exception {
        var random = new Random(Long.getLong("parley.crash.seed", 1));
        var channel = create(of(delivery, 4));
        var sender = channel.sender();
        var sending =
                ThreadKind.VIRTUAL.start(() -> {
                    long number = 0;
                    try {
                        for (; ; number++) {
                            sender.send(number(number));
                        }
                    } catch (InterruptedException _) {
                        return number;
                    }
                });
        var got = new ArrayList<Long>();
        for (int i = 0; i < VICTIMS; i += 2) {
            try (var one = ChannelPeer.start("report", name);
                    var two = ChannelPeer.start("report", name)) {
                LockSupport.parkNanos(1000L * random.nextInt(20_000));
                one.kill();
                two.kill();
                addNumbers(one, got);
                addNumbers(two, got);
            }
        }
        sending.awaitBlocked();
        sending.interrupt();
        long messages = sending.result();
        sender.close();
        got.addAll(all(channel.receiver().whenAlone(WhenAlone.END)));
        var all = new TreeSet<>(got);
        int twice = got.size() - all.size();
        long lost = messages - all.size();
        System.out.printf("%s: %d messages, %d twice, %d lost%n", delivery, messages, twice, lost);
        assertTrue(
                lost >= 0 && lost <= (delivery == Delivery.LEASED ? 0 : VICTIMS), lost + " lost");
        assertTrue(twice <= (delivery == Delivery.LEASED ? VICTIMS : 0), twice + " twice");
    }

    private static void addNumbers(Peer peer, List<Long> into) {
        peer.rest().lines().map(Long::valueOf).forEach(into::add);
    }

    @Test
    void nothingIsAllocatedForEachMessageThatIsCompetedFor() throws Throwable {
        var channel = create(ONE_LANE.competing(2));
        var sender = channel.sender();
        var receiver = channel.receiver();
        var memory = number(1);
        Allocations.assertNone(() -> {
            sender.send(memory);
            int _ = receiver.receive(memory);
        });
    }

    @Test
    void manyReceiversOfManyLanesAllHaveTheirTurn() throws Exception {
        var channel = create(new Size(4, 1024).competing(8));
        var senders = new ArrayList<MessageSender>();
        for (int i = 0; i < 4; i++) {
            senders.add(channel.sender());
        }
        var receivers = new ArrayList<MessageReceiver>();
        for (int i = 0; i < 8; i++) {
            receivers.add(channel.receiver());
        }
        for (var sender : senders) {
            for (int i = 0; i < 20; i++) {
                sender.send(number(i));
            }
        }
        var in = arena.allocate(JAVA_LONG);
        int got =
                IntStream.range(0, 80).map(i -> isReceived(receivers.get(i % 8), in) ? 1 : 0).sum();
        assertEquals(80, got);
    }

    private static boolean isReceived(MessageReceiver receiver, MemorySegment in) {
        try {
            return receiver.tryReceive(in) == JAVA_LONG.byteSize();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
