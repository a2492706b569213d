package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.ready.Outcome;

@SuppressWarnings("try") // closing early is part of the tests
class UnixDatagramSocketTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    @Test
    void aMessageComesWithItsSendersNameAndCanBeAnswered() throws Exception {
        var serverName = path("server");
        try (var server = UnixDatagramSocket.bound(serverName);
                var client = UnixDatagramSocket.bound(uniqueName());
                var nobody = UnixDatagramSocket.unbound()) {
            var room = room(10);
            client.send(bytes("ask"), serverName);
            assertTrue(nobody.trySend(bytes("?"), serverName));
            assertTrue(nobody.send(bytes(""), serverName, SHORT));
            try (var message = server.receiveMessage(room)) {
                assertEquals("ask", text(room, message.length()));
                assertEquals(client.localAddress(), message.sender());
                assertEquals(List.of(), message.controlMessages());
                server.send(bytes("answer"), message.sender());
            }
            assertEquals(6, client.receive(room));
            try (var message = server.receiveMessage(room, SHORT).orElseThrow()) {
                assertEquals(UnixAddress.UNNAMED, message.sender());
            }
            try (var empty = server.tryReceiveMessage(room).orElseThrow()) {
                assertEquals(0, empty.length());
                assertFalse(empty.isEnd());
            }
            assertTrue(server.tryReceiveMessage(room).isEmpty());
            assertTrue(server.receiveMessage(room, SHORT).isEmpty());
            assertEquals("unix-dgram:" + serverName, server.address());
        }
    }

    @Test
    void aConnectedSocketSendsWithoutAnAddress() throws Exception {
        var name = uniqueName();
        try (var server = UnixDatagramSocket.bound(name);
                var client = UnixDatagramSocket.connected(name)) {
            client.send(bytes("x"));
            assertTrue(client.trySend(bytes("")));
            assertTrue(client.send(bytes("zz"), SHORT));
            assertEquals(1, server.receive(room(2)));
            assertEquals(0, server.tryReceive(room(2)));
            assertEquals(2, server.receive(room(2), SHORT));
            assertEquals(Outcome.NOTHING, server.tryReceive(room(2)));
            server.close();
            var e = assertThrows(OsException.class, () -> client.send(bytes("x")));
            assertEquals(Errno.ECONNREFUSED, e.errno());
        }
    }

    @Test
    void aBoundSocketMayGetAPeer() throws Exception {
        var names = List.of(uniqueName(), uniqueName());
        try (var a = UnixDatagramSocket.bound(names.get(0));
                var b = UnixDatagramSocket.bound(names.get(1));
                var stranger = UnixDatagramSocket.unbound()) {
            a.connect(names.get(1));
            a.send(bytes("x"), List.of());
            assertEquals(1, b.receive(room(1)));
            var e = assertThrows(OsException.class, () -> stranger.send(bytes("x"), names.get(0)));
            assertEquals(Errno.EPERM, e.errno());
        }
    }

    @Test
    void withoutAReceiverItIsRefused() throws Exception {
        try (var socket = UnixDatagramSocket.unbound()) {
            var x = bytes("x");
            assertThrows(NotFoundException.class, () -> socket.send(x, path("none")));
            var e = assertThrows(OsException.class, () -> socket.send(x, uniqueName()));
            assertEquals(Errno.ECONNREFUSED, e.errno());
            e = assertThrows(OsException.class, () -> socket.send(x));
            assertEquals(Errno.ENOTCONN, e.errno());
            assertThrows(IllegalArgumentException.class, () -> socket.send(x, UnixAddress.UNNAMED));
            assertThrows(NotFoundException.class, () -> UnixDatagramSocket.connected(path("none")));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sendingToAFullReceiverWaits(boolean isVirtual) throws Exception {
        var name = uniqueName();
        try (var server = UnixDatagramSocket.bound(name);
                var client = UnixDatagramSocket.unbound()) {
            var x = bytes("x");
            int sent = 0;
            while (client.trySend(x, name)) {
                sent++;
            }
            assertFalse(client.send(x, name, SHORT));
            assertFalse(client.send(x, name, Duration.ZERO));
            // The second sendmsg is the one that waits.
            var interrupted = startWaiting(isVirtual, () -> send(client, name));
            interrupted.thread().interrupt();
            assertInstanceOf(InterruptedException.class, interrupted.failure());
            var waiting = startWaiting(isVirtual, () -> send(client, name));
            for (int i = 0; i < sent + 1; i++) {
                assertEquals(1, server.receive(room(1)));
            }
            assertTrue(waiting.get());
            assertEquals(Outcome.NOTHING, server.tryReceive(room(1)));
        }
    }

    private static boolean send(UnixDatagramSocket from, UnixAddress to) throws Exception {
        try (var arena = Arena.ofConfined()) { // another thread waits on it for a virtual one
            from.send(arena.allocate(1), to);
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWaitingSendEndsWhenClosed(boolean isVirtual) throws Exception {
        var name = uniqueName();
        try (var _ = UnixDatagramSocket.bound(name);
                var client = UnixDatagramSocket.unbound()) {
            while (client.trySend(bytes("x"), name)) {}
            var waiting = startWaiting(isVirtual, () -> send(client, name));
            client.close();
            assertInstanceOf(AsynchronousCloseException.class, waiting.failure());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectedSenderWaitsForAFullReceiver(boolean isVirtual) throws Exception {
        var name = uniqueName();
        try (var server = UnixDatagramSocket.bound(name);
                var client = UnixDatagramSocket.connected(name)) {
            while (client.trySend(bytes("x"))) {}
            assertFalse(client.send(bytes("x"), SHORT));
            var waiting =
                    startWaiting(
                            isVirtual,
                            () -> {
                                client.send(bytes("last"));
                                return 0;
                            });
            var room = room(4);
            while (server.receive(room) != 4) {}
            waiting.get();
        }
    }

    @Test
    void aPairIsConnected() throws Exception {
        try (var pair = UnixDatagramSocket.pair()) {
            pair.first().send(bytes("x"));
            assertEquals(1, pair.second().receive(room(1)));
            var e = assertThrows(OsException.class, () -> receiveTooLong(pair));
            assertEquals(Errno.EMSGSIZE, e.errno());
        }
    }

    private static void receiveTooLong(SocketPair<UnixDatagramSocket> pair) throws Exception {
        pair.first().send(room(2));
        var _ = pair.second().receive(room(1));
    }

    @Test
    void aNameIsBoundOnce() throws Exception {
        var name = uniqueName();
        try (var _ = UnixDatagramSocket.bound(name)) {
            assertThrows(AlreadyExistsException.class, () -> UnixDatagramSocket.bound(name));
        }
        UnixDatagramSocket.bound(name).close();
    }
}
