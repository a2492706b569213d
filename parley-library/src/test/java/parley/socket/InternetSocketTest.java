package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.NetinetIn;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Outcome;

@SuppressWarnings("try") // closing early is part of the tests
class InternetSocketTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private static void assumeHas(String host) {
        try (var socket = new java.net.ServerSocket()) {
            socket.bind(at(host, 0));
        } catch (IOException e) {
            assumeTrue(false, "this host has no " + host + ": " + e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void tcpGoesBothWaysWithoutDelay(String host) throws Exception {
        assumeHas(host);
        try (var listener = TcpListener.listen(at(host, 0));
                var client = TcpSocket.connect(listener.localAddress());
                var server = listener.accept()) {
            assertNotEquals(0, listener.localAddress().getPort());
            assertEquals(listener.localAddress(), client.peerAddress());
            assertEquals(client.localAddress(), server.peerAddress());
            for (var socket : new TcpSocket[] {client, server}) {
                assertEquals(
                        1,
                        Sockets.option(
                                socket.fd(), "", NetinetIn.IPPROTO_TCP, NetinetIn.TCP_NODELAY));
                assertEquals("02000002", Flags.of(socket.fd())); // no O_NONBLOCK
            }
            client.write(bytes("ask"));
            assertEquals(3, server.read(room(3)));
            server.write(bytes("yes"));
            assertEquals(3, client.read(room(3)));
            client.shutdownOutput();
            assertEquals(Outcome.END, server.read(room(3)));
        }
    }

    @Test
    void addressesAreSpeltShort() throws Exception {
        assertEquals("127.0.0.1:42", InternetNames.toString(at("127.0.0.1", 42)));
        assertEquals("[::1]:53", InternetNames.toString(at("::1", 53)));
        assertEquals("[::]:0", InternetNames.toString(at("::", 0)));
        assertEquals("[2001:db8::1:0:0:1]:1", InternetNames.toString(at("2001:db8:0:0:1::1", 1)));
        assertEquals("[1:2:3:4:5:6:7:0]:1", InternetNames.toString(at("1:2:3:4:5:6:7:0", 1)));
        try (var listener = TcpListener.listenOnLoopback(0)) {
            assertEquals("tcp:127.0.0.1:" + listener.localAddress().getPort(), listener.address());
        }
        var unknown = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
        assertThrows(IllegalArgumentException.class, () -> TcpSocket.connect(unknown));
    }

    @Test
    void tcpWithTheJdksOwnSockets() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var jdk = new Socket()) {
            jdk.connect(listener.localAddress());
            try (var server = listener.accept(Duration.ofDays(1)).orElseThrow()) {
                jdk.getOutputStream().write('x');
                assertEquals('x', server.inputStream().read());
                server.outputStream().write('y');
                assertEquals('y', jdk.getInputStream().read());
                jdk.close();
                assertEquals(-1, server.inputStream().read());
            }
        }
    }

