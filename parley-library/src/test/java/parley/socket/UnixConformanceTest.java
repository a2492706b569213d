package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.kernel.SysSocket;
import parley.kernel.Unistd;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Limit;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.pipe.Pipe;
import parley.ready.Outcome;

/// Cases of other people's suites that concern Unix sockets, their names and connections, each
/// named by its id.
@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
final class UnixConformanceTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    /// Connects, and says the number of the error, or 0.
    private static final String CONNECT =
            """
            use Socket;
            my $name = $ARGV[0] =~ s/^@/\\0/r;
            socket(my $socket, AF_UNIX, SOCK_STREAM, 0);
            print connect($socket, pack("S a*", AF_UNIX, $name)) ? 0 : $! + 0, "\\n";
            """;

    private static void assertErrno(Errno expected, Executable action) {
        assertEquals(expected, assertThrows(OsException.class, action).errno());
    }

    private static void assertResult(Errno expected, long result) {
        assertEquals(-expected.number(), result);
    }

    private static int socket(int type) {
        return SysSocket.socket(SysSocket.AF_UNIX, type | SysSocket.SOCK_CLOEXEC, 0);
    }

    private static void close(int number) {
        assertEquals(0, Unistd.close(number));
    }

    @Test
    @DisplayName("UNIX-001 pairs carry both ways, messages with their borders")
    void pairsCarryBothWays() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.first().write(bytes("ab"));
            pair.first().write(bytes("c"));
            assertEquals(3, pair.second().read(room(10)));
            pair.second().write(bytes("d"));
            assertEquals(1, pair.first().read(room(10)));
        }
        try (var datagrams = UnixDatagramSocket.pair();
                var messages = UnixSeqpacketSocket.pair()) {
            for (var pair : List.of(datagrams, messages)) {
                pair.first().send(bytes("ab"));
                pair.first().send(bytes("c"));
                assertEquals(2, pair.second().receive(room(10)));
                assertEquals(1, pair.second().receive(room(10)));
                pair.second().send(bytes("def"));
                assertEquals(3, pair.first().receive(room(10)));
            }
        }
    }

    @Test
    @DisplayName("UNIX-003 UNIX-004 pairs of other types and families are refused")
    void otherPairsAreRefused() {
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(JAVA_INT, 2);
            assertResult(Errno.EINVAL, SysSocket.socketpair(SysSocket.AF_UNIX, 75, 0, fds));
            for (int type : List.of(SysSocket.SOCK_STREAM, SysSocket.SOCK_DGRAM)) {
                int r = SysSocket.socketpair(SysSocket.AF_INET, type, 0, fds);
                assertResult(Errno.EOPNOTSUPP, r);
            }
        }
    }

    @Test
    @DisplayName("UNIX-007 UNIX-012 what is no socket, and a name too long, cannot be bound")
    void whatCannotBeBound() throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined()) {
            var name = UnixNames.encode(uniqueName(), arena);
            assertResult(Errno.ENOTSOCK, SysSocket.bind(pipe.sink().fd().number(), name));
            int number = socket(SysSocket.SOCK_STREAM);
            var tooLong = arena.allocate(111);
            tooLong.set(JAVA_INT, 0, SysSocket.AF_UNIX);
            assertResult(Errno.EINVAL, SysSocket.bind(number, tooLong));
            close(number);
        }
    }

    @Test
    @DisplayName("UNIX-008 a path under a file cannot be bound")
    void aPathUnderAFileCannotBeBound() throws Exception {
        var file = Files.createFile(directory.resolve("file"));
        var address = UnixAddress.path(file.resolve("s"));
        assertErrno(Errno.ENOTDIR, () -> UnixStreamListener.listen(address));
    }

    @Test
    @DisplayName("UNIX-010 a path that is bound cannot be bound again")
    void aPathThatIsBoundCannotBeBoundAgain() throws Exception {
        var address = path("s");
        try (var _ = UnixStreamListener.listen(address)) {
            assertThrows(AlreadyExistsException.class, () -> UnixStreamListener.listen(address));
            assertThrows(AlreadyExistsException.class, () -> UnixDatagramSocket.bound(address));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {107, 108, 109, 500, 4000})
    @DisplayName("UNIX-011 a path of 108 bytes, and longer ones, are not cut")
    void longPathsAreNotCut(int bytes) throws Exception {
        var folder = directory;
        while (folder.toString().length() + 60 < bytes) {
            folder = folder.resolve("d".repeat(Math.min(50, bytes - 60)));
        }
        Files.createDirectories(folder);
        var file = folder.resolve("s".repeat(bytes - folder.toString().length() - 1));
        assertEquals(bytes, file.toString().length());
        var address = UnixAddress.path(file);
        for (int i = 0; i < 2; i++) { // the second time it takes over a stale file
            try (var listener = UnixStreamListener.listen(address);
                    var client = UnixStreamSocket.connect(address);
                    var server = listener.accept()) {
                assertEquals(address, listener.localAddress());
                assertTrue(Files.exists(file));
                client.write(bytes("x"));
                assertEquals(1, server.read(room(2)));
            }
        }
        UnixStreamListener.unlink(file);
        try (var receiver = UnixDatagramSocket.bound(address);
                var sender = UnixDatagramSocket.unbound()) {
            sender.send(bytes("one"), address);
            assertEquals(3, receiver.receive(room(3)));
            sender.connect(address);
            sender.send(bytes("two!"));
            assertEquals(4, receiver.receive(room(4)));
        }
        UnixDatagramSocket.unlink(file);
    }

    @Test
    @DisplayName("UNIX-013 autobind gives an abstract name of five hexadecimal digits")
    void autobindGivesAName() throws Exception {
        var digits = Pattern.compile("@[0-9a-f]{5}");
        try (var datagram = UnixDatagramSocket.bound(UnixAddress.UNNAMED);
                var listener = UnixStreamListener.listen(UnixAddress.UNNAMED);
                var packets = UnixSeqpacketListener.listen(UnixAddress.UNNAMED)) {
            for (var name :
                    List.of(
                            datagram.localAddress(),
                            listener.localAddress(),
                            packets.localAddress())) {
                assertTrue(digits.matcher(name.toString()).matches(), name.toString());
            }
            try (var sender = UnixDatagramSocket.connected(datagram.localAddress());
                    var _ = UnixStreamSocket.connect(listener.localAddress())) {
                sender.send(bytes("x"));
                assertEquals(1, datagram.receive(room(1)));
            }
        }
    }

    @Test
    @DisplayName("UNIX-015 datagrams go to paths and to abstract names")
    void datagramsGoToPathsAndNames() throws Exception {
        for (var address : List.of(path("d"), uniqueName())) {
            try (var receiver = UnixDatagramSocket.bound(address);
                    var sender = UnixDatagramSocket.bound(UnixAddress.UNNAMED)) {
                sender.send(bytes("question"), address);
                try (var message = receiver.receiveMessage(room(10))) {
                    assertEquals(sender.localAddress(), message.sender());
                    receiver.send(bytes("yes"), message.sender());
                }
                assertEquals(3, sender.receive(room(3)));
            }
        }
    }

    @Test
    @DisplayName("UNIX-017 UNIX-018 nobody there: a stale file, no file")
    void nobodyIsThere() throws Exception {
        var address = path("s");
        assertThrows(NotFoundException.class, () -> UnixStreamSocket.connect(address));
        UnixStreamListener.listen(address).close();
        assertErrno(Errno.ECONNREFUSED, () -> UnixStreamSocket.connect(address));
    }

    @Test
    @DisplayName("UNIX-020 a file that may not be written to cannot be connected to")
    void theModeKeepsOthersOut() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can become another user");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        var file = directory.resolve("s");
        try (var _ = UnixStreamListener.listen(UnixAddress.path(file))) {
            assertEquals("" + Errno.EACCES.number(), connectBehind(OtherUser.NOBODY, file));
            assertEquals("0", connectBehind(List.of(), file));
        }
    }

    private static String connectBehind(List<String> before, Object name) throws Exception {
        Command.require("perl");
        var words = new ArrayList<>(before);
        words.addAll(List.of("perl", "-e", CONNECT, name.toString()));
        try (var perl = Peer.start(words)) {
            return perl.line();
        }
    }

    @Test
    @DisplayName("UNIX-024 UNIX-025 paths cross network namespaces, abstract names do not")
    void pathsCrossNetworkNamespaces() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can make a network namespace");
        var inNamespace = List.of("unshare", "--net");
        Command.require("unshare");
        var name = uniqueName();
        try (var _ = UnixStreamListener.listen(name);
                var _ = UnixStreamListener.listen(path("s"))) {
            var refused = "" + Errno.ECONNREFUSED.number();
            assertEquals(refused, connectBehind(inNamespace, name));
            assertEquals("0", connectBehind(List.of(), name));
            assertEquals("0", connectBehind(inNamespace, directory.resolve("s")));
        }
    }

    @Test
    @DisplayName("UNIX-021 UNIX-027 connecting again is refused, listening again is not")
    void connectingAgainIsRefused() throws Exception {
        var address = uniqueName();
        try (var listener = UnixStreamListener.listen(address);
                var client = UnixStreamSocket.connect(address);
                var arena = Arena.ofConfined()) {
            var name = UnixNames.encode(address, arena);
            assertResult(Errno.EISCONN, SysSocket.connect(client.fd().number(), name));
            assertEquals(0, SysSocket.listen(listener.fd().number(), 5000));
        }
    }

    @Test
    @DisplayName("UNIX-022 a full queue of connections would block")
    void aFullQueueWouldBlock() throws Exception {
        var address = uniqueName();
        try (var listener = UnixStreamListener.listen(address)) {
            assertEquals(0, SysSocket.listen(listener.fd().number(), 0));
            try (var _ = UnixStreamSocket.connect(address)) {
                int number = socket(SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK);
                try (var arena = Arena.ofConfined()) {
                    var name = UnixNames.encode(address, arena);
                    assertResult(Errno.EAGAIN, SysSocket.connect(number, name));
                }
                close(number);
                assertEquals(Optional.empty(), UnixStreamSocket.connect(address, SHORT));
            }
        }
    }

    @Test
    @DisplayName("UNIX-026 UNIX-029 UNIX-030 only what is bound and connects can listen and accept")
    void whatCannotListen() throws Exception {
        int unbound = socket(SysSocket.SOCK_STREAM);
        assertResult(Errno.EINVAL, SysSocket.listen(unbound, 1));
        assertResult(Errno.EINVAL, SysSocket.accept4(unbound, 0));
        close(unbound);
        try (var datagram = UnixDatagramSocket.bound(UnixAddress.UNNAMED)) {
            assertResult(Errno.EOPNOTSUPP, SysSocket.listen(datagram.fd().number(), 1));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("UNIX-033 UNIX-034 accepting ends with the listener, and with the time")
    void acceptingEnds(ThreadKind kind) throws Exception {
        try (var listener = UnixStreamListener.listen(uniqueName())) {
            long start = System.nanoTime();
            assertEquals(Optional.empty(), kind.start(() -> listener.accept(SHORT)).result());
            assertTrue(System.nanoTime() - start >= SHORT.toNanos());
            var accepting = kind.start(listener::accept);
            accepting.awaitBlocked();
            listener.close();
            assertThrows(AsynchronousCloseException.class, accepting::result);
        }
    }

    @Test
    @DisplayName(
            "UNIX-035 UNIX-036 the peer's close is the end, or a reset if it left bytes unread")
    void thePeersCloseIsTheEndOrAReset() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.second().close();
            assertEquals(Outcome.END, pair.first().read(room(1)));
        }
        try (var pair = UnixSeqpacketSocket.pair()) {
            pair.second().close();
            assertEquals(Outcome.END, pair.first().receive(room(1)));
        }
        try (var pair = UnixStreamSocket.pair()) {
            pair.first().write(bytes("unread"));
            pair.second().close();
            assertErrno(Errno.ECONNRESET, () -> pair.first().read(room(1)));
        }
        try (var pair = UnixSeqpacketSocket.pair()) {
            pair.first().send(bytes("unread"));
            pair.second().close();
            assertErrno(Errno.ECONNRESET, () -> pair.first().receive(room(1)));
        }
    }

    @Test
    @DisplayName("UNIX-037 a listener that closes before it accepts resets the client")
    void aListenerThatClosesResets() throws Exception {
        var address = uniqueName();
        var listener = UnixStreamListener.listen(address);
        try (var client = UnixStreamSocket.connect(address)) {
            listener.close();
            assertErrno(Errno.ECONNRESET, () -> client.read(room(1)));
        }
    }

    @Test
    @DisplayName("UNIX-040 UNIX-052 without a peer nothing is sent, and it has no name")
    void withoutAPeer() throws Exception {
        for (int type : List.of(SysSocket.SOCK_STREAM, SysSocket.SOCK_SEQPACKET)) {
            int number = socket(type);
            assertResult(Errno.ENOTCONN, SysSocket.send(number, bytes("x"), 0x4000));
            close(number);
        }
        try (var datagram = UnixDatagramSocket.unbound()) {
            assertErrno(Errno.ENOTCONN, () -> datagram.send(bytes("x")));
            assertErrno(Errno.ENOTCONN, datagram::peerAddress);
            assertErrno(Errno.ENOTCONN, datagram::peer);
        }
    }

    @Test
    @DisplayName("UNIX-041 sending to a peer that has closed is told, without a signal")
    void sendingToAPeerThatHasClosed() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.second().close();
            var e = assertThrows(PeerGoneException.class, () -> pair.first().write(bytes("x")));
            assertEquals(Errno.EPIPE, e.errno());
        }
    }

    @Test
    @DisplayName("UNIX-042 a message longer than the buffer is refused")
    void aMessageLongerThanTheBufferIsRefused() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            int bytes = pair.first().get(SocketOption.SEND_BUFFER_BYTES) + (1 << 20);
            var e = assertThrows(LimitReachedException.class, () -> pair.first().send(room(bytes)));
            assertEquals(Errno.EMSGSIZE, e.errno());
        }
    }

    @Test
    @DisplayName("UNIX-043 an empty message is not the end")
    void anEmptyMessageIsNotTheEnd() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            pair.first().send(bytes(""));
            pair.first().close();
            assertEquals(0, pair.second().receive(room(1)));
            assertEquals(Outcome.END, pair.second().receive(room(1)));
        }
    }

    @Test
    @DisplayName("UNIX-045 a message that is too long tells its length")
    void aMessageThatIsTooLongTellsItsLength() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            pair.first().send(bytes("0123456789"));
            assertEquals(10, pair.second().peek(room(4)));
            assertEquals(10, pair.second().tryPeek(room(0)));
            assertErrno(Errno.EMSGSIZE, () -> pair.second().receive(room(4)));
            assertEquals(Outcome.NOTHING, pair.second().tryPeek(room(4)));
            pair.first().send(bytes("0123456789"));
            int number = pair.second().fd().number();
            assertEquals(10, SysSocket.recv(number, room(4), SysSocket.MSG_TRUNC));
        }
    }

    @Test
    @DisplayName("UNIX-046 a receiver holds so many datagrams")
    void aReceiverHoldsSoManyDatagrams() throws Exception {
        long most = Limit.MAX_DGRAM_QLEN.value().orElseThrow();
        try (var receiver = UnixDatagramSocket.bound(UnixAddress.UNNAMED);
                var sender = UnixDatagramSocket.connected(receiver.localAddress())) {
            long sent = 0;
            while (sender.trySend(bytes("x"))) {
                sent++;
            }
            assertEquals(most + 1, sent);
        }
    }

    @Test
    @DisplayName("UNIX-047 UNIX-049 UNIX-051 one direction or both are shut down")
    void directionsAreShutDown() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.first().shutdownInput();
            assertEquals(Outcome.END, pair.first().read(room(1)));
            pair.first().write(bytes("x"));
            assertEquals(1, pair.second().read(room(1)));
            pair.first().shutdownOutput();
            assertThrows(PeerGoneException.class, () -> pair.first().write(bytes("x")));
            assertResult(Errno.EINVAL, SysSocket.shutdown(pair.first().fd().number(), 99));
        }
    }

    @Test
    @DisplayName("UNIX-075 abstract names that differ in zeros at the end are different")
    void abstractNamesOfDifferentLengthAreDifferent() throws Exception {
        var name = uniqueName().toString();
        var one = UnixAddress.abstractName(name + "\0");
        var other = UnixAddress.abstractName(name + "\0\0");
        assertNotEquals(one, other);
        try (var first = UnixStreamListener.listen(one);
                var second = UnixStreamListener.listen(other);
                var _ = UnixStreamSocket.connect(other)) {
            assertEquals(Optional.empty(), first.tryAccept());
            second.accept().close();
        }
    }

    @Test
    @DisplayName("UNIX-076 a thousand virtual threads wait on sockets of their own")
    void aThousandVirtualThreadsWait() throws Exception {
        var pairs = new ArrayList<SocketPair<UnixStreamSocket>>();
        var threads = new ArrayList<Thread>();
        var received = new AtomicInteger();
        for (int i = 0; i < 1000; i++) {
            var pair = UnixStreamSocket.pair();
            pairs.add(pair);
            threads.add(
                    Thread.startVirtualThread(() -> {
                        try (var arena = Arena.ofConfined()) {
                            received.addAndGet(pair.second().read(arena.allocate(1)));
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    }));
        }
        for (var pair : pairs) {
            pair.first().write(bytes("x"));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertEquals(1000, received.get());
        for (var pair : pairs) {
            pair.close();
        }
    }

    @Test
    void aPathOfTheWrongDirectoryIsToldAsSuch() {
        var missing = directory.resolve("d".repeat(100)).resolve("s");
        assertThrows(
                NotFoundException.class, () -> UnixStreamSocket.connect(UnixAddress.path(missing)));
        var last = Path.of("/tmp", "s".repeat(120));
        assertThrows(
                IllegalArgumentException.class,
                () -> UnixStreamSocket.connect(UnixAddress.path(last)));
    }
}
