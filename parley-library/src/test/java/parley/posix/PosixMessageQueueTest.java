package parley.posix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import parley.contract.MessageQueueContract;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.posix.PosixMessageQueue.Size;
import parley.ready.MessageSink;
import parley.ready.MessageSource;

final class PosixMessageQueueTest extends MessageQueueContract {
    private static final Size SMALL = new Size(4, 512);

    private final String name = Unique.name("/mq");

    @AfterEach
    void unlink() throws OsException {
        unlinkIfThere(name);
    }

    private static void unlinkIfThere(String name) throws OsException {
        try {
            PosixMessageQueue.unlink(name);
        } catch (NotFoundException _) {
            // The test has taken it away itself.
        }
    }

    @Override
    protected Queue open() throws Exception {
        var own = Unique.name("/mq");
        var sender = PosixMessageQueue.create(own, SMALL, FileMode.OWNER_ONLY);
        var receiver = PosixMessageQueue.open(own);
        return new Queue() {
            @Override
            public MessageSink sink() {
                return sender.sink(0);
            }

            @Override
            public MessageSource source() {
                return receiver;
            }

            @Override
            public int messageBytesMax() {
                return sender.messageBytesMax();
            }

            @Override
            public void dispose() throws Exception {
                unlinkIfThere(own);
            }
        };
    }

    @Test
    void theHighestPriorityComesFirstThenTheOldest() throws Exception {
        try (var queue = PosixMessageQueue.create(name)) {
            queue.send("low".getBytes(UTF_8), 1);
            queue.send("high, first".getBytes(UTF_8), PosixMessageQueue.PRIORITY_MAX);
            queue.send("high, second".getBytes(UTF_8), PosixMessageQueue.PRIORITY_MAX);
            assertEquals(3, queue.status().messages());
            var first = queue.receive();
            assertArrayEquals("high, first".getBytes(UTF_8), first.content());
            assertEquals(PosixMessageQueue.PRIORITY_MAX, first.priority());
            assertArrayEquals("high, second".getBytes(UTF_8), queue.receive().content());
            assertEquals(1, queue.receive().priority());
            assertTrue(queue.receive(Duration.ZERO).isEmpty());
        }
    }

    @Test
    void aPriorityThatIsNoneIsTheCallersMistake() throws Exception {
        try (var queue = PosixMessageQueue.create(name)) {
            for (int priority : new int[] {-1, 32768}) {
                assertThrows(
                        IllegalArgumentException.class, () -> queue.send(new byte[1], priority));
            }
        }
    }

    @Test
    void aReceiverWithTooLittleRoomIsRefusedAndTheMessageStays() throws Exception {
        try (var queue = PosixMessageQueue.create(name, SMALL, FileMode.OWNER_ONLY);
                var arena = Arena.ofConfined()) {
            queue.send(new byte[10], 0);
            var e = assertThrows(OsException.class, () -> queue.receive(arena.allocate(511)));
            assertEquals(Errno.EMSGSIZE, e.errno());
            assertEquals(1, queue.status().messages());
        }
    }

    @Test
    void makingOpeningAndUnlinkingFollowTheName() throws Exception {
        var absent = assertThrows(NotFoundException.class, () -> PosixMessageQueue.open(name));
        assertEquals("mq:" + name, absent.object());
        try (var queue = PosixMessageQueue.create(name, SMALL, new FileMode(0666))) {
            assertThrows(AlreadyExistsException.class, () -> PosixMessageQueue.create(name));
            assertEquals(new FileMode(0666), FileStatus.of(queue.fd()).mode(), "umask or not");
            try (var other = PosixMessageQueue.openOrCreate(name, Size.DEFAULT)) {
                assertEquals(SMALL.messageBytesMax(), other.messageBytesMax());
            }
            PosixMessageQueue.unlink(name);
            assertThrows(NotFoundException.class, () -> PosixMessageQueue.unlink(name));
            queue.send(new byte[1], 0); // an open queue outlives its name
            assertEquals(1, queue.status().messages());
        }
    }

    @Test
    void namesThatAreNoneAreRefusedBeforeAnyCall() {
        for (var bad :
                new String[] {"", "/", "jobs", "/a/b", "/..", "/a\0b", "/" + "x".repeat(256)}) {
            assertThrows(IllegalArgumentException.class, () -> PosixMessageQueue.create(bad), bad);
        }
    }

    @Test
    void aFailureHalfWayLeavesNothingBehind() {
        for (var function : new String[] {"mq_getattr", "statx", "fcntl"}) {
            try (var _ = Faults.fail(function, 1, Errno.EIO.number())) {
                assertThrows(OsException.class, () -> PosixMessageQueue.create(name));
            }
            assertThrows(NotFoundException.class, () -> PosixMessageQueue.open(name), function);
        }
    }

    @Test
    void anInboxHoldsOneMessageAfterTheOtherWithItsPriority() throws Exception {
        try (var queue = PosixMessageQueue.create(name, SMALL, FileMode.OWNER_ONLY);
                var arena = Arena.ofConfined()) {
            var inbox = queue.inbox(arena);
            assertFalse(queue.tryReceive(inbox));
            assertFalse(queue.receive(inbox, Duration.ofMillis(1)));
            queue.send("low".getBytes(UTF_8), 1);
            queue.send(new byte[SMALL.messageBytesMax()], PosixMessageQueue.PRIORITY_MAX);
            queue.receive(inbox);
            assertEquals(SMALL.messageBytesMax(), inbox.length());
            assertEquals(PosixMessageQueue.PRIORITY_MAX, inbox.priority());
            assertTrue(queue.tryReceive(inbox));
            assertEquals(3, inbox.length());
            assertEquals(1, inbox.priority());
            var received = inbox.memory().asSlice(0, 3).toArray(ValueLayout.JAVA_BYTE);
            assertArrayEquals("low".getBytes(UTF_8), received);
            assertFalse(queue.tryReceive(inbox));
            assertEquals(3, inbox.length(), "it still has the last one");
        }
    }
}
