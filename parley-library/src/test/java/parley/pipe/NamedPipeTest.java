package parley.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.ByteStreamContract;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.contract.WaitingContract;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.ready.Outcome;
import parley.socket.UnixStreamListener;

final class NamedPipeTest extends ByteStreamContract {
    @TempDir private Path directory;

    private Path fresh() {
        return directory.resolve(Unique.name("fifo"));
    }

    @Override
    protected Ends open() throws Exception {
        var pipe = NamedPipe.create(fresh());
        var opening = ThreadKind.PLATFORM.start(pipe::openSource);
        var sink = pipe.openSink();
        var source = opening.result();
        return new Ends(source, sink, source.fd(), sink.fd());
    }

    @Test
    void bothEndsMeetWhoeverComesFirst() throws Exception {
        var pipe = NamedPipe.create(fresh());
        for (var kind : ThreadKind.values()) {
            var sink = kind.start(pipe::openSink);
            pipe.openSource().close();
            sink.result().close();
        }
    }

    @Test
    void withoutAReaderThereIsNoSinkAndNoWaiting() throws Exception {
        var pipe = NamedPipe.create(fresh());
        assertTrue(pipe.tryOpenSink().isEmpty());
        assertTrue(pipe.openSink(Duration.ofMillis(5)).isEmpty());
        assertTrue(pipe.openSource(Duration.ofMillis(5)).isEmpty());
        try (var source = pipe.tryOpenSource();
                var sink = pipe.tryOpenSink().orElseThrow();
                var arena = Arena.ofConfined()) {
            assertEquals(0, source.tryRead(arena.allocate(1)));
            sink.write(arena.allocate(1));
            assertEquals(1, source.read(arena.allocate(10)));
            assertTrue(pipe.openSink(Duration.ZERO).isPresent());
        }
    }

    @Test
    void oneThatVanishesBetweenTheTwoTriesIsMade() throws Exception {
        var path = fresh();
        NamedPipe.create(path);
        try (var fault = Faults.before("statx", 1, () -> path.toFile().delete())) {
            NamedPipe.openOrCreate(path);
            assertTrue(fault.happened());
        }
        NamedPipe.open(path);
    }

    @Test
    void whatIsThereInsteadOfAFifoIsSaid() {
        var directory = fresh().getParent();
        var e = assertThrows(OsException.class, () -> NamedPipe.open(directory));
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(
                e.getMessage().contains(directory + " is a directory, not a FIFO"), e::getMessage);
    }

