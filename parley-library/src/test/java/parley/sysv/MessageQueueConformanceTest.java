package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.kernel.SignalH;
import parley.kernel.SysIpc;
import parley.kernel.SysMsg;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.os.RemovedException;
import parley.peer.Command;

/// Cases of other people's suites, each named by its id. What the library refuses before any call,
/// or has no use for, is asked of the kernel too.
@Timeout(120)
final class MessageQueueConformanceTest {
    private static final MessageSelector ANY = MessageSelector.ANY;
    private static final long QUEUE_BYTES = 16384;

    private final IpcKey key = Traces.newKey();
    private Arena arena;
    private SysvMessageQueue queue;

    @BeforeEach
    void create() throws IOException {
        arena = Arena.ofShared();
        queue = SysvMessageQueue.create(key);
    }

    @AfterEach
    void remove() throws IOException {
        queue.close();
        Traces.removeQueue(key);
        arena.close();
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

    private MemorySegment rawMessage(long type) {
        var message = arena.allocate(SysMsg.TYPE_BYTES + 10, SysMsg.TYPE_BYTES);
        message.set(JAVA_LONG, 0, type);
        return message;
    }

    private static void assertErrno(Errno errno, long r) {
        assertEquals(-errno.number(), r);
    }

    private void fill() throws IOException {
        while (queue.trySend(1, new byte[4096])) {}
    }

    private void requireUsualSize() throws IOException {
        assumeTrue(
                SysvMessageQueue.summary().queueBytesMax() >= QUEUE_BYTES,
                "kernel.msgmnb is less than 16384");
        queue.setBytesMax(QUEUE_BYTES);
    }

    private Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(1); // its clock is coarse
    }

    @Test
    @DisplayName("MSG-001 what is sent is read back unchanged")
    void whatIsSentIsReadBack() throws Exception {
        assertTrue(queue.id() >= 0);
        assertThrows(AlreadyExistsException.class, () -> SysvMessageQueue.create(key));
        queue.send(7, text("unchanged"));
        assertEquals("7 unchanged", next(ANY));
    }

    @Test
    @DisplayName("MSG-003 MSG-004 nothing is found under a key that nobody uses")
    void nothingIsFound() {
        var absent = Traces.newKey();
        var e = assertThrows(NotFoundException.class, () -> SysvMessageQueue.open(absent));
        assertEquals(Errno.ENOENT, e.errno());
        assertErrno(Errno.ENOENT, SysMsg.msgget(absent.value(), SysIpc.IPC_EXCL));
    }

    @Test
    @DisplayName("MSG-006 MSG-007 MSG-027 MSG-047 another user finds a queue, and may do nothing")
    void anotherUserMayDoNothing() throws Exception {
        var closed = Traces.newKey();
        SysvMessageQueue.create(closed, new FileMode(0)).close();
        try {
            queue.send(1, text("not for all"));
            assertEquals(
                    """
                    MSG-006 EACCES
                    MSG-007 %d
                    MSG-027 EACCES
                    MSG-047 EACCES\
                    """
                            .formatted(queue.id()),
                    Elsewhere.asNobody("others-queue", closed, key));
            assertEquals(1, queue.status().messages());
        } finally {
            SysvMessageQueue.remove(closed);
        }
    }

    @Test
    @DisplayName("MSG-009 MSG-052 MSG-054 queues of another namespace, with ids of our choice")
    void queuesOfAnotherNamespace() throws Exception {
        var before = Command.inIpcNamespace("msgmax", "8192");
        var result = Command.run(Elsewhere.command(before, "queues", key));
        assumeTrue(result.exitCode() != 77, "no sysctl of an IPC namespace: " + result.output());
        assertEquals(
                """
                MSG-052 ENOENT
                MSG-009 4321 -1
                MSG-054 1 first, 26538 second, longer
                MSG-054 1 first, 26538 second, longer
                MSG-054 1 first, 26538 second, longer
                MSG-054 true\
                """,
                result.output());
    }

