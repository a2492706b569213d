package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.channel.Mailbox.Inbox;
import parley.channel.Mailbox.Message;
import parley.channel.Mailbox.Size;
import parley.contract.Allocations;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.RemovedException;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.LookAgain;
import parley.shm.SharedRegion;

@Timeout(120)
class MailboxTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final Size SMALL = new Size(8, 1024);
    private static final MailboxSelector ANY = MailboxSelector.ANY;
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final Duration SHORT = Duration.ofMillis(5);

    private final String name = Unique.name("mailbox");
    private final Arena arena = Arena.ofShared();
    private Mailbox mailbox;
    private Mailbox other;

    @BeforeEach
    void open() throws IOException {
        mailbox = Mailbox.create(name, SMALL);
        other = Mailbox.open(name);
    }

    @AfterEach
    void close() throws IOException {
        mailbox.close();
        other.close();
        if (Mailbox.list().contains(name)) {
            Mailbox.unlink(name);
        }
        arena.close();
    }

    private static void assertRefused(Errno errno, ThreadKind.Action<?> action) {
        assertEquals(errno, assertThrows(OsException.class, action::run).errno());
    }

    private void put(int content, long type, int priority) throws IOException {
        assertTrue(mailbox.trySend(new byte[] {(byte) content}, type, priority));
    }

    /// The first bytes of all messages, in the order of a selector.
    private List<Integer> take(MailboxSelector which) throws IOException {
        var taken = new ArrayList<Integer>();
        for (var got = other.tryReceive(which); got.isPresent(); got = other.tryReceive(which)) {
            taken.add((int) got.get().content()[0]);
        }
        return taken;
    }

    @Test
    void aNameIsOfOneMailbox() throws Exception {
        assertTrue(Mailbox.list().contains(name));
        assertEquals(ChannelKind.MAILBOX, ChannelKind.of(name));
        assertThrows(AlreadyExistsException.class, () -> Mailbox.create(name, SMALL));
        try (var same = Mailbox.openOrCreate(name, Size.DEFAULT)) {
            assertEquals(SMALL, same.status().size());
        }
        assertThrows(NotFoundException.class, () -> Mailbox.open(name + "-none"));
        assertThrows(NotFoundException.class, () -> Mailbox.unlink(name + "-none"));
        assertThrows(NotFoundException.class, () -> Mailbox.remove(name + "-none"));
    }

    @Test
    void oneThatAllHaveLeftIsReplaced() throws Exception {
        put(7, 1, 0);
        mailbox.close();
        try (var same = Mailbox.openOrReplace(name, SMALL)) {
            assertEquals(1, same.status().messages());
        }
        other.close();
        try (var next = Mailbox.openOrReplace(name, SMALL)) {
            assertEquals(0, next.status().messages());
        }
    }

    @Test
    void whatIsNoMailboxIsRefused() throws Exception {
        var channel = Unique.name("channel");
        try (var _ = MessageChannel.create(channel, MessageChannel.Size.ofOneSender(64))) {
            var mistake = assertThrows(BadRegionException.class, () -> Mailbox.open(channel));
            assertTrue(mistake.getMessage().contains("no mailbox"), mistake.getMessage());
            assertThrows(BadRegionException.class, () -> MessageChannel.open(name));
            assertFalse(Mailbox.list().contains(channel));
        } finally {
            MessageChannel.unlink(channel);
        }
        long number = SMALL.layout().number();
        for (long wrong : new long[] {number, number | 0xffL << 32, number + (1L << 48)}) {
            try (var region = SharedRegion.createAnonymous(wrong, 512)) { // too small
                var fd = region.fd().duplicate();
                assertThrows(BadRegionException.class, () -> Mailbox.of(fd), "" + wrong);
            }
        }
    }

    @Test
    void aSizeThatCannotBeIsTheCallersMistake() throws Exception {
        var mistake = IllegalArgumentException.class;
        assertThrows(mistake, () -> new Size(0, 1024));
        assertThrows(mistake, () -> new Size(3, 1024));
        assertThrows(mistake, () -> new Size(2 << 20, 1024));
        assertThrows(mistake, () -> new Size(1, 32));
        assertThrows(mistake, () -> new Size(1, 1000));
        assertThrows(mistake, () -> new Size(1, 1L << 37));
        try (var region = SharedRegion.createAnonymous(1, 2 * Mailbox.bytes(SMALL))) {
            Mailbox.in(region, 0, SMALL).close();
            assertThrows(mistake, () -> Mailbox.in(region, 0, new Size(4, 1024)));
            Mailbox.in(region, Mailbox.bytes(SMALL), new Size(4, 1024)).close();
        }
    }

    @Test
    void aSelectorChoosesAndTheOldestComesFirst() throws Exception {
        for (int i = 0; i < 8; i++) {
            put(i, 3 - i % 3, i % 4 == 1 ? 9 : -i % 2);
        }
        // types 3 2 1 3 2 1 3 2, priorities 0 9 0 -1 0 9 0 -1
        assertEquals(1, mailbox.peek(MailboxSelector.HIGHEST_PRIORITY).orElseThrow().content()[0]);
        assertEquals(List.of(2, 5), take(MailboxSelector.exactly(1)));
        assertEquals(List.of(1, 4, 7), take(MailboxSelector.exactly(2)));
        put(1, 2, 9);
        put(2, 1, 5);
        put(4, 2, 0);
        assertEquals(List.of(2, 1, 4), take(MailboxSelector.lowestUpTo(2)));
        put(5, 7, 0);
        put(6, 6, 8);
        assertEquals(List.of(5, 6), take(MailboxSelector.anyExcept(3)));
        put(7, 7, 7);
        assertEquals(List.of(7, 0, 6, 3), take(MailboxSelector.HIGHEST_PRIORITY));
        assertEquals(List.of(), take(ANY));
    }

    /// Compared with a list.
    @Test
    void priorityGoesBeforeAgeWhateverIsTakenBetween() throws Exception {
        var random = new Random(7);
        try (var large = Mailbox.createAnonymous(new Size(256, 1 << 14))) {
            var there = new ArrayList<int[]>(); // number, priority
            for (int number = 0; number < 20_000; number++) {
                if (there.size() < 256 && random.nextInt(10) < 6) {
                    int priority = random.nextInt(20);
                    var content = MemorySegment.ofArray(new int[] {number});
                    assertTrue(large.trySend(content, priority % 3, priority));
                    there.add(new int[] {number, priority});
                } else if (!there.isEmpty()) {
                    boolean isByPriority = random.nextBoolean();
                    int place = isByPriority ? important(there) : 0;
                    var which = isByPriority ? MailboxSelector.HIGHEST_PRIORITY : ANY;
                    var got =
                            MemorySegment.ofArray(large.tryReceive(which).orElseThrow().content());
                    int expected = there.remove(place)[0];
                    assertEquals(expected, got.get(JAVA_INT.withByteAlignment(1), 0));
                }
            }
        }
    }

    private static int important(List<int[]> there) {
        int highest = there.stream().mapToInt(each -> each[1]).max().orElseThrow();
        return IntStream.range(0, there.size())
                .filter(place -> there.get(place)[1] == highest)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aMessageComesWithItsTypeAndPriority() throws Exception {
        mailbox.send(new byte[] {1, 2}, Long.MIN_VALUE, Integer.MAX_VALUE);
        mailbox.send(new byte[0], -5, -6);
        assertTrue(mailbox.send(new byte[100], 7, 8, LONG));
        assertArrayEquals(new byte[] {1, 2}, other.peek(ANY).orElseThrow().content());
        var inbox = new Inbox(arena.allocate(200));
        other.receive(inbox, ANY);
        assertEquals(2, inbox.length());
        assertEquals(Long.MIN_VALUE, inbox.type());
        assertEquals(Integer.MAX_VALUE, inbox.priority());
        assertEquals(2, inbox.memory().get(JAVA_BYTE, 1));
        assertTrue(other.tryReceive(inbox, ANY));
        assertEquals(0, inbox.length());
        assertTrue(other.receive(inbox, MailboxSelector.exactly(7), LONG));
        assertEquals(100, inbox.length());
        assertFalse(other.tryReceive(inbox, ANY));
        assertFalse(other.receive(inbox, ANY, SHORT));
        assertTrue(other.receive(ANY, SHORT).isEmpty());
        assertTrue(other.peek(ANY).isEmpty());
    }

    @Test
    void whatIsTooLongIsRefusedAndStays() throws Exception {
        assertEquals(1024, mailbox.messageBytesMax());
        assertRefused(Errno.EMSGSIZE, () -> mailbox.trySend(new byte[1025], 1, 0));
        mailbox.send(new byte[1024], 1, 0);
        var small = arena.allocate(1023);
        assertRefused(Errno.EMSGSIZE, () -> other.tryReceive(small, ANY));
        assertRefused(Errno.EMSGSIZE, () -> other.receive(small, ANY));
        assertRefused(Errno.EMSGSIZE, () -> other.tryReceive(new Inbox(small), ANY));
        assertEquals(1024, other.receive(ANY).content().length);
    }

    @Test
    void itIsFullByMessagesOrByBytes() throws Exception {
        for (int i = 0; i < 8; i++) {
            put(i, 1, 0);
        }
        assertFalse(mailbox.trySend(MemorySegment.NULL, 1, 0));
        assertFalse(mailbox.send(new byte[0], 1, 0, SHORT));
        assertEquals(8 * 64, mailbox.status().bytes());
        assertEquals(8, take(ANY).size());
        assertTrue(mailbox.trySend(new byte[961], 1, 0)); // all blocks
        assertFalse(mailbox.trySend(new byte[1], 1, 0));
        assertTrue(mailbox.trySend(new byte[0], 1, 0));
        assertEquals(961, other.receive(ANY).content().length);
        assertTrue(mailbox.trySend(new byte[1024], 1, 0));
        var status = other.status();
        assertEquals(new Mailbox.Status(SMALL, 2, 1024, 11, 0), status);
        assertEquals(9, status.received());
    }

    @Test
    void theLeastImportantAreDroppedForOneThatIsNotLess() throws Exception {
        for (int i = 0; i < 8; i++) {
            put(i, 1, i % 2);
        }
        assertTrue(mailbox.sendDroppingOldest(MemorySegment.ofArray(new byte[] {8}), 1, 1));
        assertTrue(mailbox.sendDroppingOldest(MemorySegment.ofArray(new byte[] {9}), 1, 0));
        assertFalse(mailbox.sendDroppingOldest(MemorySegment.NULL, 1, -1));
        assertEquals(2, other.status().dropped());
        assertEquals(List.of(1, 3, 4, 5, 6, 7, 8, 9), take(ANY));
    }

    @ParameterizedTest
    @EnumSource
    void removalEndsAllWaitsInAllProcesses(ThreadKind kind) throws Exception {
        mailbox.send(new byte[1024], 1, 0);
        var waiting = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < 10; i++) {
            var opening = i % 4 < 2 ? mailbox : other;
            waiting.add(
                    i % 2 == 0
                            ? kind.start(() -> opening.send(new byte[1], 1, 0, LONG))
                            : kind.start(
                                    () -> opening.receive(MailboxSelector.exactly(2)).type() == 2));
        }
        for (var each : waiting) {
            each.awaitBlocked();
        }
        Mailbox.remove(name);
        for (var each : waiting) {
            assertThrows(RemovedException.class, each::result);
        }
        assertRefused(Errno.EIDRM, () -> mailbox.trySend(new byte[1], 1, 0));
        assertRefused(Errno.EIDRM, () -> other.tryReceive(ANY));
        assertRefused(Errno.EIDRM, () -> other.peek(ANY));
        assertRefused(Errno.EIDRM, other::status);
        assertThrows(RemovedException.class, other::remove);
        assertThrows(NotFoundException.class, () -> Mailbox.open(name));
    }

    @Test
    void aNameThatWasLeftBehindCanBeRemovedAgain() throws Exception {
        other.remove();
        try (var again = Mailbox.open(name)) {
            assertThrows(RemovedException.class, () -> again.tryReceive(ANY));
        }
        Mailbox.remove(name);
        Mailbox.create(name, SMALL).close();
    }

    /// Each waits for another type, and the wakes come in the worst order.
    @ParameterizedTest
    @EnumSource
    void nobodyTakesAnothersWake(ThreadKind kind) throws Exception {
        var waiting = new ArrayList<ThreadKind.Running<Message>>();
        for (int type = 0; type < 8; type++) {
            var which = MailboxSelector.exactly(type);
            var opening = type % 2 == 0 ? mailbox : other;
            waiting.add(kind.start(() -> opening.receive(which)));
            waiting.getLast().awaitBlocked();
        }
        for (int type = 7; type >= 0; type--) {
            mailbox.send(new byte[] {(byte) type}, type, 0);
            assertEquals(type, waiting.get(type).result().type());
        }
    }

    /// A small message may go in where a large one waits for room.
    @Test
    void whoWaitsForMuchRoomLetsOthersSend() throws Exception {
        mailbox.send(new byte[512], 1, 0);
        mailbox.send(new byte[448], 2, 0);
        var large = ThreadKind.VIRTUAL.start(() -> mailbox.send(new byte[512], 3, 0, LONG));
        var medium = ThreadKind.PLATFORM.start(() -> other.send(new byte[448], 4, 0, LONG));
        large.awaitBlocked();
        medium.awaitBlocked();
        assertTrue(other.trySend(new byte[64], 5, 0));
        assertEquals(448, other.receive(MailboxSelector.exactly(2)).content().length);
        assertTrue(medium.result());
        assertFalse(large.isDone());
        assertEquals(512, other.receive(ANY).content().length);
        assertTrue(large.result());
    }

    @Test
    void aTryLeavesAnInterruptPending() throws Exception {
        Thread.currentThread().interrupt();
        assertTrue(mailbox.trySend(new byte[1], 1, 0));
        assertTrue(other.tryReceive(ANY).isPresent());
        assertTrue(Thread.interrupted());
    }

    @Test
    void manyThreadsShareAMailbox() throws Exception {
        int count = 2000;
        var sending = new ArrayList<ThreadKind.Running<Boolean>>();
        var receiving = new ArrayList<ThreadKind.Running<Integer>>();
        for (int i = 0; i < 4; i++) {
            int type = i;
            var kind = ThreadKind.alternating(i);
            var opening = i < 2 ? mailbox : other;
            sending.add(
                    kind.start(() -> {
                        for (int number = 0; number < count; number++) {
                            var content = MemorySegment.ofArray(new int[] {number});
                            opening.send(content, type, number % 3);
                        }
                        return true;
                    }));
            receiving.add(
                    kind.start(() -> {
                        var in = arena.allocate(64);
                        for (int number = 0; number < count; number++) {
                            int bytes = opening.receive(in, MailboxSelector.exactly(3 - type));
                            assertEquals(4, bytes);
                            assertEquals(number, in.get(JAVA_INT, 0));
                        }
                        return count;
                    }));
        }
        for (var each : sending) {
            assertTrue(each.result());
        }
        for (var each : receiving) {
            assertEquals(count, each.result());
        }
        assertEquals(new Mailbox.Status(SMALL, 0, 0, 4L * count, 0), other.status());
    }

    @Test
    void closingAMailboxInARegionEndsItsWaits() throws Exception {
        try (var region = SharedRegion.createAnonymous(1, Mailbox.bytes(SMALL))) {
            var one = Mailbox.in(region, 0, SMALL);
            var same = Mailbox.in(region, 0, SMALL);
            var closed = ThreadKind.VIRTUAL.start(() -> one.receive(ANY));
            var open = ThreadKind.PLATFORM.start(() -> same.receive(ANY));
            closed.awaitBlocked();
            open.awaitBlocked();
            one.close();
            assertThrows(AsynchronousCloseException.class, closed::result);
            assertThrows(ClosedChannelException.class, () -> one.trySend(new byte[1], 1, 0));
            assertThrows(ClosedChannelException.class, one::remove);
            assertFalse(open.isDone());
            same.send(new byte[1], 1, 0);
            assertEquals(1, open.result().type());
        }
    }

    @Test
    void theRegionMayBeClosedBeforeItsMailboxes() throws Exception {
        var region = SharedRegion.createAnonymous(1, Mailbox.bytes(SMALL));
        var one = Mailbox.in(region, 0, SMALL);
        var receiving = ThreadKind.VIRTUAL.start(() -> one.receive(ANY));
        receiving.awaitBlocked();
        region.close();
        assertThrows(ClosedChannelException.class, receiving::result);
        assertThrows(ClosedChannelException.class, () -> one.trySend(new byte[1], 1, 0));
        assertThrows(ClosedChannelException.class, one::status);
        one.close();
    }

    @Test
    void whatCannotBeIsNoCrash() throws Exception {
        var layout = SMALL.layout();
        try (var region = SharedRegion.createAnonymous(1, Mailbox.bytes(SMALL))) {
            var one = Mailbox.in(region, 0, SMALL);
            one.send(new byte[200], 1, 0);
            long slot = layout.slot(0);
            for (long at :
                    new long[] {
                        slot + MailboxLayout.LENGTH,
                        slot + MailboxLayout.FIRST,
                        MailboxLayout.OLDEST,
                        MailboxLayout.COUNT,
                        layout.link(0)
                    }) {
                int before = region.data().get(JAVA_INT, at);
                for (int word : new int[] {-1, 1 << 31, Integer.MAX_VALUE, 1025}) {
                    region.data().set(JAVA_INT, at, word);
                    assertThrows(BadRegionException.class, () -> one.tryReceive(ANY), at + " ");
                }
                region.data().set(JAVA_INT, at, before);
            }
            assertEquals(200, one.receive(ANY).content().length);
        }
    }

    /// Whatever others store: no access goes beyond, nothing else is thrown, and all ends.
    @Test
    void nonsenseIsToldOrTakenForAMessage() throws Exception {
        var layout = new MailboxLayout(8, 1024);
        var words = new long[(int) layout.bytes() / Long.BYTES];
        var memory = new MailboxMemory(MemorySegment.ofArray(words));
        var table = new MailboxTable(memory, layout);
        var random = new Random(7);
        var into = MemorySegment.ofArray(new byte[1024]);
        int told = 0;
        for (int i = 0; i < 200_000; i++) {
            if (random.nextInt(4) == 0) {
                long at = MailboxLayout.SETTLED + 4L * random.nextInt(300);
                memory.setInt(at, random.nextBoolean() ? random.nextInt(12) - 2 : random.nextInt());
            }
            try {
                table.settle();
                if (random.nextBoolean()) {
                    boolean _ = table.put(into.asSlice(0, random.nextInt(300)), i % 3, i % 5);
                } else {
                    var which = i % 2 == 0 ? ANY : MailboxSelector.HIGHEST_PRIORITY;
                    int slot = table.find(i % 3 == 0 ? MailboxSelector.lowestUpTo(1) : which);
                    if (slot >= 0) {
                        table.copyOut(slot, into, table.length(slot));
                        table.take(slot);
                    }
                }
            } catch (BadRegionException _) {
                told++;
                if (random.nextInt(8) == 0) {
                    Arrays.fill(words, 0);
                }
            }
        }
        assertTrue(told > 1000, told + " were told");
    }

    @Test
    void nothingIsAllocatedForAMessageAndNoSystemCallMade() throws Throwable {
        var out = arena.allocate(100);
        var in = arena.allocate(100);
        var inbox = new Inbox(in);
        var sink = mailbox.sink(1, 2);
        var source = other.source(MailboxSelector.HIGHEST_PRIORITY);
        Allocations.assertNone(() -> {
            sink.send(out);
            assertEquals(100, source.receive(in));
            assertTrue(mailbox.trySend(out, 1, 2));
            other.receive(inbox, ANY);
        });
        var calls = new AtomicInteger();
        try (var _ = Faults.before("futex", 1, calls::incrementAndGet)) {
            sink.send(out);
            assertEquals(100, source.receive(in));
        }
        assertEquals(0, calls.get());
        assertEquals(Outcome.NOTHING, source.tryReceive(in));
    }
}
