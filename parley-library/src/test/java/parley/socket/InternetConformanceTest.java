package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import parley.kernel.NetinetIn;
import parley.kernel.SysSocket;
import parley.kernel.Unistd;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;

/// Cases of other people's suites that concern TCP and UDP, each named by its id.
@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
final class InternetConformanceTest extends SocketTest {
    private static final String BIND_LOW_PORT =
            """
            use Socket;
            socket(my $socket, AF_INET, SOCK_STREAM, 0);
            print bind($socket, pack_sockaddr_in(1, INADDR_LOOPBACK)) ? 0 : $! + 0, "\\n";
            """;

    private static void assertResult(Errno expected, long result) {
        assertEquals(-expected.number(), result);
    }

    @Test
    @DisplayName("INET-001 protocols go with their types")
    void protocolsGoWithTheirTypes() {
        int tcp = NetinetIn.IPPROTO_TCP;
        int udp = NetinetIn.IPPROTO_UDP;
        var expected = Errno.EPROTONOSUPPORT;
        assertResult(expected, SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_DGRAM, tcp));
        assertResult(expected, SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_STREAM, udp));
    }

    @Test
    @DisplayName("INET-003 low ports are root's")
    void lowPortsAreRoots() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can become another user");
        Command.require("perl");
        var words = new ArrayList<>(OtherUser.NOBODY);
        words.addAll(List.of("perl", "-e", BIND_LOW_PORT));
        var inNamespace = new ArrayList<>(List.of("unshare", "--net")); // the host may allow it
        inNamespace.addAll(words);
        try (var perl = Peer.start(inNamespace)) {
            assertEquals("" + Errno.EACCES.number(), perl.line());
        }
    }

    @Test
    @DisplayName("INET-004 an address of another host cannot be bound")
    void anAddressOfAnotherHostCannotBeBound() throws Exception {
        var elsewhere = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0);
        for (var binding :
                List.<Executable>of(
                        () -> TcpListener.listen(elsewhere), () -> UdpSocket.bound(elsewhere))) {
            var e = assertThrows(OsException.class, binding);
            assertEquals(Errno.EADDRNOTAVAIL, e.errno());
        }
    }

    @Test
    @DisplayName("INET-006 an address of another family cannot be connected to")
    void anAddressOfAnotherFamily() throws Exception {
        int number = SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_STREAM, 0);
        try (var arena = Arena.ofConfined()) {
            var name = UnixNames.encode(uniqueName(), arena);
            assertResult(Errno.EAFNOSUPPORT, SysSocket.connect(number, name));
        }
        assertEquals(0, Unistd.close(number));
    }

    @Test
    @DisplayName("INET-007 a datagram of 128 KiB is too long")
    void aDatagramTooLong() throws Exception {
        try (var receiver = UdpSocket.boundToLoopback(0);
                var sender = UdpSocket.connected(receiver.localAddress())) {
            var e = assertThrows(OsException.class, () -> sender.send(room(128 << 10)));
            assertEquals(Errno.EMSGSIZE, e.errno());
        }
    }

    @Test
    @DisplayName("INET-008 nothing goes after the output was shut down")
    void nothingGoesAfterTheOutputWasShutDown() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var client = TcpSocket.connect(listener.localAddress())) {
            client.shutdownOutput();
            var e = assertThrows(PeerGoneException.class, () -> client.write(bytes("x")));
            assertEquals(Errno.EPIPE, e.errno());
        }
    }

    @Test
    @DisplayName("INET-010 levels, options and lengths that there are not")
    void optionsThatThereAreNot() throws Exception {
        try (var socket = UdpSocket.boundToLoopback(0);
                var arena = Arena.ofConfined()) {
            var value = arena.allocate(JAVA_INT);
            var length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            assertResult(Errno.EOPNOTSUPP, option(socket, 500, 1, value, length));
            assertResult(Errno.ENOPROTOOPT, option(socket, 1, 9999, value, length));
            var negative = arena.allocateFrom(JAVA_INT, -1);
            assertResult(Errno.EINVAL, option(socket, 1, SysSocket.SO_TYPE, value, negative));
        }
    }

    private static int option(
            Socket socket, int level, int name, MemorySegment value, MemorySegment length) {
        return SysSocket.getsockopt(socket.fd().number(), level, name, value, length);
    }

    @Test
    @DisplayName("INET-011 what more follows goes together with it")
    void whatMoreFollowsGoesTogether() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var client = TcpSocket.connect(listener.localAddress());
                var server = listener.accept()) {
            client.writeMore(bytes("head "));
            assertEquals(0, server.bytesWaiting());
            client.write(bytes("and body"));
            var room = room(100);
            assertEquals(13, server.read(room));
            assertEquals("head and body", text(room, 13));
        }
    }
}
