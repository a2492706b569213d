package parley.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.LimitReachedException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.ready.Outcome;

@SuppressWarnings("try") // closing early is part of the tests
class UnixSeqpacketSocketTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final MemorySegment EMPTY = bytes("");

    @Test
    void messagesKeepTheirBoundariesBothWays() throws Exception {
        var address = path("s");
        try (var listener = UnixSeqpacketListener.listen(address);
                var client = UnixSeqpacketSocket.connect(address);
                var server = listener.accept()) {
            var room = room(10);
            client.send(bytes("one"));
            client.send("three".getBytes(UTF_8));
            assertEquals(3, server.receive(room));
            assertEquals(5, server.receive(room, SHORT));
            assertEquals("three", text(room, 5));
            assertTrue(server.trySend(bytes("yes")));
            assertEquals(3, client.tryReceive(room));
            assertEquals(Outcome.NOTHING, client.tryReceive(room));
            assertEquals(Outcome.NOTHING, client.receive(room, SHORT));
            assertEquals("unix-seq:" + address, server.toString());
            assertEquals(address, listener.localAddress());
            assertEquals(address, server.localAddress());
            assertEquals(address, client.peerAddress());
            assertEquals(Credentials.own(), client.peer().credentials());
        }
    }

    @Test
    void anEmptyMessageIsNotTheEnd() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var room = room(10);
            pair.first().send(EMPTY);
            pair.first().send(EMPTY);
            pair.first().send(EMPTY);
            pair.first().send(EMPTY);
            pair.first().close();
            assertEquals(0, pair.second().receive(room));
            assertEquals(0, pair.second().tryReceive(room));
            assertEquals(0, pair.second().receive(room.asSlice(0, 0), SHORT));
            try (var message = pair.second().receiveMessage(room)) {
                assertEquals(0, message.length());
                assertFalse(message.isEnd());
            }
            try (var message = pair.second().receiveMessage(room)) {
                assertTrue(message.isEnd());
            }
            assertEquals(Outcome.END, pair.second().receive(room));
            assertEquals(Outcome.END, pair.second().tryReceive(room));
            assertEquals(Outcome.END, pair.second().receive(room, SHORT));
        }
    }

    @Test
    void anEmptyMessageSentBeforeTheConnectionIsAcceptedIsNotTheEnd() throws Exception {
        var address = uniqueName();
        try (var listener = UnixSeqpacketListener.listen(address);
                var client = UnixSeqpacketSocket.connect(address, SHORT).orElseThrow()) {
            client.send(EMPTY);
            client.close();
            try (var server = listener.accept()) {
                assertEquals(0, server.receive(room(1)));
                assertEquals(Outcome.END, server.receive(room(1)));
            }
        }
    }

    @Test
    void aMessageTooLongForTheReceiverIsRefusedWithItsLength() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            for (int i = 0; i < 2; i++) {
                pair.first().send(room(100));
            }
            pair.first().send(bytes("next"));
            var room = room(10);
            var e = assertThrows(OsException.class, () -> pair.second().receive(room));
            assertEquals(Errno.EMSGSIZE, e.errno());
            assertTrue(e.getMessage().contains("100 bytes into room for 10"), e.getMessage());
            e = assertThrows(OsException.class, () -> pair.second().receiveMessage(room));
            assertEquals(Errno.EMSGSIZE, e.errno());
            assertEquals(4, pair.second().receive(room));
        }
    }

    @Test
    void aMessageLongerThanTheSendBufferIsRefused() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var e =
                    assertThrows(
                            LimitReachedException.class, () -> pair.first().send(room(10 << 20)));
            assertEquals(Errno.EMSGSIZE, e.errno());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFullSocketTakesMoreWhenItIsReceived(boolean isVirtual) throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var message = room(1000);
            int sent = 0;
            while (pair.first().trySend(message)) {
                sent++;
            }
            assertTrue(sent > 0);
            assertFalse(pair.first().send(message, SHORT));
            assertFalse(pair.first().trySend(message, List.of()));
            assertFalse(pair.first().send(message, List.of(), SHORT));
            var sender =
                    startWaiting(
                            isVirtual,
                            () -> {
                                pair.first().send(message);
                                pair.first().shutdownOutput();
                                return 0;
                            });
            int received = 0;
            while (pair.second().receive(message) != Outcome.END) {
                received++;
            }
            assertEquals(sent + 1, received);
            sender.get();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWaitingReceiveEndsWhenClosedOrInterrupted(boolean isVirtual) throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var interrupted = startWaiting(isVirtual, () -> pair.first().receive(room(1)));
            interrupted.thread().interrupt();
            assertInstanceOf(InterruptedException.class, interrupted.failure());
            interrupted =
                    startWaiting(isVirtual, () -> pair.first().receiveMessage(room(1)).length());
            interrupted.thread().interrupt();
            assertInstanceOf(InterruptedException.class, interrupted.failure());
            var closed = startWaiting(isVirtual, () -> pair.first().receive(room(1)));
            pair.first().close();
            assertInstanceOf(AsynchronousCloseException.class, closed.failure());
        }
    }

    @Test
    void aClosedPeerAndAShutDownInputAreSeen() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var receiver = startWaiting(false, () -> pair.first().receive(room(1)));
            pair.first().shutdownInput();
            assertEquals(Outcome.END, receiver.get());
            pair.second().close();
            assertThrows(PeerGoneException.class, () -> pair.first().send(bytes("x")));
        }
    }

    @Test
    void whatCannotBeReceivedIntoIsRefused() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var readOnly = room(1).asReadOnly();
            assertThrows(IllegalArgumentException.class, () -> pair.first().tryReceive(readOnly));
            assertThrows(
                    IllegalArgumentException.class, () -> pair.first().tryReceiveMessage(readOnly));
            var heap = MemorySegment.ofArray(new byte[1]);
            assertThrows(IllegalArgumentException.class, () -> pair.first().tryReceive(heap));
            assertThrows(IllegalArgumentException.class, () -> pair.first().trySend(heap));
        }
    }

    @Test
    void aDescriptorBecomesASocketAgain() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair();
                var again = UnixSeqpacketSocket.of(pair.first().fd().duplicate())) {
            again.send(bytes("x"));
            assertEquals(1, pair.second().receive(room(1)));
        }
    }
}
