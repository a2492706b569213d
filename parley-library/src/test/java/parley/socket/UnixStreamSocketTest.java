package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.peer.Peer;
import parley.ready.Outcome;

@SuppressWarnings("try") // closing early is part of the tests
class UnixStreamSocketTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    @Test
    void bytesGoBothWaysAndTheEndIsSeen() throws Exception {
        var address = path("s");
        try (var listener = UnixStreamListener.listen(address);
                var client = UnixStreamSocket.connect(address);
                var server = listener.accept()) {
            var room = room(10);
            client.write(bytes("hello"));
            assertEquals(5, server.read(room));
            assertEquals("hello", text(room, 5));
            server.write(bytes("yes"));
            client.shutdownOutput();
            assertEquals(3, client.read(room));
            assertEquals(Outcome.END, server.read(room));
            server.write(bytes("x"));
            assertEquals(1, client.read(room));
        }
    }

    @Test
    void namesAndPeerAreKnown() throws Exception {
        var address = uniqueName();
        try (var listener = UnixStreamListener.listen(address);
                var client = UnixStreamSocket.connect(address);
                var server = listener.accept()) {
            assertEquals("unix:" + address, client.address());
            assertEquals("unix:" + address, listener.toString());
            assertEquals("unix:" + address, server.toString());
            assertEquals(address, listener.localAddress());
            assertEquals(address, server.localAddress());
            assertEquals(address, client.peerAddress());
            assertEquals(UnixAddress.UNNAMED, server.peerAddress());
            assertEquals(Credentials.own(), client.peer().credentials());
            assertEquals(Credentials.own(), server.peer().credentials());
        }
    }

    @Test
    void aPairIsConnectedAndHasTheChannelForms() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var heap = ByteBuffer.wrap("heap".getBytes(StandardCharsets.UTF_8));
            assertEquals(4, pair.first().write(heap));
            var direct = ByteBuffer.allocateDirect(10);
            assertEquals(4, pair.second().read(direct));
            pair.second().outputStream().write("streams".getBytes(StandardCharsets.UTF_8));
            var bytes = pair.first().inputStream().readNBytes(7);
            assertEquals("streams", new String(bytes, StandardCharsets.UTF_8));
            pair.second().outputStream().close();
            assertFalse(pair.second().isOpen());
            assertEquals(-1, pair.first().inputStream().read());
        }
    }

    @Test
    void readingNothingOrIntoNoRoomDoesNotWait() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            assertEquals(0, pair.first().tryRead(room(10)));
            assertEquals(0, pair.first().read(room(10), SHORT));
            assertEquals(0, pair.first().read(room(10).asSlice(0, 0)));
            pair.first().write(room(10).asSlice(0, 0));
            var readOnly = room(10).asReadOnly();
            assertThrows(IllegalArgumentException.class, () -> pair.first().read(readOnly));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFullStreamTakesTheRestWhenItIsRead(boolean isVirtual) throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var much = room(1 << 20);
            long first = pair.first().tryWrite(much);
            assertTrue(first > 0 && first < much.byteSize(), "wrote " + first);
            assertEquals(0, pair.first().tryWrite(much));
            assertEquals(0, pair.first().write(much, SHORT));
            var writer =
                    startWaiting(
                            isVirtual,
                            () -> {
                                pair.first().write(much);
                                pair.first().shutdownOutput();
                                return 0;
                            });
            long read = 0;
            for (int n = 0; n != Outcome.END; n = pair.second().read(much)) {
                read += n;
            }
            assertEquals(first + much.byteSize(), read);
            writer.get();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWaitingReadEndsWhenClosed(boolean isVirtual) throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var reader = startWaiting(isVirtual, () -> pair.first().read(room(1)));
            pair.first().close();
            assertInstanceOf(AsynchronousCloseException.class, reader.failure());
            assertThrows(ClosedChannelException.class, () -> pair.first().read(room(1)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWaitingReadEndsWhenInterruptedAndTheSocketStays(boolean isVirtual) throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var reader =
                    startWaiting(
                            isVirtual,
                            () -> {
                                try {
                                    return pair.first().read(room(1)) > 0;
                                } catch (InterruptedIOException _) {
                                    return Thread.interrupted();
                                }
                            });
            reader.thread().interrupt();
            assertTrue(reader.get());
            pair.second().write(bytes("x"));
            assertEquals(1, pair.first().read(room(1)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothDirectionsMayWaitAtTheSameTime(boolean isVirtual) throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var much = room(1 << 20);
            var reader = startWaiting(isVirtual, () -> pair.first().read(room(1)));
            var writer =
                    startWaiting(
                            isVirtual,
                            () -> {
                                pair.first().write(much);
                                return 0;
                            });
            long left = much.byteSize();
            while (left > 0) {
                left -= pair.second().read(room(1 << 16));
            }
            writer.get();
            pair.second().write(bytes("x"));
            assertEquals(1, reader.get());
        }
    }

    @Test
    void shutdownInputEndsReading() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var reader = startWaiting(false, () -> pair.first().read(room(1)));
            pair.first().shutdownInput();
            assertEquals(Outcome.END, reader.get());
            assertThrows(PeerGoneException.class, () -> pair.second().write(bytes("x")));
        }
    }

    @Test
    void writingToAClosedPeerIsAnExceptionAndNoSignal() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.second().close();
            var e = assertThrows(PeerGoneException.class, () -> pair.first().write(bytes("x")));
            assertEquals(Errno.EPIPE, e.errno());
            assertEquals(Outcome.END, pair.first().read(room(1)));
        }
    }

    @Test
    void aPeerThatClosesWithDataUnreadIsAReset() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.first().write(bytes("x"));
            pair.second().close();
            var e = assertThrows(OsException.class, () -> pair.first().read(room(1)));
            assertEquals(Errno.ECONNRESET, e.errno());
        }
    }

    @Test
    void whereNobodyIsConnectingIsRefused() throws Exception {
        assertThrows(NotFoundException.class, () -> UnixStreamSocket.connect(path("none")));
        var e = assertThrows(OsException.class, () -> UnixStreamSocket.connect(uniqueName()));
        assertEquals(Errno.ECONNREFUSED, e.errno());
        var address = path("seqpacket"); // abstract names of different types are different names
        try (var _ = UnixSeqpacketListener.listen(address)) {
            e = assertThrows(OsException.class, () -> UnixStreamSocket.connect(address));
            assertEquals(Errno.EPROTOTYPE, e.errno());
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> UnixStreamSocket.connect(UnixAddress.UNNAMED));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void connectingWaitsWhileTheQueueOfConnectionsIsFull(boolean isVirtual) throws Exception {
        var address = uniqueName();
        try (var server =
                        Python.run(
                                """
                                s = socket.socket(socket.AF_UNIX); s.bind(name(a[0])); s.listen(0)
                                say('listening'); sys.stdin.readline()
                                c = s.accept(); say('accepted')
                                sys.stdin.readline()
                                """,
                                address);
                var _ = connectFirst(server, address)) {
            assertTrue(UnixStreamSocket.connect(address, SHORT).isEmpty());
            assertTrue(UnixStreamSocket.connect(address, Duration.ZERO).isEmpty());
            var interrupted = startWaiting(isVirtual, () -> UnixStreamSocket.connect(address));
            interrupted.thread().interrupt();
            assertInstanceOf(InterruptedException.class, interrupted.failure());
            var waiting = startWaiting(isVirtual, () -> UnixStreamSocket.connect(address));
            server.tell("accept");
            assertEquals("accepted", server.line());
            waiting.get().close();
        }
    }

    private static UnixStreamSocket connectFirst(Peer server, UnixAddress address)
            throws Exception {
        assertEquals("listening", server.line());
        return UnixStreamSocket.connect(address);
    }

    @Test
    void acceptHasThreeForms() throws Exception {
        var address = uniqueName();
        try (var listener = UnixStreamListener.listen(address)) {
            assertTrue(listener.tryAccept().isEmpty());
            assertTrue(listener.accept(SHORT).isEmpty());
            var accepts = startWaiting(false, listener::accept);
            try (var _ = UnixStreamSocket.connect(address);
                    var _ = accepts.get();
                    var _ = UnixStreamSocket.connect(address, SHORT).orElseThrow();
                    var second = listener.tryAccept().orElseThrow()) {
                assertTrue(second.isOpen());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWaitingAcceptEndsWhenClosedOrInterrupted(boolean isVirtual) throws Exception {
        try (var listener = UnixStreamListener.listen(uniqueName())) {
            var interrupted = startWaiting(isVirtual, listener::accept);
            interrupted.thread().interrupt();
            assertInstanceOf(InterruptedException.class, interrupted.failure());
            var closed = startWaiting(isVirtual, listener::accept);
            listener.close();
            assertInstanceOf(AsynchronousCloseException.class, closed.failure());
            assertFalse(listener.isOpen());
        }
    }

    @Test
    void connectionsAreNotInheritedAndBlock() throws Exception {
        var address = uniqueName();
        try (var listener = UnixStreamListener.listen(address);
                var client = UnixStreamSocket.connect(address);
                var server = listener.accept()) {
            for (var fd : new Fd[] {client.fd(), server.fd()}) {
                assertEquals("02000002", Flags.of(fd)); // O_RDWR | O_CLOEXEC
            }
        }
    }

    @Test
    void aDescriptorBecomesASocketAgainOrIsRefused() throws Exception {
        try (var pair = UnixStreamSocket.pair();
                var again = UnixStreamSocket.of(pair.first().fd().duplicate())) {
            again.write(bytes("x"));
            assertEquals(1, pair.second().read(room(1)));
            var fd = pair.first().fd().duplicate();
            var e = assertThrows(OsException.class, () -> UnixSeqpacketSocket.of(fd));
            assertEquals(Errno.EPROTOTYPE, e.errno());
            assertFalse(fd.isOpen());
        }
    }

    @Test
    void manyConnectionsAreAcceptedInOrder() throws Exception {
        var address = uniqueName();
        var open = new ArrayList<UnixStreamSocket>();
        try (var listener = UnixStreamListener.listen(address)) {
            for (int i = 0; i < 100; i++) {
                var client = UnixStreamSocket.connect(address);
                open.add(client);
                client.write(bytes("%03d".formatted(i)));
            }
            for (int i = 0; i < 100; i++) {
                var server = listener.accept();
                open.add(server);
                var room = room(3);
                assertEquals(3, server.read(room));
                assertEquals("%03d".formatted(i), text(room, 3));
            }
        } finally {
            open.forEach(UnixStreamSocket::close);
        }
    }
}
