package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.Unique;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.memory.Seal;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.peer.Command;

/// Memory files handed over by one call and taken by another, also to and from Python's mmap.
@Timeout(60)
final class MemoryPassingTest {
    private static final int BYTES = 8192;

    private static final String PYTHON_TAKES =
            """
            import mmap
            java = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            java.connect(name(a[0]))
            data, fds, flags, address = socket.recv_fds(java, 10, 2)
            memory = mmap.mmap(fds[0], 0)
            say(len(data), len(fds), len(memory), memory[:5].decode())
            memory[:5] = b"there"
            java.send(b"x")
            """;

    private static final String PYTHON_GIVES =
            """
            import fcntl, mmap
            java = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            java.connect(name(a[0]))
            fd = os.memfd_create("python", os.MFD_ALLOW_SEALING)
            os.truncate(fd, 8192)
            memory = mmap.mmap(fd, 0)
            memory[:5] = b"hello"
            for seals in range(2):
                socket.send_fds(java, [b"x"], [fd])
                say(java.recv(1).decode())
                fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
            say(memory[:5].decode())
            """;

    @Test
    void pythonTakesOurs() throws Exception {
        Command.require("python3");
        var name = UnixAddress.abstractName(Unique.name("memory"));
        try (var listener = UnixStreamListener.listen(name);
                var file = MemoryFile.create("ours", BYTES);
                var mapping = file.map(Protection.READ_WRITE);
                var python = Python.run(PYTHON_TAKES, name);
                var socket = listener.accept();
                var arena = Arena.ofConfined()) {
            mapping.segment().setString(0, "hello");
            socket.sendMemory(file);
            assertEquals("1 1 8192 hello", python.line());
            assertEquals(1, socket.read(arena.allocate(1)));
            assertEquals("there", mapping.segment().getString(0));
            assertEquals(0, python.exitCode());
        }
    }

    @Test
    void weTakeThatOfPythonWhenItIsSealedAndCopyItElse() throws Exception {
        Command.require("python3");
        var name = UnixAddress.abstractName(Unique.name("memory"));
        try (var listener = UnixStreamListener.listen(name);
                var python = Python.run(PYTHON_GIVES, name);
                var socket = listener.accept();
                var arena = Arena.ofConfined()) {
            try (var message = socket.receiveMessage(arena.allocate(1));
                    var unsealed = message.takeDescriptors().getFirst()) {
                var e = assertThrows(OsException.class, () -> MemoryFile.of(unsealed.duplicate()));
                assertEquals(Errno.EPERM, e.errno());
                checkCopy(unsealed);
            }
            socket.write(arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 'c'));
            assertEquals("c", python.line());
            try (var taken = socket.receiveMemory();
                    var mapping = taken.map(Protection.READ_WRITE)) {
                assertEquals("hello", mapping.segment().getString(0));
                mapping.segment().setString(0, "there");
                socket.write(arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 't'));
                assertEquals("t", python.line());
                assertEquals("there", python.line());
            }
        }
    }

    private static void checkCopy(Fd unsealed) throws Exception {
        try (var copy = MemoryFile.copyOf(unsealed, BYTES);
                var mapping = copy.map(Protection.READ_WRITE)) {
            assertTrue(copy.seals().containsAll(Set.of(Seal.SHRINK, Seal.GROW, Seal.SEAL)));
            assertEquals(BYTES, copy.bytes());
            assertEquals("hello", mapping.segment().getString(0));
            mapping.segment().setString(0, "mine"); // Python will not see it
        }
        var e = assertThrows(OsException.class, () -> MemoryFile.copyOf(unsealed, BYTES - 1));
        assertEquals(Errno.EFBIG, e.errno());
        assertTrue(unsealed.isOpen());
    }

    @Test
    void everyKindOfUnixSocketHandsItOver() throws Exception {
        try (var stream = UnixStreamSocket.pair();
                var messages = UnixSeqpacketSocket.pair();
                var datagrams = UnixDatagramSocket.pair()) {
            check(stream.first(), stream.second());
            check(messages.first(), messages.second());
            check(datagrams.first(), datagrams.second());
        }
    }

    private static void check(UnixSocket from, UnixSocket to) throws Exception {
        try (var file = MemoryFile.create("ours", BYTES);
                var ours = file.map(Protection.READ_WRITE)) {
            from.sendMemory(file);
            try (var taken = to.receiveMemory();
                    var theirs = taken.map(Protection.READ_ONLY)) {
                ours.segment().setString(0, "for " + from);
                assertEquals("for " + from, theirs.segment().getString(0));
            }
        }
    }

    @Test
    void whatIsNotSealedIsRefusedAndClosed() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair();
                var file = MemoryFile.create("ours", BYTES, EnumSet.noneOf(Seal.class))) {
            pair.first().sendMemory(file);
            long before = OpenMemory.count();
            var e = assertThrows(OsException.class, () -> pair.second().receiveMemory());
            assertEquals(Errno.EPERM, e.errno());
            assertEquals(before, OpenMemory.count());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void notExactlyOneDescriptorIsRefusedAndClosed(int count) throws Exception {
        try (var pair = UnixSeqpacketSocket.pair();
                var file = MemoryFile.create("ours", BYTES);
                var arena = Arena.ofConfined()) {
            var fds = Collections.nCopies(count, file.fd());
            pair.first().send(arena.allocate(1), List.of(new ControlMessage.Descriptors(fds)));
            long before = OpenMemory.count();
            var e = assertThrows(OsException.class, () -> pair.second().receiveMemory());
            assertEquals(Errno.EBADMSG, e.errno());
            assertEquals(before, OpenMemory.count());
            pair.first().close();
            assertThrows(EOFException.class, () -> pair.second().receiveMemory());
        }
    }

    @ParameterizedTest
    @CsvSource({"/dev/null, EINVAL", "/etc/passwd, EINVAL"})
    void whatIsNoMemoryFileIsNotCopied(String path, Errno errno) throws Exception {
        try (var fd = Fd.openToRead(Path.of(path))) {
            var e = assertThrows(OsException.class, () -> MemoryFile.copyOf(fd, BYTES));
            assertEquals(errno, e.errno());
        }
    }

    /// Descriptors of memory files that this process has.
    private static final class OpenMemory {
        private OpenMemory() {}

        static long count() throws Exception {
            try (var list = Files.list(Path.of("/proc/self/fd"))) {
                return list.filter(OpenMemory::isMemory).count();
            }
        }

        private static boolean isMemory(Path link) {
            try {
                return Files.readSymbolicLink(link).toString().contains("memfd:ours");
            } catch (IOException _) { // closed since
                return false;
            }
        }
    }
}
