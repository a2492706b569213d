package parley.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.peer.Command;
import parley.peer.OtherUser;

/// Cases of other people's suites, each named by its id.
@Timeout(60)
final class FifoConformanceTest {
    @TempDir private Path directory;

    private Path path() {
        return directory.resolve("fifo");
    }

    /// The main class of a process that makes a FIFO for everybody under its own umask.
    static final class Maker {
        private Maker() {}

        public static void main(String[] arguments) throws Exception {
            NamedPipe.create(Path.of(arguments[0]), new FileMode(0666));
        }
    }

    @Test
    @DisplayName("FIFO-001 the umask takes from mkfifo's mode, and nothing from ours")
    void theUmask() throws Exception {
        var ofMkfifo = directory.resolve("mkfifo");
        var underUmask = List.of("sh", "-c", "umask 077; \"$@\"", "sh");
        Command.output("sh", "-c", "umask 077; mkfifo \"$0\"", ofMkfifo.toString());
        Command.output(Command.java(underUmask, Maker.class, path().toString()));
        assertMode(0600, ofMkfifo);
        assertMode(0666, path());
        assertEquals("fifo:" + ofMkfifo, NamedPipe.open(ofMkfifo).address());
    }

    private static void assertMode(int mode, Path path) throws Exception {
        var status = FileStatus.of(path.toString()).orElseThrow();
        assertEquals(FileStatus.Kind.FIFO, status.kind());
        assertEquals(new FileMode(mode), status.mode());
    }

    @Test
    @DisplayName("FIFO-003 a name longer than 255 bytes is refused")
    void aNameThatIsTooLong() {
        var path = directory.resolve("x".repeat(256));
        var e = assertThrows(OsException.class, () -> NamedPipe.create(path));
        assertEquals(Errno.ENAMETOOLONG, e.errno());
    }

    @Test
    @DisplayName("FIFO-004 without a directory, or without a name, there is nothing")
    void withoutADirectory() {
        var deep = directory.resolve("missing").resolve("fifo");
        assertThrows(NotFoundException.class, () -> NamedPipe.create(deep));
        assertThrows(NotFoundException.class, () -> NamedPipe.create(Path.of("")));
    }

    @Test
    @DisplayName("FIFO-008 a chain of more than 40 symbolic links is refused")
    void tooManySymbolicLinks() throws Exception {
        var link = directory;
        for (int i = 0; i < 41; i++) {
            link = Files.createSymbolicLink(directory.resolve("link" + i), link);
        }
        var path = link.resolve("fifo");
        var e = assertThrows(OsException.class, () -> NamedPipe.create(path));
        assertEquals(Errno.ELOOP, e.errno());
    }

    @Test
    @DisplayName("FIFO-009 without a reader there is no write end that does not wait")
    void withoutAReader() throws Exception {
        assertTrue(NamedPipe.create(path()).tryOpenSink().isEmpty());
    }

    @Test
    @DisplayName("FIFO-010 without a writer the read end opens at once, and is not at its end")
    void withoutAWriter() throws Exception {
        try (var source = NamedPipe.create(path()).tryOpenSource();
                var arena = Arena.ofConfined()) {
            assertEquals(0, source.tryRead(arena.allocate(1)));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("FIFO-011 opening the read end waits until a writer opens")
    void openingTheReadEndWaits(ThreadKind kind) throws Exception {
        var fifo = NamedPipe.create(path());
        var opening = kind.start(fifo::openSource);
        opening.awaitBlocked();
        assertFalse(opening.isDone());
        Command.output("sh", "-c", ": > \"$0\"", path().toString());
        opening.result().close();
    }

    @Test
    @DisplayName("FIFO-014 with a writer and without bytes there is nothing yet")
    void withAWriterAndWithoutBytes() throws Exception {
        var fifo = NamedPipe.create(path());
        try (var source = fifo.tryOpenSource();
                var _ = fifo.openSink();
                var arena = Arena.ofConfined()) {
            assertEquals(0, source.tryRead(arena.allocate(1)));
        }
    }

    @Test
    @DisplayName("FIFO-015 FIFO-016 a full FIFO takes nothing; without a reader a write is refused")
    void aFullFifo() throws Exception {
        var fifo = NamedPipe.create(path());
        var source = fifo.tryOpenSource();
        try (var sink = fifo.openSink();
                var arena = Arena.ofConfined()) {
            var page = arena.allocate(4096);
            while (sink.tryWrite(page) > 0) {}
            assertEquals(sink.capacityBytes(), source.bytesWaiting());
            assertEquals(0, sink.tryWrite(arena.allocate(1)));
            source.close();
            assertThrows(PeerGoneException.class, () -> sink.tryWrite(page));
        }
    }

    /// What fs.protected_fifos=1 does; here whatever that is.
    @Test
    @DisplayName(
            "FIFO-017 another user's FIFO where everybody may make files is not taken for ours")
    void anotherUsersFifo() throws Exception {
        OtherUser.assumeItCanRead(OtherUser.NOBODY, System.getProperty("java.home"));
        var open = Files.createDirectory(directory.resolve("open"));
        Command.output("chmod", "1777", open.toString());
        var trap = open.resolve("fifo");
        NamedPipe.create(trap, new FileMode(0666));
        Command.output("chown", "65534", trap.toString());
        var e = assertThrows(NotPermittedException.class, () -> NamedPipe.openOrCreate(trap));
        assertTrue(e.getMessage().contains("uid 65534 made " + trap), e::getMessage);
        NamedPipe.open(trap).tryOpenSource().close(); // who trusts it opens it

        NamedPipe.unlink(trap);
        var ours = NamedPipe.openOrCreate(trap);
        Command.output("chown", "65534", trap.toString());
        assertThrows(NotPermittedException.class, ours::tryOpenSource);
    }
}
