package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.pipe.Pipe;

/// What a descriptor becomes that another process made: here Python, which sends it.
@SuppressWarnings("try") // closing early is part of the tests
class AdoptedSocketTest extends SocketTest {
    @FunctionalInterface
    private interface Factory {
        Socket of(Fd fd) throws IOException;
    }

    /// Each kind of socket, as Python makes it, and the class that it becomes.
    private static final Map<String, Factory> FACTORIES =
            Map.of(
                    "socket.socketpair()[0]", UnixStreamSocket::of,
                    "listening(socket.AF_UNIX, socket.SOCK_STREAM)", UnixStreamListener::of,
                    "socket.socketpair(type=socket.SOCK_SEQPACKET)[0]", UnixSeqpacketSocket::of,
                    "listening(socket.AF_UNIX, socket.SOCK_SEQPACKET)", UnixSeqpacketListener::of,
                    "socket.socketpair(type=socket.SOCK_DGRAM)[0]", UnixDatagramSocket::of,
                    "socket.create_connection(tcp.getsockname())", TcpSocket::of,
                    "tcp", TcpListener::of,
                    "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", UdpSocket::of);

    private static final String SCRIPT =
            """
            def listening(family, type, at=''):
                s = socket.socket(family, type); s.bind(at); s.listen(); return s
            tcp = listening(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', 0))
            java = socket.socket(socket.AF_UNIX); java.connect(name(a[0]))
            made = eval(a[1]); socket.send_fds(java, [b'x'], [made.fileno()])
            sys.stdin.readline()
            """;

    static List<String> kinds() {
        return List.copyOf(FACTORIES.keySet());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theKernelSaysWhatItIs(String made) throws Exception {
        try (var listener = UnixStreamListener.listen(uniqueName());
                var _ = Python.run(SCRIPT, listener.localAddress(), made);
                var python = listener.accept();
                var message = python.receiveMessage(room(1));
                var fd = message.takeDescriptors().getFirst();
                var socket = Socket.of(fd.duplicate())) {
            for (var factory : FACTORIES.entrySet()) {
                var copy = fd.duplicate();
                if (factory.getKey().equals(made)) {
                    try (var same = factory.getValue().of(copy)) {
                        assertEquals(same.getClass(), socket.getClass());
                        assertEquals(same.address(), socket.address());
                    }
                } else {
                    var e = assertThrows(OsException.class, () -> factory.getValue().of(copy));
                    assertEquals(Errno.EPROTOTYPE, e.errno(), factory.getKey());
                }
                assertFalse(copy.isOpen());
            }
        }
    }

    @Test
    void whatIsNoSocketOrOfAnUnknownFamilyIsRefused() throws Exception {
        try (var pipe = Pipe.create()) {
            var notSocket = pipe.source().fd().duplicate();
            var e = assertThrows(OsException.class, () -> Socket.of(notSocket));
            assertEquals(Errno.ENOTSOCK, e.errno());
            assertFalse(notSocket.isOpen());
        }
        int netlink = 16; // AF_NETLINK
        var other = Sockets.open(netlink, SysSocket.SOCK_DGRAM, "netlink");
        var e = assertThrows(OsException.class, () -> Socket.of(other));
        assertEquals(Errno.EPROTOTYPE, e.errno());
        assertFalse(other.isOpen());
        assertTrue(e.getMessage().contains("a socket of another kind"), e.getMessage());
    }

    @Test
    void aTcpSocketThatIsNotConnectedIsRefused() throws Exception {
        var fd = Sockets.open(SysSocket.AF_INET, SysSocket.SOCK_STREAM, "tcp");
        var e = assertThrows(OsException.class, () -> Socket.of(fd));
        assertEquals(Errno.ENOTCONN, e.errno());
        assertFalse(fd.isOpen());
    }

    @Test
    void aListenerThatBlocksServesWithoutBlocking() throws Exception {
        var script =
                """
                java = socket.socket(socket.AF_UNIX); java.connect(name(a[0]))
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind(''); s.listen()
                socket.send_fds(java, [b'x'], [s.fileno()]); sys.stdin.readline()
                """;
        try (var listener = UnixStreamListener.listen(uniqueName());
                var _ = Python.run(script, listener.localAddress());
                var python = listener.accept();
                var message = python.receiveMessage(room(1));
                var theirs = UnixSeqpacketListener.of(message.takeDescriptors().getFirst())) {
            assertTrue(theirs.tryAccept().isEmpty());
            try (var client = UnixSeqpacketSocket.connect(theirs.localAddress());
                    var server = theirs.accept()) {
                client.send(bytes(""));
                assertEquals(0, server.receive(room(1)));
            }
        }
    }

    @Test
    void namesAreThoseThatItHas() throws Exception {
        var name = uniqueName();
        try (var receiver = UnixDatagramSocket.bound(name);
                var sender = UnixDatagramSocket.connected(name);
                var sameReceiver = UnixDatagramSocket.of(receiver.fd().duplicate());
                var sameSender = UnixDatagramSocket.of(sender.fd().duplicate())) {
            assertEquals(receiver.localAddress(), sameReceiver.localAddress());
            assertEquals(receiver.address(), sameReceiver.address());
            assertEquals(sender.address(), sameSender.address());
            sameSender.send(bytes("x"));
            assertEquals(1, sameReceiver.receive(room(1)));
        }
    }
}
