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
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ByteStreamContract;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.contract.WaitingContract;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;
import parley.ready.Interest;
import parley.ready.Outcome;
import parley.ready.Poll;
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

    @ParameterizedTest
    @EnumSource
    void aReaderThatCameFirstWaitsForItsFirstWriter(ThreadKind kind) throws Exception {
        var pipe = NamedPipe.create(fresh());
        try (var source = pipe.tryOpenSource();
                var arena = Arena.ofShared()) {
            var buffer = arena.allocate(10);
            assertEquals(0, source.tryRead(buffer));
            assertEquals(0, source.read(buffer, Duration.ofMillis(5)));
            var reader = kind.start(() -> source.read(buffer));
            reader.awaitBlocked();
            try (var sink = pipe.openSink()) {
                assertEquals(0, source.tryRead(buffer));
                sink.write(buffer.asSlice(0, 2));
                assertEquals(2, reader.result());
            }
            assertEquals(Outcome.END, source.read(buffer));
            assertEquals(Outcome.END, source.tryRead(buffer));
            try (var later = pipe.openSink()) {
                later.write(buffer.asSlice(0, 3));
                assertEquals(3, source.read(buffer));
            }
            assertEquals(Outcome.END, source.read(buffer, Duration.ZERO));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWriterWithoutAByteEndsTheWaitForIt(ThreadKind kind) throws Exception {
        var path = fresh();
        try (var source = NamedPipe.create(path).tryOpenSource();
                var arena = Arena.ofShared()) {
            var buffer = arena.allocate(10);
            var reader = kind.start(() -> source.read(buffer));
            reader.awaitBlocked();
            Command.output("sh", "-c", ": > \"$0\"", path.toString());
            assertEquals(Outcome.END, reader.result());
        }
    }

    @Test
    void whoHasBothEndsOpenOutlivesReadersAndWriters() throws Exception {
        var path = fresh();
        var pipe = NamedPipe.create(path);
        try (var both = pipe.openBoth();
                var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(10);
            both.sink().write(buffer.asSlice(0, 1)); // nobody else reads
            for (int i = 0; i < 2; i++) {
                Command.output("sh", "-c", "printf hello > \"$0\"", path.toString());
                assertEquals(i == 0 ? 6 : 5, both.source().read(buffer));
                assertEquals(0, both.source().tryRead(buffer));
            }
            both.source().close();
            both.sink().write(buffer);
            var said = Command.output("head", "-c", "10", path.toString());
            assertEquals(10, said.length());
        }
    }

    @Test
    void pollTellsNoWriterYetFromTheEnd() throws Exception {
        var pipe = NamedPipe.create(fresh());
        try (var source = pipe.tryOpenSource();
                var poll = new Poll();
                var arena = Arena.ofConfined()) {
            int index = poll.add(source.fd(), Interest.READ);
            assertEquals(0, poll.tryAwait());
            var sink = pipe.openSink();
            assertEquals(0, poll.tryAwait());
            sink.write(arena.allocate(1));
            assertEquals(1, poll.tryAwait());
            assertEquals(Interest.READ, poll.ready(index));
            sink.close();
            assertEquals(1, poll.tryAwait());
            assertEquals(Interest.READ.and(Interest.HANG_UP), poll.ready(index));
            assertEquals(1, source.read(arena.allocate(10)));
            assertEquals(1, poll.tryAwait());
            assertEquals(Interest.HANG_UP, poll.ready(index));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKilledPeerLeavesTheOpeningWaiting(ThreadKind kind) throws Exception {
        var path = fresh();
        var pipe = NamedPipe.create(path);
        try (var peer =
                Peer.start(
                        List.of(
                                "sh",
                                "-c",
                                "echo $$; exec cat \"$0.no\" > \"$0\"",
                                path.toString()))) {
            peer.line();
            peer.kill();
        }
        var opening = kind.start(pipe::openSource);
        opening.awaitBlocked();
        assertFalse(opening.isDone());
        Command.output("sh", "-c", ": > \"$0\"", path.toString());
        opening.result().close();
    }

    @Test
    void withoutDescriptorsAnOpenIsRefusedAndNothingIsLeft() throws Exception {
        var pipe = NamedPipe.create(fresh());
        for (var function : new String[] {"open", "statx", "fcntl"}) {
            try (var _ = Faults.fail(function, 1, Errno.EMFILE.number())) {
                assertThrows(LimitReachedException.class, pipe::tryOpenSource, function);
            }
            try (var _ = Faults.fail(function, 1, Errno.EMFILE.number())) {
                assertThrows(LimitReachedException.class, pipe::openBoth, function);
            }
            assertTrue(pipe.tryOpenSink().isEmpty(), "no reader is left");
        }
    }

    /// Reading before the first writer has come.
    @Nested
    class ReadingFirst extends WaitingContract {
        @Override
        protected Wait newWait() throws Exception {
            var pipe = NamedPipe.create(fresh());
            var source = pipe.tryOpenSource();
            var buffer = Arena.ofAuto().allocate(10);
            return new Wait() {
                private PipeSink sink;

                @Override
                public void forever() throws Exception {
                    source.read(buffer);
                }

                @Override
                public boolean atMost(Duration timeout) throws Exception {
                    return source.read(buffer, timeout) > 0;
                }

                @Override
                public void satisfy() throws Exception {
                    sink = pipe.openSink();
                    sink.write(buffer.asSlice(0, 1));
                }

                @Override
                public void close() {
                    source.close();
                }

                @Override
                public void dispose() {
                    if (sink != null) {
                        sink.close();
                    }
                }
            };
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
