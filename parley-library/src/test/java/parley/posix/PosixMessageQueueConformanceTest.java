package parley.posix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.kernel.Mqueue;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.posix.PosixMessageQueue.Access;
import parley.posix.PosixMessageQueue.Size;
import parley.ready.Outcome;

/// Cases of other people's suites, each named by its id; those of notification are in
/// [MessageNotificationTest].
@Timeout(120)
final class PosixMessageQueueConformanceTest {
    private static final Size SMALL = new Size(2, 16);
    private static final Duration SHORT = Duration.ofMillis(30);

    @TempDir private static Path directory;
    private static CPeer c;

    private final String name = Unique.name("/mq");

    @BeforeAll
    static void compile() throws Exception {
        c = CPeer.compiledIn(directory);
    }

    @AfterEach
    void unlink() throws OsException {
        try {
            PosixMessageQueue.unlink(name);
        } catch (NotFoundException _) {
            // The test has taken it away itself, or never made it.
        }
    }

    private PosixMessageQueue small() throws IOException {
        return PosixMessageQueue.create(name, SMALL, FileMode.OWNER_ONLY);
    }

    private PosixMessageQueue full() throws IOException {
        var queue = small();
        while (queue.trySend(new byte[1], 0)) {}
        return queue;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String text(PosixMessageQueue queue) throws Exception {
        var message = queue.receive();
        return message.priority() + " " + new String(message.content(), UTF_8);
    }

    private static int raw(String name, int flags) {
        try (var arena = Arena.ofConfined()) {
            return Mqueue.mq_open(arena.allocateFrom(name), flags, 0600, MemorySegment.NULL);
        }
    }

    private static void assertRefused(Errno errno, Executable call) {
        assertEquals(errno, assertThrows(OsException.class, call).errno());
    }

    private static String inNamespace(String script, List<String> as, String... arguments)
            throws Exception {
        Command.require("unshare");
        assumeTrue(Credentials.own().uid() == 0, "only root can have an IPC namespace of its own");
        var words = new ArrayList<>(OtherJvm.inIpcNamespace(script));
        words.addAll(as);
        var result = Command.run(OtherJvm.command(words, arguments));
        assumeFalse(OtherJvm.isNotHere(result.exitCode()), "no private IPC namespace: " + script);
        return result.output();
    }

    @Test
    @DisplayName("PMQ-002 with higher limits a queue is as large as was asked for")
    void aLargeQueue() throws Exception {
        var limits = "cd /proc/sys/fs/mqueue && echo 20 > msg_max && echo 16384 > msgsize_max";
        assertEquals(
                """
                Status[messagesMax=20, messageBytesMax=16384, messages=0, isNonBlocking=false]
                329600
                permitted\
                """,
                inNamespace(limits, List.of(), "queue", name, "20", "16384"));
    }

    @Test
    @DisplayName("PMQ-005 PMQ-014 another user is refused what the mode and the limits refuse")
    void anotherUser() throws Exception {
        OtherJvm.assumeAnotherUser();
        try (var queue = PosixMessageQueue.create(name, SMALL, new FileMode(0602))) {
            var told =
                    Command.output(OtherJvm.command(OtherUser.NOBODY, "queues", name))
                            .lines()
                            .toList();
            assertEquals(7, told.size(), told::toString);
            assertStarts("NotPermittedException mq_open mq:" + name + ": EACCES", told.get(0));
            assertStarts("NotPermittedException mq_open mq:" + name + ": EACCES", told.get(1));
            assertEquals("permitted", told.get(2));
            assertEquals(1, queue.status().messages());
            assertStarts("NotPermittedException chmod mq:" + name + ": EPERM", told.get(3));
            assertEquals("8289", told.get(4));
            var tooLarge = "LimitReachedException mq_open(mq_attr) mq:" + name + "-large: EINVAL";
            assertStarts(tooLarge, told.get(5));
            assertTrue(told.get(5).contains("msgsize_max"), told.get(5));
            assertStarts("NotPermittedException mq_unlink mq:" + name + ": EACCES", told.get(6));
        }
    }

    private static void assertStarts(String start, String text) {
        assertTrue(text.startsWith(start), text);
    }

    @Test
    @DisplayName("PMQ-006 what a queue counts for in RLIMIT_MSGQUEUE is said to the byte")
    void theLimitOfAUser() throws Exception {
        OtherJvm.assumeAnotherUser();
        Command.require("prlimit");
        long bytes = new Size(10, 100).accountedBytes();
        assertEquals(10 * (100 + 96), bytes);
        var uid = "" + (100_000 + ProcessHandle.current().pid() % 100_000); // has no other queues
        for (boolean fits : new boolean[] {true, false}) {
            long limit = fits ? bytes : bytes - 1;
            var words =
                    List.of(
                            "prlimit",
                            "--msgqueue=" + limit + ":" + limit,
                            "setpriv",
                            "--reuid",
                            uid,
                            "--regid",
                            uid,
                            "--clear-groups");
            var arguments = new String[] {"queue", name, "10", "100"};
            var told = Command.output(OtherJvm.command(words, arguments));
            if (fits) {
                assertTrue(told.endsWith("permitted"), told);
                unlink();
            } else {
                assertTrue(told.contains("LimitReachedException mq_open"), told);
                assertTrue(told.contains("10 messages of 100 bytes count for 1960"), told);
                assertTrue(told.contains("RLIMIT_MSGQUEUE = 1959"), told);
            }
        }
    }

    @Test
    @DisplayName("PMQ-007 a queue of 4 GB is refused")
    void aQueueThatIsTooLarge() {
        var huge = new Size(65536, 65536);
        assertThrows(
                OsException.class, () -> PosixMessageQueue.create(name, huge, FileMode.OWNER_ONLY));
        assertThrows(NotFoundException.class, () -> PosixMessageQueue.open(name));
    }

    @Test
    @DisplayName("PMQ-008 PMQ-009 a name has up to 255 bytes after its slash, in any script")
    void theLongestName() throws Exception {
        for (var letter : new String[] {"x", "ü"}) {
            int count = 255 - name.length();
            var longest = name + letter.repeat(count / bytes(letter).length);
            PosixMessageQueue.create(longest).close();
            PosixMessageQueue.unlink(longest);
            var longer = name + "x" + letter.repeat(count / bytes(letter).length + 1);
            assertThrows(IllegalArgumentException.class, () -> PosixMessageQueue.create(longer));
        }
        var tooLong = "/" + "x".repeat(256);
        assertEquals(-Errno.ENAMETOOLONG.number(), raw(tooLong, Fcntl.O_CREAT | Fcntl.O_RDWR));
    }

    @Test
    @DisplayName("PMQ-011 PMQ-012 a name has one slash, at its beginning")
    void namesThatAreNone() {
        assertEquals(-Errno.EINVAL.number(), raw("jobs", Fcntl.O_CREAT | Fcntl.O_RDWR));
        assertEquals(-Errno.EACCES.number(), raw("/a/b", Fcntl.O_CREAT | Fcntl.O_RDWR));
        for (var bad : new String[] {"jobs", "/a/b", "/", "", "/."}) {
            assertThrows(IllegalArgumentException.class, () -> PosixMessageQueue.create(bad));
            assertThrows(IllegalArgumentException.class, () -> PosixMessageQueue.open(bad));
            assertThrows(IllegalArgumentException.class, () -> PosixMessageQueue.unlink(bad));
        }
    }

    @Test
    @DisplayName("PMQ-015 PMQ-017 PMQ-060 PMQ-063 a name is there once, or not at all")
    void namesAreThereOrNot() throws Exception {
        assertThrows(NotFoundException.class, () -> PosixMessageQueue.open(name));
        assertThrows(NotFoundException.class, () -> PosixMessageQueue.unlink(name));
        try (var _ = small()) {
            assertThrows(AlreadyExistsException.class, this::small);
            PosixMessageQueue.unlink(name);
            assertThrows(NotFoundException.class, () -> PosixMessageQueue.open(name));
        }
    }

    @Test
    @DisplayName("PMQ-018 at the limit of queues there are no more, and the limit is named")
    void theLimitOfQueues() throws Exception {
        OtherJvm.assumeAnotherUser(); // who has no privilege to exceed it
        var told =
                inNamespace(
                        "echo 0 > /proc/sys/fs/mqueue/queues_max",
                        OtherUser.NOBODY,
                        "queue",
                        name,
                        "1",
                        "1");
        assertTrue(told.contains("LimitReachedException mq_open mq:" + name + ": ENOSPC"), told);
        assertTrue(told.contains("fs.mqueue.queues_max"), told);
    }

    @Test
    @DisplayName("PMQ-020 of many processes that make it at once exactly one does")
    void manyMakeItAtOnce() throws Exception {
        for (int round = 0; round < 5; round++) {
            int made =
                    c.racing(
                            4,
                            new String[] {"mq-make", name},
                            () -> {
                                try (var _ = small()) {
                                    return true;
                                } catch (AlreadyExistsException _) {
                                    return false;
                                }
                            });
            assertEquals(1, made);
            PosixMessageQueue.unlink(name);
        }
    }

    @Test
    @DisplayName("PMQ-021 opening a queue that is there leaves it as it is")
    void openingLeavesItAsItIs() throws Exception {
        try (var queue = small()) {
            queue.send(bytes("kept"), 7);
            var before = queue.status();
            try (var again = PosixMessageQueue.openOrCreate(name, Size.DEFAULT)) {
                assertEquals(before, again.status());
                assertEquals("7 kept", text(again));
            }
        }
    }

    @Test
    @DisplayName("PMQ-022 the umask takes from mq_open's mode, and nothing from ours")
    void theUmask() throws Exception {
        try (var maker = c.start("mq-make", name)) {
            assertEquals("ready", maker.line());
            maker.tell("go");
            assertEquals("done", maker.line());
        }
        try (var queue = PosixMessageQueue.open(name)) {
            assertEquals(0, FileStatus.of(queue.fd()).mode().bits() & 022, "0666 less the umask");
        }
        PosixMessageQueue.unlink(name);
        var underUmask = List.of("sh", "-c", "umask 077; \"$@\"", "sh");
        Command.output(OtherJvm.command(underUmask, "make-all", name));
        try (var queue = PosixMessageQueue.open(name)) {
            assertEquals(new FileMode(0666), queue.permissions().mode());
        }
        try (var memory = PosixSharedMemory.open(name)) {
            assertEquals(new FileMode(0666), memory.permissions().mode());
        }
        assertEquals(new FileMode(0666), PosixSemaphore.permissions(name).mode());
        PosixSharedMemory.unlink(name);
        PosixSemaphore.unlink(name);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PMQ-023 PMQ-024 an opening for one direction refuses the other")
    void oneDirection(ThreadKind kind) throws Exception {
        try (var _ = small();
                var receiver = PosixMessageQueue.open(name, Access.RECEIVE);
                var sender = PosixMessageQueue.open(name, Access.SEND)) {
            assertEquals(Access.SEND, sender.access());
            assertEquals(Access.RECEIVE, PosixMessageQueue.of(receiver.fd()).access());
            kind.start(
                            () -> {
                                assertRefused(Errno.EBADF, () -> receiver.send(new byte[1], 0));
                                assertRefused(Errno.EBADF, () -> receiver.trySend(new byte[1], 0));
                                assertRefused(Errno.EBADF, sender::receive);
                                assertRefused(Errno.EBADF, sender::tryReceive);
                                assertRefused(Errno.EBADF, () -> sender.receive(SHORT));
                                sender.send(bytes("one way"), 3);
                                assertEquals("3 one way", text(receiver));
                                return true;
                            })
                    .result();
            var e = assertThrows(OsException.class, sender::receive);
            assertTrue(e.getMessage().contains("for sending only"), e::getMessage);
        }
    }

    @Test
    @DisplayName("PMQ-026 PMQ-039 a message that is too long, and room that is too small")
    void tooLongAndTooSmall() throws Exception {
        try (var queue = small();
                var arena = Arena.ofConfined()) {
            assertRefused(Errno.EMSGSIZE, () -> queue.send(new byte[17], 0));
            assertEquals(0, queue.status().messages());
            queue.send(new byte[16], 0);
            queue.send(new byte[0], 0);
            assertRefused(Errno.EMSGSIZE, () -> queue.receive(arena.allocate(15)));
            assertEquals(2, queue.status().messages());
            assertEquals(16, queue.bytesWaiting());
            assertEquals(16, queue.receive(arena.allocate(16)));
            assertEquals(0, queue.receive(arena.allocate(16)));
        }
    }

    @Test
    @DisplayName("PMQ-028 PMQ-053 what is closed, or is no queue, is refused")
    void closedOrNoQueue() throws Exception {
        var queue = small();
        queue.close();
        queue.close();
        assertThrows(ClosedChannelException.class, () -> queue.send(new byte[1], 0));
        assertThrows(ClosedChannelException.class, queue::receive);
        assertThrows(ClosedChannelException.class, queue::status);
        assertThrows(ClosedChannelException.class, queue::notifyNobody);
        var folder = Fd.openToRead(Path.of("/proc"));
        assertFalse(PosixMessageQueue.isQueue(folder));
        assertRefused(Errno.EBADF, () -> PosixMessageQueue.of(folder));
        assertFalse(folder.isOpen());
    }

    @Test
    @DisplayName("PMQ-029 PMQ-030 the highest priority first, and of equal ones the oldest")
    void theOrder() throws Exception {
        try (var queue = PosixMessageQueue.create(name)) {
            int[] priorities = {1, 5, 3, 5, 0, PosixMessageQueue.PRIORITY_MAX, 5};
            for (int i = 0; i < priorities.length; i++) {
                queue.send(bytes("" + i), priorities[i]);
            }
            var received = new ArrayList<String>();
            while (queue.status().messages() > 0) {
                received.add(text(queue));
            }
            assertEquals(List.of("32767 5", "5 1", "5 3", "5 6", "3 2", "1 0", "0 4"), received);
        }
    }

    @Test
    @DisplayName("PMQ-031 a full queue takes nothing more")
    void aFullQueue() throws Exception {
        try (var queue = full()) {
            assertFalse(queue.trySend(bytes("more"), 9));
            assertEquals(2, queue.status().messages());
            assertEquals(0, queue.receive().priority());
            assertTrue(queue.trySend(bytes("more"), 9));
            assertEquals("9 more", text(queue));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PMQ-033 PMQ-042 a signal does not end a wait, an interrupt does")
    void signalsAndInterrupts(ThreadKind kind) throws Exception {
        try (var queue = full()) {
            var sender = kind.start(() -> queue.send(new byte[1], 0, Duration.ofHours(1)));
            sender.awaitBlocked();
            sender.interrupt();
            assertThrows(InterruptedException.class, sender::result);
            assertEquals(2, queue.status().messages());
        }
        PosixMessageQueue.unlink(name);
        try (var queue = small()) {
            var receiver = kind.start(queue::receive);
            receiver.awaitBlocked();
            receiver.interrupt();
            assertThrows(InterruptedException.class, receiver::result);
            for (var call : new String[] {"mq_receive", "mq_timedreceive"}) {
                try (var _ = Faults.fail(call, 1, Errno.EINTR.number())) {
                    queue.send(bytes("there"), 0);
                    assertEquals("0 there", kind.start(() -> text(queue)).result());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PMQ-034 PMQ-035 PMQ-043 PMQ-044 PMQ-047 no time is refused, and none ends early")
    void times(ThreadKind kind) throws Exception {
        var never = List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(-1));
        try (var queue = full()) {
            assertTimesOut(kind, timeout -> !queue.send(new byte[1], 0, timeout), never);
            assertEquals(2, queue.status().messages());
            assertTrue(text(queue).startsWith("0 "));
            assertTrue(queue.send(new byte[1], 0, Duration.ofNanos(Long.MIN_VALUE)), "has room");
        }
        PosixMessageQueue.unlink(name);
        try (var queue = small();
                var arena = Arena.ofShared()) {
            var into = arena.allocate(16);
            assertTimesOut(kind, timeout -> queue.receive(timeout).isEmpty(), never);
            assertTimesOut(kind, timeout -> queue.receive(into, timeout) == Outcome.NOTHING, never);
            queue.send(bytes("there"), 0);
            assertEquals(5, queue.receive(into, Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)));
        }
    }

    private interface Timed {
        boolean isOverAfter(Duration timeout) throws Exception;
    }

    private static void assertTimesOut(ThreadKind kind, Timed call, List<Duration> never)
            throws Exception {
        for (var timeout : never) {
            assertTrue(kind.start(() -> call.isOverAfter(timeout)).result());
        }
        long start = System.nanoTime();
        assertTrue(kind.start(() -> call.isOverAfter(SHORT)).result());
        assertTrue(System.nanoTime() - start >= SHORT.toNanos());
    }

    @Test
    @DisplayName("PMQ-041 a receiver that waits gets what another process sends")
    void anotherProcessSends() throws Exception {
        try (var queue = PosixMessageQueue.create(name)) {
            for (var kind : ThreadKind.values()) {
                var receiver = kind.start(() -> text(queue));
                receiver.awaitBlocked();
                assertEquals("done", c.output("mq-send", name, "12", "from C"));
                assertEquals("12 from C", receiver.result());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PMQ-045 a signal before the deadline does not move it")
    void aSignalBeforeTheDeadline(ThreadKind kind) throws Exception {
        try (var queue = small()) {
            var call = kind == ThreadKind.PLATFORM ? "ppoll" : "mq_timedreceive";
            long start = System.nanoTime();
            try (var fault = Faults.fail(call, 1, Errno.EINTR.number())) {
                assertTrue(kind.start(() -> queue.receive(SHORT).isEmpty()).result());
                assertTrue(fault.happened());
            }
            assertTrue(System.nanoTime() - start >= SHORT.toNanos());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PMQ-049 PMQ-050 O_NONBLOCK is all that can be set, and our calls wait still")
    void nonBlocking(ThreadKind kind) throws Exception {
        try (var queue = small();
                var other = PosixMessageQueue.open(name);
                var arena = Arena.ofShared()) {
            var before = queue.status();
            assertFalse(before.isNonBlocking());
            assertEquals(before, queue.setNonBlocking(true));
            var after = queue.status();
            assertTrue(after.isNonBlocking());
            assertEquals(before.messagesMax(), after.messagesMax());
            assertEquals(before.messageBytesMax(), after.messageBytesMax());
            assertFalse(other.status().isNonBlocking(), "another opening has its own");
            var into = arena.allocate(16);
            long r = Mqueue.mq_receive(queue.fd().number(), into, 0);
            assertEquals(-Errno.EAGAIN.number(), r);
            var receiver = kind.start(() -> text(queue));
            receiver.awaitBlocked();
            other.send(bytes("now"), 1);
            assertEquals("1 now", receiver.result());
            assertEquals(after, queue.setNonBlocking(false));
            assertEquals(before, queue.status());
        }
    }

    @Test
    @DisplayName("PMQ-061 a queue without a name works for those who have it open")
    void withoutAName() throws Exception {
        try (var queue = small();
                var other = PosixMessageQueue.open(name)) {
            PosixMessageQueue.unlink(name);
            queue.send(bytes("still"), 2);
            assertEquals("2 still", text(other));
            try (var fresh = small()) {
                assertEquals(0, fresh.status().messages());
                queue.send(bytes("old"), 0);
                assertEquals(0, fresh.status().messages(), "it is another queue");
            }
        }
    }

    @Test
    @DisplayName("PMQ-066 another IPC namespace has other queues")
    void anotherNamespace() throws Exception {
        try (var _ = small()) {
            var told = inNamespace("true", List.of(), "open-queue", name);
            assertTrue(told.startsWith("NotFoundException mq_open mq:" + name), told);
            assertEquals("[]\npermitted", inNamespace("true", List.of(), "list-queues", name));
        }
    }

    @Test
    @DisplayName("PMQ-068 where the file system is mounted a queue is a file that says what we say")
    void theFileOfAQueue() throws Exception {
        Command.require("unshare");
        assumeTrue(Credentials.own().uid() == 0, "only root can mount");
        var folder = Path.of(directory.toString(), "mqueue").toString();
        var script =
                "mkdir -p $0 && mount -t mqueue none $0 || exit 77;"
                        + " cat $0$1; ls $0 | grep -cxF ${1#/}";
        try (var queue = PosixMessageQueue.create(name)) {
            queue.send(new byte[100], 0);
            queue.send(new byte[23], 9);
            var result =
                    Command.run(List.of("unshare", "--mount", "sh", "-c", script, folder, name));
            assumeFalse(OtherJvm.isNotHere(result.exitCode()), "mqueue cannot be mounted here");
            var fields = result.output().split("\\s+");
            assertArrayEquals(
                    new String[] {"QSIZE:123", "NOTIFY:0", "SIGNO:0", "NOTIFY_PID:0", "1"}, fields);
            assertEquals(123, queue.bytesWaiting());
            assertTrue(queue.registered().isEmpty());
        }
    }
}
