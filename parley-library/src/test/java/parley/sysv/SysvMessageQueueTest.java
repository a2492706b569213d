package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.Limit;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.os.RemovedException;
import parley.ready.Outcome;

@Timeout(120)
final class SysvMessageQueueTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    private final IpcKey key = Traces.newKey();
    private SysvMessageQueue queue;

    @BeforeEach
    void create() throws OsException {
        queue = SysvMessageQueue.create(key);
    }

    @AfterEach
    void remove() throws OsException {
        queue.close();
        Traces.removeQueue(key);
    }

    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    private static byte[] text(String text) {
        return text.getBytes(US_ASCII);
    }

    private String next(MessageSelector which) throws IOException {
        return queue.tryReceive(which)
                .map(message -> message.type() + " " + new String(message.text(), US_ASCII))
                .orElse("nothing");
    }

    @Test
    void anyMessageIsTheOldest() throws Exception {
        queue.send(3, text("first"));
        queue.send(1, text("second"));
        assertEquals("3 first", next(MessageSelector.ANY));
        assertEquals("1 second", next(MessageSelector.ANY));
        assertEquals("nothing", next(MessageSelector.ANY));
    }

    @Test
    void anExactTypeIsTakenFromBetweenOthers() throws Exception {
        queue.send(1, text("one"));
        queue.send(2, text("two"));
        queue.send(2, text("two again"));
        assertEquals("nothing", next(MessageSelector.exactly(3)));
        assertEquals("2 two", next(MessageSelector.exactly(2)));
        assertEquals("2 two again", next(MessageSelector.exactly(2)));
        assertEquals("1 one", next(MessageSelector.exactly(1)));
    }

    @Test
    void theLowestTypeComesFirstAndNoHigherOne() throws Exception {
        queue.send(3, text("three"));
        queue.send(1, text("one"));
        queue.send(2, text("two"));
        queue.send(Long.MAX_VALUE, text("last"));
        assertEquals("1 one", next(MessageSelector.lowestUpTo(2)));
        assertEquals("2 two", next(MessageSelector.lowestUpTo(2)));
        assertEquals("nothing", next(MessageSelector.lowestUpTo(2)));
        assertEquals("3 three", next(MessageSelector.lowestUpTo(Long.MAX_VALUE)));
        assertEquals(Long.MAX_VALUE + " last", next(MessageSelector.lowestUpTo(Long.MAX_VALUE)));
    }

    @Test
    void aTypeBelowOneIsTheCallersMistake() throws Exception {
        for (long type : new long[] {0, -1, Long.MIN_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> queue.send(type, new byte[1]));
            assertThrows(IllegalArgumentException.class, () -> queue.trySend(type, new byte[1]));
        }
        assertEquals(0, queue.status().messages());
    }

    @Test
    void everyFormOfSendingAndReceivingAgrees() throws Exception {
        try (var arena = Arena.ofConfined()) {
            var segment = arena.allocateFrom(JAVA_BYTE, text("text"));
            var into = arena.allocate(10);
            queue.send(1, segment);
            assertTrue(queue.trySend(2, segment));
            assertTrue(queue.send(3, segment, SHORT));
            queue.send(4, text("text"));
            assertTrue(queue.trySend(5, text("text")));
            assertTrue(queue.send(6, text("text"), SHORT));

            assertEquals(4, queue.receive(into, MessageSelector.exactly(6)));
            assertEquals(4, queue.tryReceive(into.fill((byte) 0), MessageSelector.exactly(5)));
            assertEquals(4, queue.receive(into.fill((byte) 0), MessageSelector.exactly(4), SHORT));
            assertEquals(-1, into.asSlice(0, 4).mismatch(segment));
            assertEquals(3, queue.receive(MessageSelector.exactly(3)).type());
            assertEquals(2, queue.tryReceive(MessageSelector.exactly(2)).get().type());
            var last = queue.receive(MessageSelector.ANY, SHORT).get();
            assertEquals(1, last.type());
            assertArrayEquals(text("text"), last.text());

            assertEquals(Outcome.NOTHING, queue.tryReceive(into, MessageSelector.ANY));
            assertEquals(Outcome.NOTHING, queue.receive(into, MessageSelector.ANY, SHORT));
            assertEquals(Optional.empty(), queue.receive(MessageSelector.ANY, SHORT));
        }
    }

    @Test
    void aFullQueueRefusesInEveryFormThatDoesNotWait() throws Exception {
        int messages = 0;
        while (queue.trySend(1, new byte[4096])) {
            messages++;
        }
        var status = queue.status();
        assertEquals(status.bytesMax() / 4096, messages);
        assertEquals(messages, status.messages());
        assertEquals(4096L * messages, status.bytes());
        assertFalse(queue.send(1, new byte[4096], SHORT));
        assertFalse(queue.send(1, new byte[4096], Duration.ZERO));
        assertFalse(queue.send(1, new byte[4096], Duration.ofSeconds(-1)));
    }

    @Test
    void aTextLongerThanItsRoomStaysInTheQueue() throws Exception {
        queue.send(5, text("0123456789"));
        try (var arena = Arena.ofConfined()) {
            var small = arena.allocate(9);
            assertTooLong(() -> queue.tryReceive(small, MessageSelector.ANY));
            assertTooLong(() -> queue.receive(small, MessageSelector.ANY));
            assertTooLong(() -> queue.receive(small, MessageSelector.ANY, SHORT));
            assertEquals(1, queue.status().messages());
            assertEquals(10, queue.receive(arena.allocate(10), MessageSelector.ANY));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTextTooLongForOneThatWaitsStaysInTheQueue(ThreadKind kind) throws Exception {
        var small = Arena.ofAuto().allocate(9);
        var receiver = startWaiting(kind, () -> queue.receive(small, MessageSelector.ANY));
        queue.send(5, text("0123456789"));
        assertTooLong(receiver::result);
        assertEquals("5 0123456789", next(MessageSelector.ANY));
    }

    private static void assertTooLong(ThreadKind.Action<Integer> receive) {
        var e = assertThrows(OsException.class, receive::run);
        assertEquals(Errno.E2BIG, e.errno());
        assertEquals("msgrcv", e.call());
        assertTrue(e.getMessage().contains("stays in the queue"), e.getMessage());
    }

    /// Starts a thread, and returns when it waits, for a message or for room.
    private static <T> ThreadKind.Running<T> startWaiting(
            ThreadKind kind, ThreadKind.Action<T> action) throws Exception {
        var running = kind.start(action);
        running.awaitBlocked();
        return running;
    }

    @Test
    void aTextTheKernelDoesNotTakeIsRefusedAndNotTakenForARemoval() throws Exception {
        for (int length : new int[] {queue.messageBytesMax() + 1, 100_000_000}) {
            var e = assertThrows(OsException.class, () -> queue.send(1, new byte[length]));
            assertEquals(Errno.EINVAL, e.errno());
            assertFalse(e instanceof RemovedException);
            assertTrue(e.getMessage().contains("kernel.msgmax"), e.getMessage());
        }
        try (var _ = Faults.fail("msgsnd", 1, Errno.EINVAL.number())) {
            var e = assertThrows(OsException.class, () -> queue.trySend(1, new byte[1]));
            assertEquals(Errno.EINVAL, e.errno());
        }
    }

    @Test
    void memoryThatCannotTakeAMessageIsRefusedBeforeItLeavesTheQueue() throws Exception {
        queue.send(1, text("text"));
        var closed = Arena.ofConfined();
        var dead = closed.allocate(10);
        closed.close();
        var readOnly = Arena.ofAuto().allocate(10).asReadOnly();
        var heap = MemorySegment.ofArray(new byte[10]);
        var any = MessageSelector.ANY;
        assertThrows(IllegalStateException.class, () -> queue.tryReceive(dead, any));
        assertThrows(IllegalArgumentException.class, () -> queue.tryReceive(readOnly, any));
        assertThrows(IllegalArgumentException.class, () -> queue.receive(heap, any));
        assertThrows(IllegalArgumentException.class, () -> queue.send(1, heap));
        assertThrows(IllegalArgumentException.class, () -> queue.trySend(1, heap));
        assertThrows(IllegalArgumentException.class, () -> queue.send(1, heap, SHORT));
        try (var arena = Arena.ofConfined()) {
            var mine = arena.allocate(10);
            var other = ThreadKind.PLATFORM.start(() -> queue.tryReceive(mine, any));
            assertThrows(WrongThreadException.class, other::result);
        }
        assertThrows(IllegalStateException.class, () -> queue.trySend(1, dead));
        assertEquals("1 text", next(any));
    }

    @ParameterizedTest
    @EnumSource
    void memoryCannotBeFreedUnderAReceiverThatWaits(ThreadKind kind) throws Exception {
        var arena = Arena.ofShared();
        var into = arena.allocate(10);
        var receiver = kind.start(() -> queue.receive(into, MessageSelector.ANY));
        awaitReceiver(10);
        assertThrows(IllegalStateException.class, arena::close);
        queue.send(1, text("text"));
        assertEquals(4, receiver.result());
        arena.close();
    }

    /// Returns once the kernel says that some thread is in a call on the queue, with room for so
    /// much.
    private void awaitReceiver(int bytes) {
        assumeTrue(Files.isReadable(Path.of("/proc/self/syscall")), "the kernel does not say");
        var call = "\\d+ 0x%x 0x[0-9a-f]+ 0x%x .*\n".formatted(queue.id(), bytes);
        boolean isThere = false;
        while (!isThere) {
            try (var threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
                for (var thread : threads) {
                    isThere |= Files.readString(thread.resolve("syscall")).matches(call);
                }
            } catch (IOException _) {
                // A thread ended meanwhile.
            }
        }
    }

    @Test
    void makingOpeningAndRemovingFollowTheKey() throws Exception {
        assertThrows(AlreadyExistsException.class, () -> SysvMessageQueue.create(key));
        try (var byKey = SysvMessageQueue.open(key);
                var byId = SysvMessageQueue.openById(queue.id());
                var existing = SysvMessageQueue.openOrCreate(key)) {
            queue.send(1, text("text"));
            assertEquals(1, byKey.status().messages());
            assertEquals(1, byId.status().messages());
            assertEquals(queue.id(), existing.id());
            assertEquals("msg:" + key, byKey.address());
            assertEquals("msg:" + key, byKey.toString());
            assertEquals("msg:#" + queue.id(), byId.address());
        }
        SysvMessageQueue.remove(key);
        assertThrows(NotFoundException.class, () -> SysvMessageQueue.remove(key));
        assertThrows(NotFoundException.class, () -> SysvMessageQueue.open(key));
        assertThrows(NotFoundException.class, () -> SysvMessageQueue.openById(queue.id()));
        assertThrows(NotFoundException.class, () -> SysvMessageQueue.removeById(queue.id()));

        try (var made = SysvMessageQueue.openOrCreate(key)) {
            assertNotEquals(queue.id(), made.id());
            assertEquals(0, made.status().messages());
            SysvMessageQueue.removeById(made.id());
        }
    }

    @Test
    void anAbsentQueueIsNamed() {
        var absent = Traces.newKey();
        var e = assertThrows(NotFoundException.class, () -> SysvMessageQueue.open(absent));
        assertEquals("msg:" + absent, e.object());
        assertEquals(Errno.ENOENT, e.errno());
        assertEquals("msgget", e.call());
    }

    @Test
    void aPrivateQueueIsFoundByItsIdAlone() throws Exception {
        try (var own = SysvMessageQueue.createPrivate();
                var another = SysvMessageQueue.createPrivate()) {
            Traces.remember(own.address());
            Traces.remember(another.address());
            assertEquals("msg:#" + own.id(), own.address());
            assertNotEquals(own.id(), another.id());
            assertEquals(IpcKey.PRIVATE, own.status().permissions().key());
            try (var found = SysvMessageQueue.openById(own.id())) {
                found.send(1, text("text"));
            }
            assertEquals(1, own.status().messages());
            own.remove();
            another.remove();
        }
        var none = IpcKey.PRIVATE;
        assertThrows(IllegalArgumentException.class, () -> SysvMessageQueue.open(none));
        assertThrows(IllegalArgumentException.class, () -> SysvMessageQueue.openOrCreate(none));
        assertThrows(IllegalArgumentException.class, () -> SysvMessageQueue.remove(none));
    }

    @Test
    void openOrCreateGoesRoundAgainWhenTheQueueGoesInBetween() throws Exception {
        Runnable removing =
                () -> {
                    try {
                        SysvMessageQueue.remove(key);
                    } catch (OsException e) {
                        throw new AssertionError(e);
                    }
                };
        try (var _ = Faults.before("msgget", 2, removing);
                var made = SysvMessageQueue.openOrCreate(key)) {
            assertNotEquals(queue.id(), made.id());
        }
    }

    @Test
    void statusTellsWhoDidWhatAndWhen() throws Exception {
        var before = Instant.now().minusSeconds(2);
        var fresh = queue.status();
        assertEquals(0, fresh.messages());
        assertEquals(0, fresh.bytes());
        assertTrue(fresh.bytesMax() > 0);
        assertEquals(0, fresh.lastSendPid());
        assertEquals(0, fresh.lastReceivePid());
        assertEquals(Optional.empty(), fresh.lastSendTime());
        assertEquals(Optional.empty(), fresh.lastReceiveTime());
        assertTrue(fresh.changeTime().isAfter(before));

        var own = Credentials.own();
        assertEquals(key, fresh.permissions().key());
        assertEquals(own.uid(), fresh.permissions().ownerUid());
        assertEquals(own.gid(), fresh.permissions().creatorGid());
        assertEquals(FileMode.OWNER_ONLY, fresh.permissions().mode());

        queue.send(1, text("text"));
        assertEquals(own.pid(), queue.status().lastSendPid());
        assertTrue(queue.status().lastSendTime().orElseThrow().isAfter(before));
        assertEquals(4, queue.status().bytes());
        assertEquals(Optional.empty(), queue.status().lastReceiveTime());
        next(MessageSelector.ANY);
        assertEquals(own.pid(), queue.status().lastReceivePid());
        assertTrue(queue.status().lastReceiveTime().orElseThrow().isAfter(before));
    }

    @Test
    void theModeIsWhatWasAskedForWhateverTheUmask() throws Exception {
        var open = Traces.newKey();
        try (var made = SysvMessageQueue.create(open, new FileMode(0666))) {
            assertEquals(new FileMode(0666), made.status().permissions().mode());
        } finally {
            SysvMessageQueue.remove(open);
        }
    }

    @Test
    void everyCallAfterTheRemovalSaysThatItWasRemoved() throws Exception {
        queue.remove();
        assertRemoved(queue::remove);
        assertRemoved(() -> queue.send(1, text("text")));
        assertRemoved(() -> queue.trySend(1, text("text")));
        assertRemoved(() -> queue.receive(MessageSelector.ANY));
        assertRemoved(() -> queue.tryReceive(Arena.ofAuto().allocate(1), MessageSelector.ANY));
        assertRemoved(queue::status);
    }

    private static void assertRemoved(Executable call) {
        var e = assertThrows(RemovedException.class, call);
        assertEquals(Errno.EIDRM, e.errno());
    }

    @ParameterizedTest
    @EnumSource
    void theRemovalEndsAReceiverThatWaits(ThreadKind kind) throws Exception {
        var running = startWaiting(kind, () -> queue.receive(MessageSelector.ANY));
        SysvMessageQueue.remove(key);
        assertRemoved(running::result);
    }

    @ParameterizedTest
    @EnumSource
    void theRemovalEndsASenderThatWaits(ThreadKind kind) throws Exception {
        while (queue.trySend(1, new byte[4096])) {}
        var running =
                startWaiting(
                        kind,
                        () -> {
                            queue.send(1, new byte[4096]);
                            return true;
                        });
        queue.remove();
        assertRemoved(running::result);
    }

    @Test
    void aClosedQueueRefusesEverything() {
        queue.close();
        assertThrows(ClosedChannelException.class, queue::remove);
        assertThrows(ClosedChannelException.class, queue::status);
        assertThrows(ClosedChannelException.class, () -> queue.setBytesMax(1));
        assertThrows(ClosedChannelException.class, () -> queue.setMode(FileMode.OWNER_ONLY));
        assertThrows(ClosedChannelException.class, () -> queue.setOwner(0, 0));
        assertThrows(ClosedChannelException.class, () -> queue.trySend(1, new byte[1]));
        assertThrows(ClosedChannelException.class, () -> queue.receive(MessageSelector.ANY));
        assertThrows(ClosedChannelException.class, () -> queue.tryReceive(MessageSelector.ANY));
    }

    /// Interrupts and messages race; each message must be received by the interrupted call or be
    /// there after it.
    @ParameterizedTest
    @EnumSource
    void anInterruptedReceiverLosesNothing(ThreadKind kind) throws Exception {
        for (int round = 0; round < 200; round++) {
            int number = round;
            var receiver = startWaiting(kind, () -> queue.receive(MessageSelector.ANY).text()[0]);
            var sender =
                    ThreadKind.PLATFORM.start(() -> queue.trySend(1, new byte[] {(byte) number}));
            receiver.interrupt();
            assertTrue(sender.result());
            assertEquals((byte) number, receivedBy(receiver));
            assertEquals(0, queue.status().messages());
        }
    }

    private byte receivedBy(ThreadKind.Running<Byte> receiver) throws Exception {
        try {
            return receiver.result();
        } catch (InterruptedException _) {
            return queue.tryReceive(MessageSelector.ANY).orElseThrow().text()[0];
        }
    }

    @Test
    void manyThreadsSendAndReceiveEveryMessageOnce() throws Exception {
        int perThread = 500;
        var senders = new ArrayList<ThreadKind.Running<Boolean>>();
        var receivers = new ArrayList<ThreadKind.Running<Long>>();
        for (int i = 0; i < 8; i++) {
            var kind = i % 2 == 0 ? ThreadKind.PLATFORM : ThreadKind.VIRTUAL;
            byte number = (byte) i;
            senders.add(kind.start(() -> sendMany(number, perThread)));
            receivers.add(kind.start(() -> receiveMany(perThread)));
        }
        long sum = 0;
        for (var sender : senders) {
            assertTrue(sender.result());
        }
        for (var receiver : receivers) {
            sum += receiver.result();
        }
        assertEquals((0L + 1 + 2 + 3 + 4 + 5 + 6 + 7) * perThread, sum);
        assertEquals(0, queue.status().messages());
    }

    private boolean sendMany(byte number, int messages) throws Exception {
        var text = new byte[100 * (number + 1)];
        Arrays.fill(text, number);
        for (int i = 0; i < messages; i++) {
            queue.send(number + 1, text);
        }
        return true;
    }

    private long receiveMany(int messages) throws Exception {
        long sum = 0;
        for (int i = 0; i < messages; i++) {
            var message = queue.receive(MessageSelector.ANY);
            assertEquals(100 * message.type(), message.text().length);
            for (byte b : message.text()) {
                assertEquals(message.type() - 1, b);
            }
            sum += message.text()[0];
        }
        return sum;
    }

    @Test
    void aTextIsCutOffAtItsRoomAndNotAtOurs() throws Exception {
        int longest = queue.messageBytesMax();
        var text = new byte[longest];
        Arrays.fill(text, (byte) 'x');
        var which = MessageSelector.ANY.cutOff();
        try (var arena = Arena.ofConfined()) {
            queue.send(1, text);
            assertEquals(longest, queue.receive(arena.allocate(1 << 20), which));
            queue.send(1, text);
            assertEquals(longest - 1, queue.tryReceive(arena.allocate(longest - 1), which));
            queue.send(1, text);
            assertEquals(0, queue.receive(arena.allocate(0), which, SHORT));
            assertEquals(0, queue.status().messages());
        }
        queue.send(1, text);
        assertArrayEquals(text, queue.receive(which).text());
    }

    @ParameterizedTest
    @EnumSource
    void aTextForOneThatWaitsIsCutOff(ThreadKind kind) throws Exception {
        var small = Arena.ofAuto().allocate(4);
        var which = MessageSelector.exactly(5).cutOff();
        var receiver = startWaiting(kind, () -> queue.receive(small, which));
        queue.send(5, text("0123456789"));
        assertEquals(4, receiver.result());
        assertArrayEquals(text("0123"), small.toArray(JAVA_BYTE));
        assertEquals(0, queue.status().messages());
    }

    @Test
    void copiesOfAllMessagesCanBeSeenAndTheyStay() throws Exception {
        queue.send(3, text("first"));
        queue.send(1, new byte[queue.messageBytesMax()]);
        assertEquals(3, queue.peek(0).orElseThrow().type());
        assertEquals(queue.messageBytesMax(), queue.peek(1).orElseThrow().text().length);
        assertEquals(Optional.empty(), queue.peek(2));
        assertEquals(2, queue.status().messages());
        assertThrows(IllegalArgumentException.class, () -> queue.peek(-1));
        try (var _ = Faults.fail("msgrcv", 1, Errno.ENOSYS.number())) {
            var e = assertThrows(OsException.class, () -> queue.peek(0));
            assertTrue(e.getMessage().contains("CONFIG_CHECKPOINT_RESTORE"), e.getMessage());
        }
    }

    @Test
    void aLargerQueueLetsThoseGoOnThatWait() throws Exception {
        long bytes = queue.status().bytesMax();
        queue.setBytesMax(10);
        assertTrue(queue.trySend(1, new byte[10]));
        var sender =
                startWaiting(
                        ThreadKind.VIRTUAL,
                        () -> {
                            queue.send(1, new byte[10]);
                            return true;
                        });
        queue.setBytesMax(bytes);
        assertTrue(sender.result());
        assertEquals(2, queue.status().messages());
        assertThrows(IllegalArgumentException.class, () -> queue.setBytesMax(-1));
    }

    @Test
    void whoMayNotReadMayChangeAllTheSame() throws Exception {
        queue.setBytesMax(100);
        try (var fault = Faults.fail("msgctl", 1, Errno.EACCES.number())) {
            queue.setMode(new FileMode(0622));
            assertTrue(fault.happened());
        }
        var status = queue.status();
        assertEquals(new FileMode(0622), status.permissions().mode());
        assertEquals(100, status.bytesMax());
        assertEquals(Credentials.own().uid(), status.permissions().ownerUid());
    }

    @Test
    void anotherOwnerIsNotAnotherCreator() throws Exception {
        var own = Credentials.own();
        assumeTrue(own.uid() == 0, "only root may use what it has given away");
        queue.setOwner(65534, 65533);
        var permissions = queue.status().permissions();
        assertEquals(65534, permissions.ownerUid());
        assertEquals(65533, permissions.ownerGid());
        assertEquals(own.uid(), permissions.creatorUid());
        assertEquals(own.gid(), permissions.creatorGid());
        assertEquals(FileMode.OWNER_ONLY, permissions.mode());
        assertThrows(IllegalArgumentException.class, () -> queue.setOwner(0xffff_ffffL, 0));
    }

    @Test
    void theSummaryHasTheLimitsInForce() throws Exception {
        queue.send(1, new byte[1000]);
        var summary = SysvMessageQueue.summary();
        assertTrue(summary.queues() >= 1 && summary.messages() >= 1, summary::toString);
        assertTrue(summary.bytes() >= 1000, summary::toString);
        assertEquals(Limit.MSGMNI.value().orElseThrow(), summary.queuesMax());
        assertEquals(Limit.MSGMNB.value().orElseThrow(), summary.queueBytesMax());
        assertEquals(queue.messageBytesMax(), summary.messageBytesMax());
    }

    @Test
    void aListThatIsRefusedSaysSo() {
        try (var _ = Faults.fail("msgctl", 2, Errno.EPERM.number())) {
            assertThrows(NotPermittedException.class, SysvMessageQueue::list);
        }
        try (var _ = Faults.fail("msgctl", 1, Errno.ENOSYS.number())) {
            assertThrows(OsException.class, SysvMessageQueue::summary);
        }
    }

    @Test
    void aQueueThatIsLeftWouldBeSeen() {
        assertThrows(AssertionError.class, Traces::assertNothingLeft);
    }

    @Test
    void aFailedCreationSaysWhich() {
        var absent = Traces.newKey();
        try (var _ = Faults.fail("msgget", 1, Errno.ENOSPC.number())) {
            var e =
                    assertThrows(
                            LimitReachedException.class, () -> SysvMessageQueue.create(absent));
            assertTrue(e.getMessage().contains("kernel.msgmni"), e.getMessage());
        }
        try (var _ = Faults.fail("msgget", 1, Errno.ENOSPC.number())) {
            assertThrows(LimitReachedException.class, () -> SysvMessageQueue.openOrCreate(absent));
        }
        assertThrows(NotFoundException.class, () -> SysvMessageQueue.open(absent));
    }

    @Test
    void missingPermissionIsExplained() {
        try (var _ = Faults.fail("msgsnd", 1, Errno.EACCES.number())) {
            var e = assertThrows(NotPermittedException.class, () -> queue.trySend(1, new byte[1]));
            assertTrue(e.getMessage().contains("0600 (rw-------)"), e.getMessage());
        }
    }
}
