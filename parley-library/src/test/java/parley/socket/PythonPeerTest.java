package parley.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.ready.Outcome;
import parley.socket.ControlMessage.Descriptors;

/// Every kind of socket against Python's socket module, in both roles.
@SuppressWarnings("try") // closing early is part of the tests
class PythonPeerTest extends SocketTest {
    private UnixAddress address(boolean isAbstract) {
        return isAbstract ? uniqueName() : path("socket");
    }

    private static String readAll(UnixStreamSocket socket) throws IOException {
        return new String(socket.inputStream().readAllBytes(), UTF_8);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStreamFromPythonIsServed(boolean isAbstract) throws Exception {
        var address = address(isAbstract);
        try (var listener = UnixStreamListener.listen(address);
                var python =
                        Python.run(
                                """
                                s = socket.socket(socket.AF_UNIX); s.connect(name(a[0]))
                                s.sendall(b'from python'); s.shutdown(socket.SHUT_WR)
                                say(s.makefile('rb').read().decode())
                                """,
                                address);
                var server = listener.accept()) {
            assertEquals(python.pid(), server.peer().pid());
            assertEquals("from python", readAll(server));
            server.write(bytes("from java"));
            server.close();
            assertEquals("from java", python.line());
            assertEquals(0, python.exitCode());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStreamToPythonIsServed(boolean isAbstract) throws Exception {
        var address = address(isAbstract);
        try (var python =
                Python.run(
                        """
                        s = socket.socket(socket.AF_UNIX); s.bind(name(a[0])); s.listen()
                        say('listening'); c = s.accept()[0]
                        c.sendall(c.makefile('rb').read()[::-1]); c.close(); sys.stdin.readline()
                        """,
                        address)) {
            assertEquals("listening", python.line());
            try (var client = UnixStreamSocket.connect(address)) {
                assertEquals(python.pid(), client.peer().pid());
                client.write(bytes("abc"));
                client.shutdownOutput();
                assertEquals("cba", readAll(client));
            }
        }
    }

    @Test
    void seqpacketBothWaysWithAnEmptyMessage() throws Exception {
        var address = path("socket");
        try (var listener = UnixSeqpacketListener.listen(address);
                var python =
                        Python.run(
                                """
                                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                                s.connect(a[0]); s.send(b'one'); s.send(b''); s.send(b'three')
                                say(s.recv(100).decode(), s.recv(100), s.recv(100).decode())
                                """,
                                address);
                var server = listener.accept()) {
            var room = room(100);
            assertEquals(3, server.receive(room));
            assertEquals(0, server.receive(room));
            assertEquals(5, server.receive(room));
            server.send(bytes("1"));
            server.send(bytes(""));
            server.send(bytes("2"));
            assertEquals("1 b'' 2", python.line());
            assertEquals(Outcome.END, server.receive(room));
        }
    }

    @Test
    void seqpacketToPython() throws Exception {
        var address = uniqueName();
        try (var python =
                Python.run(
                        """
                        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                        s.bind(name(a[0])); s.listen(); say('listening'); c = s.accept()[0]
                        c.send(c.recv(100) + c.recv(100))
                        """,
                        address)) {
            assertEquals("listening", python.line());
            try (var client = UnixSeqpacketSocket.connect(address)) {
                client.send(bytes("a"));
                client.send(bytes("b"));
                assertEquals(2, client.receive(room(100)));
                assertEquals(Outcome.END, client.receive(room(100)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void datagramsBothWays(boolean isAbstract) throws Exception {
        var address = address(isAbstract);
        var theirs = isAbstract ? uniqueName() : path("python");
        try (var socket = UnixDatagramSocket.bound(address);
                var python =
                        Python.run(
                                """
                                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                                s.bind(name(a[1])); s.sendto(b'ask', name(a[0]))
                                data, sender = s.recvfrom(100)
                                if isinstance(sender, bytes): sender = '@' + sender[1:].decode()
                                say(data.decode(), sender)
                                """,
                                address,
                                theirs);
                var message = socket.receiveMessage(room(100))) {
            assertEquals(theirs, message.sender());
            socket.send(bytes("answer"), message.sender());
            assertEquals("answer " + address, python.line());
        }
    }

    @Test
    void tcpAndUdpBothWays() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var udp = UdpSocket.boundToLoopback(0);
                var python =
                        Python.run(
                                """
                                s = socket.create_connection(('127.0.0.1', int(a[0])))
                                s.sendall(b'tcp'); say(s.recv(100).decode())
                                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                                u.sendto(b'udp', ('127.0.0.1', int(a[1])))
                                data, sender = u.recvfrom(100)
                                say(data.decode(), sender[1] == int(a[1]))
                                """,
                                listener.localAddress().getPort(),
                                udp.localAddress().getPort());
                var server = listener.accept()) {
            assertEquals(3, server.read(room(3)));
            server.write(bytes("TCP"));
            assertEquals("TCP", python.line());
            var datagram = udp.receiveDatagram(room(3));
            udp.send(bytes("UDP"), datagram.sender());
            assertEquals("UDP True", python.line());
        }
    }

    @Test
    void descriptorsFromPython() throws Exception {
        var address = uniqueName();
        try (var listener = UnixStreamListener.listen(address);
                var python =
                        Python.run(
                                """
                                s = socket.socket(socket.AF_UNIX); s.connect(name(a[0]))
                                r, w = os.pipe()
                                socket.send_fds(s, [b'two'], [r, w]); os.close(r); os.close(w)
                                sys.stdin.readline()
                                """,
                                address);
                var server = listener.accept();
                var message = server.receiveMessage(room(100))) {
            assertTrue(python.pid() > 0);
            assertEquals(3, message.length());
            var fds = message.takeDescriptors();
            try (var source = fds.get(0);
                    var sink = fds.get(1)) {
                assertEquals(1, Unistd.write(sink.enter(), bytes("x")));
                assertEquals(1, Unistd.read(source.enter(), room(1)));
                sink.exit();
                source.exit();
            }
        }
    }

    @Test
    void descriptorsToPython() throws Exception {
        var address = uniqueName();
        var file = Files.writeString(directory.resolve("file"), "what is in it");
        try (var python =
                Python.run(
                        """
                        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                        s.bind(name(a[0])); s.listen(); say('listening'); c = s.accept()[0]
                        data, fds, flags, _ = socket.recv_fds(c, 100, 10)
                        say(data.decode(), len(fds), os.read(fds[0], 100).decode())
                        """,
                        address)) {
            assertEquals("listening", python.line());
            try (var client = UnixSeqpacketSocket.connect(address);
                    var fd = open(file)) {
                client.send(bytes("file"), List.of(Descriptors.of(fd, fd)));
                assertTrue(fd.isOpen());
                assertEquals("file 2 what is in it", python.line());
            }
        }
    }

    private static Fd open(Path file) throws OsException {
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            var name = arena.allocateFrom(file.toString());
            return Fd.of("open", "", Fcntl.open(name, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKilledPeerIsTheEndOrAReset(boolean hasUnread) throws Exception {
        var address = uniqueName();
        try (var listener = UnixStreamListener.listen(address);
                var python =
                        Python.run(
                                """
                                s = socket.socket(socket.AF_UNIX); s.connect(name(a[0]))
                                say('connected'); sys.stdin.readline()
                                """,
                                address);
                var server = listener.accept()) {
            assertEquals("connected", python.line());
            if (hasUnread) {
                server.write(bytes("x"));
            }
            var reading = startWaiting(false, () -> server.read(room(1)));
            python.kill();
            if (hasUnread) {
                assertEquals(Errno.ECONNRESET, ((OsException) reading.failure()).errno());
            } else {
                assertEquals(Outcome.END, reading.get());
            }
            assertThrows(PeerGoneException.class, () -> server.write(bytes("x")));
        }
    }

    @Test
    void aKilledSeqpacketPeerIsTheEnd() throws Exception {
        var address = uniqueName();
        try (var listener = UnixSeqpacketListener.listen(address);
                var python =
                        Python.run(
                                """
                                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                                s.connect(name(a[0])); s.send(b'last'); sys.stdin.readline()
                                """,
                                address);
                var server = listener.accept()) {
            assertEquals(4, server.receive(room(4)));
            var receiving = startWaiting(true, () -> server.receive(room(4)));
            python.kill();
            assertEquals(Outcome.END, receiving.get());
            assertThrows(PeerGoneException.class, () -> server.send(bytes("x")));
        }
    }
}