    @Test
    void theShellReadsAndWrites() throws Exception {
        var path = fresh();
        var pipe = NamedPipe.create(path);
        var echo =
                new ProcessBuilder("sh", "-c", "tr a-z A-Z < \"$0\" > \"$0.out\"", path.toString());
        var shell = echo.start();
        try (var sink = pipe.openSink();
                var arena = Arena.ofConfined()) {
            sink.write(arena.allocateFrom("hello").asSlice(0, 5));
        }
        assertEquals(0, shell.waitFor());
        assertEquals("HELLO", Files.readString(Path.of(path + ".out")));
        var cat = new ProcessBuilder("sh", "-c", "printf back > \"$0\"", path.toString()).start();
        try (var source = pipe.openSource()) {
            assertEquals(
                    "back",
                    new String(source.inputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
        assertEquals(0, cat.waitFor());
    }

    @Test
    void theModeIsTheOneAskedForWhateverTheUmask() throws Exception {
        for (int mode : new int[] {0600, 0666, 0622}) {
            var path = fresh();
            NamedPipe.create(path, new FileMode(mode));
            var status = FileStatus.of(path.toString()).orElseThrow();
            assertEquals(FileStatus.Kind.FIFO, status.kind());
            assertEquals(new FileMode(mode), status.mode());
        }
    }

    @Test
    void makingOpeningAndUnlinkingFollowTheName() throws Exception {
        var path = fresh();
        assertThrows(NotFoundException.class, () -> NamedPipe.open(path));
        assertEquals("fifo:" + path, NamedPipe.create(path).address());
        assertThrows(AlreadyExistsException.class, () -> NamedPipe.create(path));
        assertEquals("fifo:" + path, NamedPipe.openOrCreate(path).toString());
        NamedPipe.unlink(path);
        assertThrows(NotFoundException.class, () -> NamedPipe.unlink(path));
    }

    @Test
    void whatIsNoFifoIsRefused() throws Exception {
        var file = Files.writeString(directory.resolve("file"), "x");
        var link = Files.createSymbolicLink(directory.resolve("link"), fresh());
        NamedPipe.create(Files.readSymbolicLink(link));
        assertEquals(
                Errno.EINVAL, assertThrows(OsException.class, () -> NamedPipe.open(file)).errno());
        assertEquals(
                Errno.EINVAL,
                assertThrows(OsException.class, () -> NamedPipe.open(directory)).errno());
        assertEquals(
                Errno.ELOOP, assertThrows(OsException.class, () -> NamedPipe.open(link)).errno());
    }

    @Test
    void aNameThatChangesMeaningIsNoticedWhenOpened() throws Exception {
        var path = fresh();
        var pipe = NamedPipe.create(path);
        NamedPipe.unlink(path);
        Files.writeString(path, "a file now");
        assertEquals(Errno.EINVAL, assertThrows(OsException.class, pipe::tryOpenSource).errno());
        assertEquals(Errno.EINVAL, assertThrows(OsException.class, pipe::openSource).errno());
    }

    @Test
    void aFailureHalfWayLeavesNothingBehind() {
        for (var function : new String[] {"open", "statx", "chmod"}) {
            var path = fresh();
            try (var _ = Faults.fail(function, 1, Errno.EIO.number())) {
                assertThrows(OsException.class, () -> NamedPipe.create(path, new FileMode(0666)));
            }
            assertFalse(Files.exists(path), function);
        }
    }

    @Test
    void unlinkingTakesAFifoAwayAndNothingElse() throws Exception {
        var file = Files.writeString(directory.resolve("precious"), "x");
        assertThrows(OsException.class, () -> NamedPipe.unlink(file));
        assertThrows(OsException.class, () -> UnixStreamListener.unlink(file));
        assertTrue(Files.exists(file));
    }

    @Test
    void theEndComesWhenTheLastWriterHasGone() throws Exception {
        var pipe = NamedPipe.create(fresh());
        try (var source = pipe.tryOpenSource();
                var arena = Arena.ofConfined()) {
            var first = pipe.openSink();
            var second = pipe.openSink();
            first.close();
            assertEquals(0, source.tryRead(arena.allocate(1)));
            second.close();
            assertEquals(Outcome.END, source.read(arena.allocate(1)));
        }
    }

    /// Opening is a wait too.
    @Nested
    class Opening extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return new Blocked("open", 1);
        }

        @Override
        protected Wait newWait() throws Exception {
            var path = fresh();
            var pipe = NamedPipe.create(path);
            return new Wait() {
                private RandomAccessFile other;

                @Override
                public void forever() throws Exception {
                    pipe.openSource().close();
                }

                @Override
                public boolean atMost(Duration timeout) throws Exception {
                    var source = pipe.openSource(timeout);
                    source.ifPresent(PipeSource::close);
                    return source.isPresent();
                }

                @Override
                public void satisfy() throws Exception {
                    other = new RandomAccessFile(path.toFile(), "rw"); // never waits: fifo(7)
                }

                @Override
                public boolean isClosable() {
                    return false;
                }

                @Override
                public boolean isTakenOnce() {
                    return false;
                }

                @Override
                public void close() {}

                @Override
                public void dispose() throws Exception {
                    if (other != null) {
                        other.close();
                    }
                }
            };
        }
    }
}