    @Test
    @DisplayName("MSG-011 the status tells of the message, who sent it and when")
    void theStatusTellsOfTheMessage() throws Exception {
        var before = now();
        queue.send(1, new byte[100]);
        var status = queue.status();
        assertEquals(1, status.messages());
        assertEquals(100, status.bytes());
        assertEquals(Credentials.own().pid(), status.lastSendPid());
        var sent = status.lastSendTime().orElseThrow();
        assertFalse(sent.isBefore(before) || sent.isAfter(Instant.now()), sent::toString);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    @DisplayName("MSG-014 MSG-015 a type is at least 1")
    void aTypeIsAtLeastOne(long type) {
        assertThrows(IllegalArgumentException.class, () -> queue.trySend(type, new byte[1]));
        assertErrno(Errno.EINVAL, SysMsg.msgsnd(queue.id(), rawMessage(type), SysIpc.IPC_NOWAIT));
    }

    @Test
    @DisplayName("MSG-017 a message without text has its type")
    void aMessageWithoutText() throws Exception {
        queue.send(9, new byte[0]);
        assertEquals("9 ", next(ANY));
        queue.send(9, arena.allocate(0));
        assertEquals(0, queue.receive(arena.allocate(10), MessageSelector.exactly(9)));
    }

    @Test
    @DisplayName("MSG-018 MSG-020 a queue is full of bytes, and says so at once")
    void aQueueIsFullOfBytes() throws Exception {
        requireUsualSize();
        for (int i = 0; i < 4; i++) {
            assertTrue(queue.trySend(1, new byte[4096]));
        }
        assertFalse(queue.trySend(1, new byte[1]));
        assertErrno(Errno.EAGAIN, SysMsg.msgsnd(queue.id(), rawMessage(1), SysIpc.IPC_NOWAIT));
        assertEquals(4, queue.status().messages());
    }

    @Test
    @DisplayName("MSG-019 a queue is full of messages without a byte")
    void aQueueIsFullOfMessages() throws Exception {
        requireUsualSize();
        var nothing = arena.allocate(0);
        for (int i = 0; i < QUEUE_BYTES; i++) {
            assertTrue(queue.trySend(1, nothing));
        }
        assertFalse(queue.trySend(1, nothing));
        assertEquals(QUEUE_BYTES, queue.status().messages());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("MSG-022 MSG-041 another process's removal ends those that wait")
    void aRemovalEndsThoseThatWait(ThreadKind kind) throws Exception {
        fill();
        var sender =
                kind.start(() -> {
                    queue.send(1, new byte[4096]);
                    return true;
                });
        var receiver = kind.start(() -> queue.receive(MessageSelector.exactly(2)));
        sender.awaitBlocked();
        receiver.awaitBlocked();
        Command.output("ipcrm", "-q", Integer.toString(queue.id()));
        assertEquals(Errno.EIDRM, assertThrows(RemovedException.class, sender::result).errno());
        assertEquals(Errno.EIDRM, assertThrows(RemovedException.class, receiver::result).errno());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("MSG-023 a sender that waits goes on when there is room")
    void aSenderGoesOnWhenThereIsRoom(ThreadKind kind) throws Exception {
        fill();
        var sender =
                kind.start(() -> {
                    queue.send(2, text("waited"));
                    return true;
                });
        sender.awaitBlocked();
        assertEquals(1, queue.receive(ANY).type());
        assertTrue(sender.result());
        assertEquals("2 waited", next(MessageSelector.exactly(2)));
    }

    @Test
    @DisplayName("MSG-026 a message longer than its room is cut off, if so wanted")
    void aMessageIsCutOff() throws Exception {
        var into = arena.allocate(4);
        queue.send(3, text("0123456789"));
        assertEquals(4, queue.receive(into, MessageSelector.exactly(3).cutOff()));
        assertArrayEquals(text("0123"), into.toArray(JAVA_BYTE));
        assertEquals(0, queue.status().messages());
    }

    @Test
    @DisplayName("MSG-028 there is no queue with an id that is none")
    void anIdThatIsNone() {
        assertThrows(NotFoundException.class, () -> SysvMessageQueue.openById(-1));
        assertErrno(Errno.EINVAL, SysMsg.msgrcv(-1, rawMessage(1), 0, SysIpc.IPC_NOWAIT));
    }

    @Test
    @DisplayName("MSG-029 MSG-033 the oldest of a type, or none")
    void theOldestOfAType() throws Exception {
        queue.send(1, text("a"));
        queue.send(2, text("b"));
        queue.send(2, text("c"));
        assertEquals(Optional.empty(), queue.tryReceive(MessageSelector.exactly(3)));
        assertEquals("2 b", next(MessageSelector.exactly(2)));
    }

    @Test
    @DisplayName("MSG-031 any message but those of a type")
    void anyMessageExcept() throws Exception {
        queue.send(2, text("two"));
        queue.send(1, text("one"));
        assertEquals("1 one", next(MessageSelector.anyExcept(2)));
        assertEquals("nothing", next(MessageSelector.anyExcept(2)));
        var waiting = ThreadKind.VIRTUAL.start(() -> queue.receive(MessageSelector.anyExcept(2)));
        waiting.awaitBlocked();
        queue.send(2, text("two again"));
        queue.send(3, text("three"));
        assertEquals(3, waiting.result().type());
    }

    @Test
    @DisplayName("MSG-034 the lowest type that is low enough")
    void theLowestType() throws Exception {
        queue.send(3, text("c"));
        queue.send(1, text("a"));
        queue.send(2, text("b"));
        assertEquals("1 a", next(MessageSelector.lowestUpTo(2)));
    }

    @Test
    @DisplayName("MSG-036 MSG-038 a copy is of a message that is there, and never waits")
    void aCopyNeverWaits() throws Exception {
        queue.send(5, text("stays"));
        assertErrno(Errno.EINVAL, SysMsg.msgrcv(queue.id(), rawMessage(1), 0, SysMsg.MSG_COPY));
        assertEquals(Optional.empty(), queue.peek(2));
        assertEquals(5, queue.peek(0).orElseThrow().type());
        assertArrayEquals(text("stays"), queue.peek(0).orElseThrow().text());
        assertEquals("5 stays", next(ANY));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, SignalH.SA_RESTART})
    @DisplayName("MSG-039 MSG-040 a handler ends the kernel's call, whatever its flags")
    void aHandlerEndsTheCall(int flags) throws Exception {
        var message = rawMessage(1);
        assertErrno(
                Errno.EINTR,
                HandledSignal.resultOf(flags, () -> SysMsg.msgrcv(queue.id(), message, 0, 0)));
    }

    @Test
    @DisplayName("MSG-043 a new queue's status")
    void aNewQueuesStatus() throws Exception {
        var status = queue.status();
        var own = Credentials.own();
        assertEquals(Optional.empty(), status.lastSendTime());
        assertEquals(Optional.empty(), status.lastReceiveTime());
        assertEquals(0, status.messages());
        assertEquals(0, status.lastSendPid());
        assertEquals(0, status.lastReceivePid());
        assertTrue(status.bytesMax() > 0);
        assertEquals(key, status.permissions().key());
        assertEquals(own.uid(), status.permissions().ownerUid());
        assertEquals(own.uid(), status.permissions().creatorUid());
        assertEquals(FileMode.OWNER_ONLY, status.permissions().mode());
    }

    @Test
    @DisplayName("MSG-044 the owner makes the queue smaller")
    void theOwnerMakesItSmaller() throws Exception {
        long bytes = queue.status().bytesMax();
        queue.setBytesMax(bytes - 1);
        assertEquals(bytes - 1, queue.status().bytesMax());
        assertEquals(FileMode.OWNER_ONLY, queue.status().permissions().mode());
    }

    @Test
    @DisplayName("MSG-045 not even root makes it larger without the capability")
    void itIsNotMadeLarger() throws Exception {
        Command.require("setpriv");
        assumeTrue(Credentials.own().uid() == 0, "only root can give away a capability");
        var less = List.of("setpriv", "--bounding-set=-sys_resource");
        var said = Command.output(Elsewhere.command(less, "enlarge", key)).lines().toList();
        assertEquals("MSG-045 EPERM", said.get(0));
        assertTrue(said.get(1).contains("needs CAP_SYS_RESOURCE"), said.get(1));
        assertFalse(said.get(1).contains("Try as that user"), said.get(1));
    }

    @Test
    @DisplayName("MSG-046 an id that was removed is gone for every call")
    void anIdThatWasRemovedIsGone() throws Exception {
        queue.remove();
        assertErrno(Errno.EINVAL, SysMsg.msgctl(queue.id(), SysIpc.IPC_RMID, MemorySegment.NULL));
        assertThrows(RemovedException.class, queue::remove);
        assertThrows(RemovedException.class, queue::status);
        assertThrows(RemovedException.class, () -> queue.setBytesMax(1));
        assertThrows(RemovedException.class, () -> queue.setMode(FileMode.OWNER_ONLY));
        assertThrows(RemovedException.class, () -> queue.peek(0));
        assertThrows(RemovedException.class, () -> queue.trySend(1, new byte[1]));
    }

    @Test
    @DisplayName("MSG-049 a command that is none")
    void aCommandThatIsNone() {
        assertErrno(Errno.EINVAL, SysMsg.msgctl(queue.id(), -1, MemorySegment.NULL));
    }

    @Test
    @DisplayName("MSG-051 the list shows each queue with its key")
    void theListShowsEachQueue() throws Exception {
        queue.send(1, new byte[3]);
        var listed =
                SysvMessageQueue.list().stream()
                        .filter(status -> status.permissions().key().equals(key))
                        .toList();
        assertEquals(List.of(queue.status()), listed);
        assertEquals(queue.id(), listed.getFirst().id());
    }
}
