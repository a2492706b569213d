package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.Allocations;
import parley.contract.ThreadKind;
import parley.os.Limit;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.ready.Outcome;

@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
final class MessageBatchTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    private static MessageBatch batchOf(int count) {
        var batch = MessageBatch.allocate(Math.max(count, 1), 64);
        for (int i = 0; i < count; i++) {
            batch.add(4 + i % 3).set(JAVA_INT, 0, i);
        }
        return batch;
    }

    private static void assertCarried(int count, MessageBatch received) {
        assertEquals(count, received.size());
        for (int i = 0; i < count; i++) {
            assertEquals(4 + i % 3, received.length(i));
            assertEquals(4 + i % 3, received.message(i).byteSize());
            assertEquals(i, received.message(i).get(JAVA_INT, 0));
            assertFalse(received.isTruncated(i));
        }
    }

    @Test
    void allOfABatchGoesAndComes() throws Exception {
        try (var packets = UnixSeqpacketSocket.pair();
                var datagrams = UnixDatagramSocket.pair()) {
            for (var pair : List.of(packets, datagrams)) {
                var received = MessageBatch.allocate(100, 64);
                pair.first().send(batchOf(9));
                assertEquals(9, pair.second().receive(received));
                assertCarried(9, received);
                pair.second().send(received);
                assertEquals(9, pair.first().receive(received, SHORT));
                assertCarried(9, received);
                assertEquals(Outcome.NOTHING, pair.first().tryReceive(received));
                assertEquals(0, received.size());
                assertEquals(Outcome.NOTHING, pair.first().receive(received, SHORT));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void moreThanHasRoomWaits(ThreadKind kind) throws Exception {
        try (var pair = UnixDatagramSocket.pair()) {
            pair.first().set(SocketOption.SEND_BUFFER_BYTES, 10_000);
            int count = 100;
            var batch = batchOf(count);
            int fits = pair.first().trySend(batch, 0);
            assertTrue(fits > 0 && fits < count, "" + fits);
            assertEquals(0, pair.first().trySend(batch, fits));
            assertEquals(0, pair.first().trySend(batch, count));
            assertEquals(0, pair.first().send(batch, SHORT));
            var sending =
                    kind.start(() -> {
                        pair.first().send(batch);
                        return true;
                    });
            sending.awaitBlocked();
            var received = MessageBatch.allocate(7, 64);
            for (int came = 0; came < fits + count; ) {
                came += pair.second().receive(received);
            }
            assertTrue(sending.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNameWhoseQueueIsFullIsWaitedFor(ThreadKind kind) throws Exception {
        try (var receiver = UnixDatagramSocket.bound(UnixAddress.UNNAMED);
                var sender = UnixDatagramSocket.bound(UnixAddress.UNNAMED)) {
            int count = (int) Limit.MAX_DGRAM_QLEN.value().orElseThrow() + 50;
            var batch = MessageBatch.allocate(count, 8);
            for (int i = 0; i < count; i++) {
                batch.add(1, receiver.localAddress()).set(JAVA_BYTE, 0, (byte) i);
            }
            assertTrue(sender.send(batch, SHORT) < count);
            var sending =
                    kind.start(() -> {
                        sender.send(batch);
                        return true;
                    });
            sending.awaitBlocked();
            var received = MessageBatch.allocate(50, 8);
            while (!sending.isDone()) {
                if (receiver.receive(received, SHORT) > 0) {
                    assertEquals(sender.localAddress(), received.unixSender(0));
                }
            }
            assertTrue(sending.result());
        }
    }

    @Test
    void theEndIsTheEndAndAnEmptyMessageIsNot() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var batch = MessageBatch.allocate(8, 8);
            batch.add(0);
            batch.add(1);
            batch.add(0);
            pair.first().send(batch);
            pair.first().close();
            var received = MessageBatch.allocate(8, 8);
            assertEquals(3, pair.second().receive(received));
            assertEquals(3, received.size());
            assertEquals(0, received.length(2));
            assertEquals(Outcome.END, pair.second().receive(received));
            assertThrows(PeerGoneException.class, () -> pair.second().send(batch));
        }
    }

    @Test
    void whatIsTooLongIsCutAndSaysSo() throws Exception {
        try (var receiver = UdpSocket.boundToLoopback(0);
                var sender = UdpSocket.boundToLoopback(0)) {
            var batch = MessageBatch.allocate(2, 100);
            batch.add(100, receiver.localAddress());
            batch.add(3, receiver.localAddress());
            sender.send(batch);
            var received = MessageBatch.allocate(1, 10);
            assertEquals(1, receiver.receive(received));
            assertTrue(received.isTruncated(0));
            assertEquals(100, received.length(0));
            assertEquals(10, received.message(0).byteSize());
            assertEquals(sender.localAddress(), received.internetSender(0));
            assertEquals(1, receiver.receive(received));
            assertFalse(received.isTruncated(0));
        }
    }

    @Test
    void aBatchHasItsBounds() throws Exception {
        var batch = MessageBatch.allocate(1, 10);
        assertThrows(IndexOutOfBoundsException.class, () -> batch.add(11));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.message(0));
        assertEquals(0, batch.size());
        batch.add(10);
        assertThrows(IndexOutOfBoundsException.class, () -> batch.add(1));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.add(1, uniqueName()));
        assertEquals(1, batch.size());
        batch.clear();
        var tooLong = UnixAddress.path(Path.of("/" + "d/".repeat(60) + "s"));
        assertThrows(IllegalArgumentException.class, () -> batch.add(1, tooLong));
        assertEquals(0, batch.size());
        assertThrows(IllegalArgumentException.class, () -> MessageBatch.allocate(0, 10));
        assertThrows(IllegalArgumentException.class, () -> MessageBatch.allocate(1, -1));
        try (var pair = UnixSeqpacketSocket.pair()) {
            assertThrows(IndexOutOfBoundsException.class, () -> pair.first().trySend(batch, 2));
            batch.clear();
            pair.first().send(batch);
            assertEquals(Outcome.NOTHING, pair.second().tryReceive(batch));
        }
    }

    @Test
    void descriptorsThatComeAreClosed() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            long before = descriptors("socket:");
            pair.first()
                    .send(bytes("x"), List.of(ControlMessage.Descriptors.of(pair.first().fd())));
            var received = MessageBatch.allocate(2, 10);
            assertEquals(1, pair.second().receive(received));
            assertEquals(before, descriptors("socket:"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void waitingEndsWithTheSocketAndTheThread(ThreadKind kind) throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var batch = MessageBatch.allocate(4, 10);
            var interrupted = kind.start(() -> pair.second().receive(batch));
            interrupted.awaitBlocked();
            interrupted.interrupt();
            assertThrows(InterruptedException.class, interrupted::result);
            var closed = kind.start(() -> pair.second().receive(batch));
            closed.awaitBlocked();
            pair.second().close();
            assertThrows(AsynchronousCloseException.class, closed::result);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBatchThatIsClosedHalfWaySaysThatItWasMeanwhile(ThreadKind kind) throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var batch = MessageBatch.allocate(5000, 1);
            for (int i = 0; i < batch.capacity(); i++) {
                batch.add(1);
            }
            var sending =
                    kind.start(() -> {
                        pair.first().send(batch);
                        return true;
                    });
            assertEquals(1, pair.second().receive(room(1))); // the sender is at it
            sending.awaitBlocked();
            pair.first().close();
            assertThrows(AsynchronousCloseException.class, sending::result);
            assertTrue(batch.sent() > 0);
        }
    }

    @Test
    void aFailureTellsOfTheFirstThatCouldNotGo() throws Exception {
        try (var sender = UnixDatagramSocket.unbound();
                var receiver = UnixDatagramSocket.bound(UnixAddress.UNNAMED)) {
            var batch = MessageBatch.allocate(3, 10);
            batch.add(1, receiver.localAddress());
            batch.add(2, path("nobody"));
            batch.add(3, receiver.localAddress());
            assertThrows(OsException.class, () -> sender.send(batch));
            assertEquals(1, batch.sent());
            assertThrows(OsException.class, () -> sender.trySend(batch, 1));
            assertEquals(1, batch.sent());
            assertEquals(1, receiver.tryReceive(room(10)));
            assertEquals(Outcome.NOTHING, receiver.tryReceive(room(10)));
            assertEquals(1, sender.trySend(batch, 2));
            assertEquals(3, batch.sent());
            assertEquals(3, receiver.tryReceive(room(10)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptLeavesTheCountOfWhatHasGone(ThreadKind kind) throws Exception {
        try (var pair = UnixDatagramSocket.pair()) {
            var batch = batchOf(10_000);
            var sending =
                    kind.start(() -> {
                        pair.first().send(batch);
                        return true;
                    });
            sending.awaitBlocked();
            sending.interrupt();
            assertThrows(InterruptedException.class, sending::result);
            int came = 0;
            while (pair.second().tryReceive(room(64)) >= 0) {
                came++;
            }
            assertTrue(came > 0);
            assertEquals(came, batch.sent());
            batch.clear();
            assertEquals(0, batch.sent());
        }
    }

    @Test
    void nothingIsAllocatedPerMessage() throws Throwable {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var batch = batchOf(8);
            var received = MessageBatch.allocate(8, 64);
            Allocations.assertNone(() -> {
                pair.first().send(batch);
                var _ = pair.second().receive(received);
            });
        }
    }
}
