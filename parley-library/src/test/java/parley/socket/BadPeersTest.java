package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.LimitReachedException;
import parley.os.OsException;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.ready.Outcome;

/// What peers do by mistake or on purpose, and what must be left of it: nothing.
@Timeout(120)
@SuppressWarnings("try") // closing early is part of the tests
class BadPeersTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final int CONNECTIONS = 1000;
    private static final int BOMBS = 100;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPeerThatNeverReadsHoldsNobodyUp(boolean isKilled) throws Exception {
        var script =
                """
                s = socket.socket(socket.AF_UNIX, int(a[1])); s.connect(name(a[0]))
                sys.stdin.readline()
                """;
        var much = room(1 << 20);
        try (var streams = UnixStreamListener.listen(uniqueName());
                var messages = UnixSeqpacketListener.listen(uniqueName());
                var first = Python.run(script, streams.localAddress(), 1);
                var second = Python.run(script, messages.localAddress(), 5);
                var stream = streams.accept();
                var seqpacket = messages.accept()) {
            long written = stream.write(much, SHORT);
            assertTrue(written > 0 && written < much.byteSize(), "" + written);
            assertEquals(0, stream.tryWrite(much));
            while (seqpacket.trySend(much.asSlice(0, 1000))) {}
            assertFalse(seqpacket.send(much.asSlice(0, 1000), SHORT));
            var writing = startWaiting(true, () -> stream.write(much, Duration.ofSeconds(100)));
            if (isKilled) {
                first.kill();
                second.kill();
                assertThrows(OsException.class, () -> seqpacket.send(much.asSlice(0, 1)));
            } else {
                stream.close();
            }
            assertTrue(writing.failure() instanceof IOException);
        }
    }

    @Test
    void connectionsDroppedWithoutAByteAreEnds() throws Exception {
        var script =
                """
                for i in range(int(a[1])):
                    s = socket.socket(socket.AF_UNIX); s.connect(name(a[0])); s.close()
                say('dropped')
                """;
        try (var listener = UnixStreamListener.listen(uniqueName());
                var python = Python.run(script, listener.localAddress(), CONNECTIONS)) {
            var into = room(1);
            for (int i = 0; i < CONNECTIONS; i++) {
                try (var connection = listener.accept()) {
                    assertEquals(Outcome.END, connection.read(into));
                }
            }
            assertEquals("dropped", python.line());
            assertTrue(listener.tryAccept().isEmpty());
        }
    }

    @Test
    void aConnectionWaitsUntilADescriptorIsFree() throws Exception {
        var open = new ArrayList<Fd>();
        try (var listener = UnixStreamListener.listen(uniqueName());
                var client = UnixStreamSocket.connect(listener.localAddress())) {
            client.write(bytes("x"));
            try (var _ = DescriptorLimit.leaving(20)) {
                var full = assertThrows(LimitReachedException.class, () -> fill(client, open));
                assertEquals(Errno.EMFILE, full.errno());
                for (int i = 0; i < 2; i++) {
                    var e = assertThrows(LimitReachedException.class, listener::accept);
                    assertEquals(Errno.EMFILE, e.errno());
                    assertThrows(LimitReachedException.class, listener::tryAccept);
                }
                open.removeLast().close();
                try (var server = listener.accept()) {
                    assertEquals(1, server.read(room(1)));
                }
            }
        } finally {
            open.forEach(Fd::close);
        }
    }

    private static void fill(UnixStreamSocket socket, List<Fd> open) throws IOException {
        while (true) {
            open.add(socket.fd().duplicate());
        }
    }

    /// Python sends messages without a byte (on a stream: with one), each with 253 descriptors.
    private static Peer bomb(Socket target, int type) throws IOException {
        var script =
                """
                s = socket.socket(socket.AF_UNIX, int(a[1])); s.connect(name(a[0]))
                for i in range(int(a[2])):
                    s.sendmsg([b'x' if a[1] == '1' else b''],
                              [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                array.array('i', [s.fileno()] * 253))])
                say('sent')
                """;
        var name = target.address().replaceFirst("^[^@]*", "");
        return Python.run(script, name, type, BOMBS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void descriptorsWithoutDataAreClosed(boolean isRead) throws Exception {
        try (var listener = UnixSeqpacketListener.listen(uniqueName());
                var datagrams = UnixDatagramSocket.bound(uniqueName());
                var one = bomb(listener, 5);
                var other = bomb(datagrams, 2);
                var server = listener.accept()) {
            long before = descriptors("socket:");
            for (int i = 0; isRead && i < BOMBS; i++) {
                assertEquals(0, server.receive(room(1)));
                assertEquals(0, datagrams.receive(room(1)));
            }
            for (int i = 0; !isRead && i < BOMBS / 2; i++) { // the rest is never received
                server.receiveMessage(room(1)).close();
                datagrams.receiveMessage(room(1)).close();
            }
            assertEquals(before, descriptors("socket:"));
            if (isRead) {
                assertEquals("sent", one.line());
                assertEquals("sent", other.line());
                assertEquals(Outcome.END, server.receive(room(1)));
            }
        }
    }

    @Test
    void descriptorsAmongBytesAreClosed() throws Exception {
        try (var listener = UnixStreamListener.listen(uniqueName());
                var python = bomb(listener, 1);
                var server = listener.accept()) {
            long before = descriptors("socket:");
            var all = server.inputStream().readNBytes(BOMBS);
            assertEquals(BOMBS, all.length);
            assertEquals(before, descriptors("socket:"));
            assertEquals("sent", python.line());
            assertEquals(Outcome.END, server.read(room(1)));
        }
    }

    @Test
    void aStreamGoesOnAfterDescriptorsThatHadNoRoom() throws Exception {
        try (var listener = UnixStreamListener.listen(uniqueName());
                var python = bomb(listener, 1);
                var server = listener.accept()) {
            assertEquals("sent", python.line());
            long before = descriptors("socket:");
            try (var _ = DescriptorLimit.leaving(50)) {
                for (int i = 0; i < BOMBS / 2; i++) {
                    var e =
                            assertThrows(
                                    LimitReachedException.class,
                                    () -> server.receiveMessage(room(1)));
                    assertEquals(Errno.EMFILE, e.errno());
                }
            }
            assertEquals(before, descriptors("socket:"));
            for (int i = BOMBS / 2; i < BOMBS; i++) {
                try (var message = server.receiveMessage(room(1))) {
                    assertEquals(1, message.length());
                    assertEquals(before + 253, descriptors("socket:"));
                }
            }
            assertEquals(Outcome.END, server.read(room(1)));
        }
    }

    @Test
    void aDirectoryIsNeitherBoundNorConnectedTo() throws Exception {
        var taken = path("directory");
        Files.createDirectory(directory.resolve("directory"));
        assertThrows(AlreadyExistsException.class, () -> UnixStreamListener.listen(taken));
        assertThrows(AlreadyExistsException.class, () -> UnixDatagramSocket.bound(taken));
        var e = assertThrows(OsException.class, () -> UnixStreamSocket.connect(taken));
        assertEquals(Errno.ECONNREFUSED, e.errno());
        assertTrue(e.getMessage().contains("is a directory, not a socket"), e.getMessage());
    }

    @Test
    void anAbstractNameOfAnotherUserIsTakenAndTellsWhose() throws Exception {
        OtherUser.assumeItCanRead(OtherUser.NOBODY, "");
        var name = uniqueName();
        var script =
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX); s.bind('\\0' + sys.argv[1][1:]); s.listen()
                print('listening', flush=True); sys.stdin.readline()
                """;
        var words = new ArrayList<>(OtherUser.NOBODY);
        words.addAll(List.of("/usr/bin/env", "python3", "-c", script, name.toString()));
        try (var nobody = Peer.start(words)) {
            assertEquals("listening", nobody.line());
            assertThrows(AlreadyExistsException.class, () -> UnixStreamListener.listen(name));
            try (var client = UnixStreamSocket.connect(name)) {
                assertEquals(65534, client.peer().uid());
            }
        }
    }

    @Test
    void garbageOnADatagramSocketSpoilsNothing() throws Exception {
        var script =
                """
                def send(data, bound):
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    if bound is not None: s.bind(bound)
                    s.sendto(data, name(a[0])); s.close()
                send(b'', None)
                send(os.urandom(100), b'\\0' + bytes(range(107)))
                send(os.urandom(101), a[1].encode() + b'/\\xff\\xfe')
                send(os.urandom(50000), None)
                send(b'\\0' * 10, b'\\0')
                send(b'fine', (a[1] + '/fine').encode())
                """;
        try (var receiver = UnixDatagramSocket.bound(uniqueName());
                var python = Python.run(script, receiver.localAddress(), directory)) {
            assertSender(receiver, 0, UnixAddress.UNNAMED);
            var bytes = new byte[107];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) i;
            }
            assertSender(receiver, 100, UnixAddress.abstractName(bytes));
            assertSender(receiver, 101, UnixAddress.UNNAMED); // no path in this JVM's characters
            var e = assertThrows(OsException.class, () -> receiver.receiveMessage(room(1000)));
            assertEquals(Errno.EMSGSIZE, e.errno());
            assertSender(receiver, 10, UnixAddress.abstractName(""));
            assertSender(receiver, 4, path("fine"));
            assertEquals(0, python.exitCode());
        }
    }

    private static void assertSender(UnixDatagramSocket receiver, int length, UnixAddress sender)
            throws Exception {
        try (var message = receiver.receiveMessage(room(1000))) {
            assertEquals(length, message.length());
            assertEquals(sender, message.sender());
        }
    }
}
