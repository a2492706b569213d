package parley.socket;

import static java.util.concurrent.TimeUnit.DAYS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.os.OsException;

class UnixBindingTest extends SocketTest {
    private Path file() {
        return directory.resolve("socket");
    }

    private List<String> files() throws IOException {
        try (var list = Files.list(directory)) {
            return list.map(path -> path.getFileName().toString()).toList();
        }
    }

    private void leaveStaleFile() throws IOException {
        UnixStreamListener.listen(path("socket")).close();
        assertEquals(List.of("socket"), files());
    }

    private String mode() throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file()));
    }

    @Test
    void aFileIsForItsOwnerUnlessToldOtherwise() throws Exception {
        try (var _ = UnixStreamListener.listen(path("socket"))) {
            assertEquals("rw-------", mode());
        }
        UnixStreamListener.unlink(file());
        try (var _ = UnixStreamListener.listen(path("socket"), FileMode.parse("0666"))) {
            assertEquals("rw-rw-rw-", mode()); // the umask is 022 or so
        }
        try (var _ = UnixSeqpacketListener.listen(path("socket"), FileMode.parse("0660"))) {
            assertEquals("rw-rw----", mode());
        }
        try (var _ = UnixDatagramSocket.bound(path("socket"), FileMode.parse("0622"))) {
            assertEquals("rw--w--w-", mode());
        }
    }

    @Test
    void closingLeavesTheNameAndUnlinkTakesIt() throws Exception {
        leaveStaleFile();
        UnixStreamListener.unlink(file());
        assertEquals(List.of(), files());
        assertThrows(NotFoundException.class, () -> UnixStreamListener.unlink(file()));
        assertThrows(NotFoundException.class, () -> UnixSeqpacketListener.unlink(file()));
        assertThrows(NotFoundException.class, () -> UnixDatagramSocket.unlink(file()));
    }

    @Test
    void aStaleFileIsTakenOverByEachKind() throws Exception {
        leaveStaleFile();
        try (var listener = UnixStreamListener.listen(path("socket"));
                var client = UnixStreamSocket.connect(path("socket"));
                var server = listener.accept()) {
            client.write(bytes("x"));
            assertEquals(1, server.read(room(1)));
            assertEquals(path("socket"), listener.localAddress());
            assertEquals(List.of("socket"), files());
            assertEquals("rw-------", mode());
        }
        try (var listener = UnixSeqpacketListener.listen(path("socket"));
                var _ = UnixSeqpacketSocket.connect(path("socket"));
                var _ = listener.accept()) {
            assertEquals(List.of("socket"), files());
        }
        try (var receiver = UnixDatagramSocket.bound(path("socket"));
                var sender = UnixDatagramSocket.unbound()) {
            sender.send(bytes("x"), path("socket"));
            assertEquals(1, receiver.receive(room(1)));
            assertEquals(List.of("socket"), files());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"STREAM", "SEQPACKET", "DGRAM"})
    void theFileOfAKilledProcessIsTakenOverAndThatOfALiveOneIsNot(String type) throws Exception {
        try (var python =
                Python.run(
                        """
                        s = socket.socket(socket.AF_UNIX, getattr(socket, 'SOCK_' + a[1]))
                        s.bind(a[0]); say('bound'); sys.stdin.readline()
                        if a[1] != 'DGRAM': s.listen()
                        say('listening'); sys.stdin.readline(); s.setblocking(False)
                        try: s.accept(); say('somebody came')
                        except OSError: say('nobody came')
                        sys.stdin.readline()
                        """,
                        file(),
                        type)) {
            assertEquals("bound", python.line()); // and does not listen yet
            assertAllKindsFindItTaken();
            python.tell("listen");
            assertEquals("listening", python.line());
            assertAllKindsFindItTaken();
            python.tell("look");
            assertEquals("nobody came", python.line());
            python.kill();
            UnixStreamListener.listen(path("socket")).close();
            assertEquals(List.of("socket"), files());
        }
    }

    private void assertAllKindsFindItTaken() {
        var name = path("socket");
        var e = assertThrows(AlreadyExistsException.class, () -> UnixStreamListener.listen(name));
        assertEquals(Errno.EADDRINUSE, e.errno());
        assertThrows(AlreadyExistsException.class, () -> UnixSeqpacketListener.listen(name));
        assertThrows(AlreadyExistsException.class, () -> UnixDatagramSocket.bound(name));
    }

    @Test
    void aRegularFileIsNotTakenOver() throws Exception {
        var content = Files.writeString(file(), "precious");
        assertAllKindsFindItTaken();
        assertEquals("precious", Files.readString(content));
    }

    @Test
    void aSymbolicLinkIsNotTakenOverNorFollowed() throws Exception {
        UnixStreamListener.listen(path("stale")).close();
        Files.createSymbolicLink(file(), directory.resolve("stale"));
        assertAllKindsFindItTaken();
        assertTrue(Files.isSymbolicLink(file()));
        Files.delete(file());
        Files.createSymbolicLink(file(), directory.resolve("nothing"));
        assertAllKindsFindItTaken();
        assertFalse(Files.exists(directory.resolve("nothing"), LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void aStaleFileOfAnotherUserIsNotTakenOver() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root gives files away");
        leaveStaleFile();
        Files.setAttribute(file(), "unix:uid", 12345);
        assertAllKindsFindItTaken();
    }

    @Test
    void aLockFileOfAnotherUserIsRefused() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root gives files away");
        leaveStaleFile();
        var lock = Files.createFile(directory.resolve(".socket.lock"));
        Files.setAttribute(lock, "unix:uid", 12345);
        assertThrows(OsException.class, () -> UnixStreamListener.listen(path("socket")));
        Files.setAttribute(lock, "unix:uid", 0);
        UnixStreamListener.listen(path("socket"))
                .close(); // left by one that died, it is no hindrance
        assertEquals(List.of("socket"), files());
    }

    @Test
    void ofManyWhoTakeOverOneGetsIt() throws Exception {
        int takers = 8;
        for (int round = 0; round < 20; round++) {
            var barrier = new CyclicBarrier(takers);
            if (!Files.exists(file())) {
                leaveStaleFile();
            }
            var running = new ArrayList<Running<UnixStreamListener>>();
            for (int i = 0; i < takers; i++) {
                running.add(
                        Running.start(
                                false,
                                () -> {
                                    barrier.await(1, DAYS);
                                    return UnixStreamListener.listen(path("socket"));
                                }));
            }
            var winners = new ArrayList<UnixStreamListener>();
            for (var taker : running) {
                try {
                    winners.add(taker.get());
                } catch (AlreadyExistsException _) {
                    // One of the others was faster.
                }
            }
            assertEquals(1, winners.size());
            UnixStreamSocket.connect(path("socket")).close();
            winners.getFirst().accept().close();
            winners.getFirst().close();
            assertEquals(List.of("socket"), files());
        }
    }

    @Test
    void whoComesBehindAfterTheLookFindsItTaken() throws Exception {
        leaveStaleFile();
        var faster = new ArrayList<UnixStreamListener>();
        // The first connect is the look; another one takes over before this one has the lock.
        try (var fault = Faults.before("open", 1, () -> faster.add(listenUnchecked()))) {
            assertThrows(
                    AlreadyExistsException.class, () -> UnixStreamListener.listen(path("socket")));
            assertTrue(fault.happened());
        }
        assertEquals(1, faster.size());
        UnixStreamSocket.connect(path("socket")).close();
        faster.getFirst().close();
        assertEquals(List.of("socket"), files());
    }

    private UnixStreamListener listenUnchecked() {
        try {
            return UnixStreamListener.listen(path("socket"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void noFailureLeavesAFileOrADescriptor() throws Exception {
        for (var function :
                List.of("fchmod", "bind", "listen", "statx", "open", "chmod", "fcntl", "rename")) {
            assertLeavesNothing(function, List.of());
            leaveStaleFile();
            assertLeavesNothing(function, List.of("socket"));
            Files.delete(file());
        }
        assertLeavesNothing("socket", List.of());
    }

    /// Makes each call of the function fail, one after the other, until none fails any more.
    private void assertLeavesNothing(String function, List<String> before) throws IOException {
        var mode = FileMode.parse("0622"); // which no umask leaves alone
        for (int nth = 1; ; nth++) {
            try (var fault = Faults.fail(function, nth, Errno.EIO.number())) {
                try (var _ = UnixStreamListener.listen(path("socket"), mode)) {
                    assertFalse(fault.happened(), function + " failed, and nobody saw it");
                } catch (OsException e) {
                    assertEquals(Errno.EIO, e.errno(), e.getMessage());
                    assertEquals(before, files(), function + " " + nth);
                    continue;
                }
            }
            if (before.isEmpty()) {
                Files.delete(file());
            }
            return;
        }
    }

    @Test
    void anAbstractNameIsBoundOnceAndGoesWithItsSocket() throws Exception {
        var name = uniqueName();
        try (var _ = UnixStreamListener.listen(name)) {
            assertThrows(AlreadyExistsException.class, () -> UnixStreamListener.listen(name));
        }
        UnixStreamListener.listen(name).close();
    }

    @Test
    void theLongestPathIsTakenOverWhateverTheNamesLengthIs() throws Exception {
        var length = 107 - directory.toString().length() - 1;
        for (int nameLength : new int[] {length, 13, 12, 5, 2, 1}) {
            var place = directory;
            if (nameLength < length) {
                place = directory.resolve("d".repeat(length - nameLength - 1));
                Files.createDirectory(place);
            }
            var name = UnixAddress.path(place.resolve("y".repeat(nameLength)));
            assertEquals(107, name.toString().length());
            UnixStreamListener.listen(name).close();
            UnixStreamListener.listen(name).close();
            try (var list = Files.list(place)) {
                assertEquals(1, list.filter(file -> !Files.isDirectory(file)).count());
            }
            UnixStreamListener.unlink(place.resolve("y".repeat(nameLength)));
        }
    }

    @Test
    void whoWaitsForTheLockCanBeInterrupted() throws Exception {
        leaveStaleFile();
        for (boolean isVirtual : new boolean[] {false, true}) {
            try (var _ = TakeoverLock.acquire(file(), "unix:" + file())) {
                var waiting =
                        startWaiting(isVirtual, () -> UnixStreamListener.listen(path("socket")));
                waiting.thread().interrupt();
                assertEquals(InterruptedIOException.class, waiting.failure().getClass());
            }
            assertEquals(List.of("socket"), files());
        }
    }

    @Test
    void whatTheErrorSaysOfAServerThatTookOverIsTrue() throws Exception {
        leaveStaleFile();
        try (var _ = UnixStreamListener.listen(path("socket"))) {
            var e =
                    assertThrows(
                            OsException.class, () -> UnixStreamListener.listen(path("socket")));
            assertTrue(e.getMessage().contains("another process has a socket"), e.getMessage());
            assertFalse(e.getMessage().contains("rm "), e.getMessage());
        }
        try (var _ = UnixDatagramSocket.bound(path("socket"))) { // has taken over too
            var e =
                    assertThrows(
                            OsException.class, () -> UnixStreamListener.listen(path("socket")));
            assertFalse(e.getMessage().contains("rm "), e.getMessage());
        }
    }

    @Test
    void aDirectoryThatIsNotThereIsSaid() {
        assertThrows(NotFoundException.class, () -> UnixStreamListener.listen(path("none/socket")));
    }
}
