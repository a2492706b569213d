package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Outcome;
import parley.ready.Readiness;

/// Looking at what comes, and urgent bytes; among it cases of other people's suites, each named by
/// its id.
@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
final class PeekAndUrgentTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    @Test
    @DisplayName("UNIX-070 peeking goes on where it was, if that is wanted")
    void peekingGoesOnWhereItWas() throws Exception {
        var room = room(10);
        try (var pair = UnixStreamSocket.pair()) {
            pair.second().set(SocketOption.PEEK_OFFSET, 0);
            pair.first().write(bytes("aaaa"));
            assertEquals(2, pair.second().peek(room.asSlice(0, 2)));
            pair.first().write(bytes("bbbb"));
            assertEquals(4, pair.second().peek(room.asSlice(0, 4)));
            assertEquals("aabb", text(room, 4));
        }
        try (var packets = UnixSeqpacketSocket.pair();
                var datagrams = UnixDatagramSocket.pair()) {
            for (var pair : List.of(packets, datagrams)) {
                pair.second().set(SocketOption.PEEK_OFFSET, 0);
                pair.first().send(bytes("aaaa"));
                var _ = pair.second().peek(room.asSlice(0, 2));
                pair.first().send(bytes("bbbb"));
                var _ = pair.second().peek(room.asSlice(0, 4));
                assertEquals("aa", text(room, 2));
                assertEquals(4, pair.second().receive(room));
                assertEquals("aaaa", text(room, 4));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsPeekedStays(ThreadKind kind) throws Exception {
        var room = room(10);
        try (var pair = UnixStreamSocket.pair()) {
            assertEquals(0, pair.second().tryPeek(room));
            assertEquals(0, pair.second().peek(room, SHORT));
            var peeking = kind.start(() -> pair.second().peek(room(10)));
            peeking.awaitBlocked();
            pair.first().write(bytes("abc"));
            assertEquals(3, peeking.result());
            assertEquals(3, pair.second().bytesWaiting());
            assertEquals(3, pair.second().read(room));
            pair.first().close();
            assertEquals(Outcome.END, pair.second().peek(room));
            assertEquals(Outcome.END, pair.second().read(room));
        }
        try (var pair = UnixSeqpacketSocket.pair()) {
            assertEquals(Outcome.NOTHING, pair.second().tryPeek(room));
            var peeking = kind.start(() -> pair.second().peek(room(10)));
            peeking.awaitBlocked();
            pair.first().send(bytes(""));
            assertEquals(0, peeking.result());
            assertEquals(0, pair.second().receive(room));
            pair.first().close();
            assertEquals(Outcome.END, pair.second().peek(room));
            assertEquals(Outcome.END, pair.second().receive(room));
        }
    }

    /// There is something, so that the socket is ready, and yet nothing to be seen.
    @ParameterizedTest
    @EnumSource
    void peekingBehindTheLastEndsInTime(ThreadKind kind) throws Exception {
        try (var pair = UnixStreamSocket.pair();
                var packets = UnixSeqpacketSocket.pair()) {
            pair.second().set(SocketOption.PEEK_OFFSET, 0);
            pair.first().write(bytes("abc"));
            assertEquals(3, pair.second().peek(room(10)));
            assertEquals(0, kind.start(() -> pair.second().peek(room(10), SHORT)).result());
            packets.second().set(SocketOption.PEEK_OFFSET, 100);
            packets.first().send(bytes("abc"));
            var _ = kind.start(() -> packets.second().peek(room(10), SHORT)).result();
        }
    }

    @Test
    @DisplayName("UNIX-071 UNIX-072 an urgent byte is apart, and may be missing")
    void anUrgentByteIsApart() throws Exception {
        var room = room(10);
        try (var pair = UnixStreamSocket.pair()) {
            assertEquals(OptionalInt.empty(), pair.second().receiveUrgent());
            pair.first().write(bytes("hell"));
            pair.first().sendUrgent((byte) 'o');
            assertTrue(Readiness.await(pair.second().fd(), Interest.URGENT, Deadline.NEVER));
            assertEquals(4, pair.second().read(room));
            assertEquals("hell", text(room, 4));
            assertTrue(pair.second().isAtUrgentMark());
            assertEquals(OptionalInt.of('o'), pair.second().receiveUrgent());
            assertEquals(OptionalInt.empty(), pair.second().receiveUrgent());
            pair.first().write(bytes("x"));
            assertEquals(1, pair.second().read(room));
            assertFalse(pair.second().isAtUrgentMark());
        }
    }

    @Test
    void tcpHasUrgentBytesToo() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var client = TcpSocket.connect(listener.localAddress());
                var server = listener.accept()) {
            client.sendUrgent((byte) 0xff);
            assertTrue(Readiness.await(server.fd(), Interest.URGENT, Deadline.NEVER));
            assertEquals(OptionalInt.of(0xff), server.receiveUrgent());
            assertEquals(OptionalInt.empty(), server.receiveUrgent());
            server.close();
        }
    }

    @Test
    void bytesOnTheirWayAreCounted() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            assertEquals(0, pair.first().bytesUnsent());
            pair.first().write(bytes("abc"));
            assertTrue(pair.first().bytesUnsent() >= 3);
            assertEquals(3, pair.second().read(room(3)));
            assertEquals(0, pair.first().bytesUnsent());
        }
        try (var pair = UnixDatagramSocket.pair()) {
            pair.first().send(bytes("abcde"));
            pair.first().send(bytes("f"));
            assertEquals(5, pair.second().bytesWaiting());
            assertTrue(pair.first().bytesUnsent() > 0);
        }
    }
}
