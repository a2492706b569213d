package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import parley.kernel.SysSocket;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.OsException;

@SuppressWarnings("try") // closing early is part of the tests
final class SocketOptionTest extends SocketTest {
    /// Options that can be set, with a value that is not the one at first.
    static Stream<Arguments> ofUnixSockets() {
        return Stream.of(
                Arguments.of(SocketOption.PASS_CREDENTIALS, true),
                Arguments.of(SocketOption.PASS_SECURITY_LABEL, true),
                Arguments.of(SocketOption.TIMESTAMPS, true),
                Arguments.of(SocketOption.PEEK_OFFSET, 3),
                Arguments.of(SocketOption.RECEIVE_LOW_WATER_MARK, 5),
                Arguments.of(SocketOption.RECEIVE_TIMEOUT, Duration.ofMillis(1500)),
                Arguments.of(SocketOption.SEND_TIMEOUT, Duration.ofMinutes(2)));
    }

    static Stream<Arguments> ofTcp() {
        return Stream.of(
                Arguments.of(SocketOption.KEEP_ALIVE, true),
                Arguments.of(SocketOption.KEEP_ALIVE_IDLE, Duration.ofSeconds(30)),
                Arguments.of(SocketOption.KEEP_ALIVE_INTERVAL, Duration.ofSeconds(4)),
                Arguments.of(SocketOption.KEEP_ALIVE_COUNT, 3),
                Arguments.of(SocketOption.LINGER, Duration.ofSeconds(7)),
                Arguments.of(SocketOption.URGENT_INLINE, true),
                Arguments.of(SocketOption.NO_DELAY, false),
                Arguments.of(SocketOption.USER_TIMEOUT, Duration.ofMillis(2500)),
                Arguments.of(SocketOption.REUSE_ADDRESS, true),
                Arguments.of(SocketOption.REUSE_PORT, true));
    }

    private static <T> void assertIsKept(Socket socket, SocketOption<T> option, T value)
            throws Exception {
        assertNotEquals(value, socket.get(option), option.toString());
        socket.set(option, value);
        assertEquals(value, socket.get(option), option.toString());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ofUnixSockets")
    <T> void aUnixSocketKeepsWhatIsSet(SocketOption<T> option, T value) throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            assertIsKept(pair.first(), option, value);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ofTcp")
    <T> void aTcpSocketKeepsWhatIsSet(SocketOption<T> option, T value) throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var socket = TcpSocket.connect(listener.localAddress())) {
            assertIsKept(socket, option, value);
        }
    }

    @Test
    void lingeringIsOffAtFirstAndCanBeTurnedOffAgain() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var socket = TcpSocket.connect(listener.localAddress())) {
            assertTrue(socket.get(SocketOption.LINGER).isNegative());
            socket.set(SocketOption.LINGER, Duration.ZERO);
            assertEquals(Duration.ZERO, socket.get(SocketOption.LINGER));
            socket.set(SocketOption.LINGER, Duration.ofSeconds(-1));
            assertTrue(socket.get(SocketOption.LINGER).isNegative());
        }
    }

    @Test
    void aShortTimeDoesNotBecomeNone() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0);
                var socket = TcpSocket.connect(listener.localAddress())) {
            socket.set(SocketOption.LINGER, Duration.ofMillis(500));
            assertEquals(Duration.ofSeconds(1), socket.get(SocketOption.LINGER));
            socket.set(SocketOption.LINGER, Duration.ofSeconds(-1));
            socket.set(SocketOption.USER_TIMEOUT, Duration.ofNanos(1));
            assertEquals(Duration.ofMillis(1), socket.get(SocketOption.USER_TIMEOUT));
            socket.set(SocketOption.RECEIVE_TIMEOUT, Duration.ofNanos(1));
            assertTrue(socket.get(SocketOption.RECEIVE_TIMEOUT).isPositive());
            for (var time : List.of(Duration.ofSeconds(-1), Duration.ofSeconds(Long.MAX_VALUE))) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> socket.set(SocketOption.KEEP_ALIVE_IDLE, time));
            }
        }
    }

    @Test
    void whatASocketIsCanOnlyBeAsked() throws Exception {
        try (var listener = UnixSeqpacketListener.listen(uniqueName());
                var socket = UdpSocket.boundToLoopback(0)) {
            assertTrue(listener.get(SocketOption.IS_LISTENING));
            assertEquals(SysSocket.AF_UNIX, listener.get(SocketOption.FAMILY));
            assertEquals(SysSocket.SOCK_SEQPACKET, listener.get(SocketOption.TYPE));
            assertEquals(17, socket.get(SocketOption.PROTOCOL));
            assertEquals(0, socket.get(SocketOption.PENDING_ERROR));
            assertNotEquals(socket.get(SocketOption.COOKIE), listener.get(SocketOption.COOKIE));
            for (var option : List.of(SocketOption.TYPE, SocketOption.PROTOCOL)) {
                var e = assertThrows(OsException.class, () -> socket.set(option, 1));
                assertEquals(Errno.ENOPROTOOPT, e.errno());
            }
        }
    }

    @Test
    void theKernelDoublesAndCutsBuffers() throws Exception {
        try (var pair = UnixDatagramSocket.pair()) {
            pair.first().set(SocketOption.SEND_BUFFER_BYTES, 10_000);
            assertEquals(20_000, pair.first().get(SocketOption.SEND_BUFFER_BYTES));
            pair.first().set(SocketOption.RECEIVE_BUFFER_BYTES, Integer.MAX_VALUE);
            assertTrue(pair.first().get(SocketOption.RECEIVE_BUFFER_BYTES) < Integer.MAX_VALUE);
            assumeTrue(Credentials.own().uid() == 0, "the rest needs CAP_NET_ADMIN");
            pair.first().set(SocketOption.SEND_BUFFER_BYTES_FORCED, 50_000_000);
            assertEquals(100_000_000, pair.first().get(SocketOption.SEND_BUFFER_BYTES));
        }
    }

    @Test
    void seqpacketKeepsItsTimes() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            assertTrue(pair.first().get(SocketOption.TIMESTAMPS));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> pair.first().set(SocketOption.TIMESTAMPS, false));
        }
    }

    @Test
    void anOptionOfAnotherKindOfSocketIsRefusedByTheKernel() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var e =
                    assertThrows(
                            OsException.class, () -> pair.first().set(SocketOption.NO_DELAY, true));
            assertEquals(Errno.EOPNOTSUPP, e.errno());
        }
    }
}