    @Test
    void aPortIsListenedOnOnceAndAgainAtOnceWhenClosed() throws Exception {
        int port;
        try (var listener = TcpListener.listenOnLoopback(0)) {
            port = listener.localAddress().getPort();
            var e =
                    assertThrows(
                            AlreadyExistsException.class, () -> TcpListener.listenOnLoopback(port));
            assertEquals(Errno.EADDRINUSE, e.errno());
            try (var client = TcpSocket.connect(listener.localAddress());
                    var server = listener.accept()) {
                server.close(); // first: so its port lingers in TIME_WAIT
                assertEquals(Outcome.END, client.read(room(1)));
            }
        }
        TcpListener.listenOnLoopback(port).close();
        var e = assertThrows(OsException.class, () -> TcpSocket.connect(at("127.0.0.1", port)));
        assertEquals(Errno.ECONNREFUSED, e.errno());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tcpConnectWaitsForAnAnswer(boolean isVirtual) throws Exception {
        // The queue of a listener that does not accept is full after some connections; then the
        // kernel does not answer more.
        try (var listener =
                        Python.run(
                                """
                                s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(0)
                                say(s.getsockname()[1]); sys.stdin.readline()
                                """);
                var filling = new Filling(at("127.0.0.1", Integer.parseInt(listener.line())))) {
            var address = filling.address;
            assertTrue(TcpSocket.connect(address, SHORT).isEmpty());
            var waiting = startWaiting(isVirtual, () -> TcpSocket.connect(address));
            waiting.thread().interrupt();
            assertInstanceOf(InterruptedException.class, waiting.failure());
        }
    }

    private static final class Filling implements AutoCloseable {
        final InetSocketAddress address;
        private final java.util.List<TcpSocket> open = new java.util.ArrayList<>();

        Filling(InetSocketAddress address) throws Exception {
            this.address = address;
            var next = TcpSocket.connect(address, SHORT);
            while (next.isPresent()) {
                open.add(next.get());
                next = TcpSocket.connect(address, SHORT);
            }
        }

        @Override
        public void close() {
            open.forEach(TcpSocket::close);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tcpWaitsEndWhenClosedOrInterrupted(boolean isVirtual) throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var client = TcpSocket.connect(listener.localAddress());
                var server = listener.accept()) {
            assertTrue(listener.tryAccept().isEmpty());
            assertTrue(listener.accept(SHORT).isEmpty());
            var reading = startWaiting(isVirtual, () -> client.read(room(1)));
            client.close();
            assertInstanceOf(AsynchronousCloseException.class, reading.failure());
            assertEquals(Outcome.END, server.read(room(1)));
            var accepting = startWaiting(isVirtual, listener::accept);
            accepting.thread().interrupt();
            assertInstanceOf(InterruptedException.class, accepting.failure());
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1", "::1"})
    void udpComesWithItsSenderAndCanBeAnswered(String host) throws Exception {
        assumeHas(host);
        try (var server = UdpSocket.bound(at(host, 0));
                var client = UdpSocket.bound(at(host, 0))) {
            var room = room(10);
            client.send(bytes("ask"), server.localAddress());
            var datagram = server.receiveDatagram(room);
            assertEquals("ask", text(room, datagram.length()));
            assertEquals(client.localAddress(), datagram.sender());
            assertTrue(server.trySend(bytes(""), datagram.sender()));
            assertTrue(server.send(bytes("22"), datagram.sender(), SHORT));
            assertEquals(0, client.receiveDatagram(room, SHORT).orElseThrow().length());
            assertEquals(2, client.tryReceiveDatagram(room).orElseThrow().length());
            assertTrue(client.tryReceiveDatagram(room).isEmpty());
            assertTrue(client.receiveDatagram(room, SHORT).isEmpty());
        }
    }

    @Test
    void udpOnAnIpv6SocketReachesIpv4() throws Exception {
        assumeHas("::");
        try (var server = UdpSocket.boundToLoopback(0);
                var client = UdpSocket.bound(at("::", 0))) {
            client.send(bytes("x"), server.localAddress());
            var sender = server.receiveDatagram(room(1)).sender();
            assertEquals(at("127.0.0.1", client.localAddress().getPort()), sender);
            server.send(bytes("y"), sender);
            assertEquals(server.localAddress(), client.receiveDatagram(room(1)).sender());
            assertThrows(
                    IllegalArgumentException.class, () -> server.trySend(bytes("x"), at("::1", 1)));
        }
    }

    @Test
    void aConnectedUdpSocketSendsWithoutAnAddress() throws Exception {
        try (var server = UdpSocket.boundToLoopback(0);
                var client = UdpSocket.connected(server.localAddress())) {
            client.send(bytes("x"));
            assertEquals(1, server.receive(room(1)));
            server.connect(client.localAddress());
            server.send(bytes(""));
            assertEquals(0, client.receive(room(1)));
            assertEquals(Outcome.NOTHING, client.tryReceive(room(1)));
            client.send(room(2));
            var e = assertThrows(OsException.class, () -> server.receive(room(1)));
            assertTrue(e.getMessage().contains("2 bytes into room for 1"), e.getMessage());
            client.send(room(2));
            e = assertThrows(OsException.class, () -> server.receiveDatagram(room(1)));
            assertEquals(Errno.EMSGSIZE, e.errno());
            e = assertThrows(OsException.class, () -> client.send(room(70_000)));
            assertEquals(Errno.EMSGSIZE, e.errno());
            server.close();
            client.send(bytes("x"));
            e = assertThrows(OsException.class, () -> client.receive(room(1)));
            assertEquals(Errno.ECONNREFUSED, e.errno());
            assertFalse(server.isOpen());
        }
    }

    @Test
    void aUdpPortIsBoundOnce() throws Exception {
        try (var socket = UdpSocket.boundToLoopback(0)) {
            int port = socket.localAddress().getPort();
            assertThrows(AlreadyExistsException.class, () -> UdpSocket.boundToLoopback(port));
            assertEquals("udp:127.0.0.1:" + port, socket.address());
        }
    }
}
