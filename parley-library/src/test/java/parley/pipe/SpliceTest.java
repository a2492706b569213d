package parley.pipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.Allocations;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.contract.WaitingContract;
import parley.kernel.Fcntl;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.process.Redirect;
import parley.process.Spawn;
import parley.ready.Outcome;
import parley.socket.SocketPair;
import parley.socket.TcpListener;
import parley.socket.TcpSocket;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamSocket;

@Timeout(60)
final class SpliceTest {
    private static final int MANY = 1 << 20;

    @TempDir private Path directory;
    private Arena arena;
    private Pipe first;
    private Pipe second;

    @BeforeEach
    void createPipes() throws Exception {
        arena = Arena.ofShared();
        first = Pipe.create();
        second = Pipe.create();
    }

    @AfterEach
    void closePipes() {
        first.close();
        second.close();
        arena.close();
    }

    private MemorySegment bytes(String text) {
        return arena.allocateFrom(text).asSlice(0, text.length());
    }

    private String read(PipeSource source) throws Exception {
        var buffer = arena.allocate(100);
        int length = source.tryRead(buffer);
        return new String(
                buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private Fd open(Path path, int flags) throws Exception {
        int r = Fcntl.open(arena.allocateFrom(path.toString()), flags | Fcntl.O_CLOEXEC, 0600);
        return Fd.of("open", path.toString(), r);
    }

    private static void fill(PipeSink sink) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var page = arena.allocate(4096);
            while (sink.tryWrite(page) > 0) {}
        }
    }

    @Test
    void bytesGoFromPipeToPipeUntilTheEnd() throws Exception {
        var splice = Splice.of(first.source(), second.sink());
        assertEquals(0, splice.tryTransfer(MANY));
        assertEquals(0, splice.transfer(MANY, Duration.ofMillis(5)));
        first.sink().write(bytes("hello"));
        assertEquals(2, splice.transfer(2));
        assertEquals(0, splice.transfer(0));
        assertEquals(3, splice.transfer(MANY));
        assertEquals("hello", read(second.source()));
        first.sink().close();
        assertEquals(Outcome.END, splice.transfer(MANY));
        assertEquals(Outcome.END, splice.tryTransfer(MANY));
    }

    @Test
    void teeLeavesTheBytesWhereTheyAre() throws Exception {
        var tee = Splice.tee(first.source(), second.sink());
        assertEquals(0, tee.tryTransfer(MANY));
        first.sink().write(bytes("twice"));
        assertEquals(5, tee.transfer(MANY));
        assertEquals("twice", read(second.source()));
        assertEquals("twice", read(first.source()));
        first.sink().close();
        assertEquals(Outcome.END, tee.transfer(MANY));
    }

    @Test
    void aFileGoesThroughAPipeIntoAnotherFile() throws Exception {
        var content = new byte[300_000];
        new Random(1).nextBytes(content);
        var from = Files.write(directory.resolve("from"), content);
        var to = directory.resolve("to");
        try (var in = Fd.openToRead(from);
                var out = Fd.openToWrite(to)) {
            var reading = Splice.of(in, first.sink());
            var writing = Splice.of(first.source(), out);
            while (reading.transfer(MANY) != Outcome.END) {
                assertTrue(writing.transfer(MANY) > 0);
            }
        }
        // What does not fit into the pipe at once comes in more rounds.
        assertArrayEquals(content, Files.readAllBytes(to));
    }

    @Test
    void offsetsMoveOnAndTheFilesOwnPositionStays() throws Exception {
        var file = Files.writeString(directory.resolve("file"), "0123456789");
        try (var fd = open(file, Fcntl.O_RDWR)) {
            var reading = Splice.of(fd, 4, first.sink());
            assertEquals(3, reading.transfer(3));
            assertEquals(3, reading.transfer(MANY));
            assertEquals(Outcome.END, reading.transfer(MANY));
            assertEquals("456789", read(first.source()));
            var writing = Splice.of(first.source(), fd, 8);
            first.sink().write(bytes("abcd"));
            assertEquals(1, writing.transfer(1));
            assertEquals(3, writing.transfer(MANY));
            assertEquals(4, Splice.of(fd, first.sink()).transfer(4));
            assertEquals("0123", read(first.source()));
        }
        assertEquals("01234567abcd", Files.readString(file));
        var fd = first.source().fd();
        assertThrows(IllegalArgumentException.class, () -> Splice.of(fd, -1, second.sink()));
        var splice = Splice.of(first.source(), second.sink());
        assertThrows(IllegalArgumentException.class, () -> splice.transfer(-1));
    }

    @Test
    void whatCannotBeSplicedIsSaid() throws Exception {
        first.sink().write(bytes("x"));
        var same = Splice.of(first.source(), first.sink());
        var e = assertThrows(OsException.class, () -> same.transfer(1));
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(e.getMessage().contains("not both the same one"), e::getMessage);
        var sameTee = Splice.tee(first.source(), first.sink());
        e = assertThrows(OsException.class, () -> sameTee.transfer(1));
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(e.getMessage().contains("both have to be pipes"), e::getMessage);
    }

    @Test
    void whoSplicesToNobodyIsToldAndNotKilled() throws Exception {
        first.sink().write(bytes("x"));
        second.source().close();
        var splice = Splice.of(first.source(), second.sink());
        var tee = Splice.tee(first.source(), second.sink());
        assertThrows(PeerGoneException.class, () -> splice.transfer(1));
        assertThrows(PeerGoneException.class, () -> tee.transfer(1));
        try (var pair = UnixStreamSocket.pair()) {
            pair.second().close();
            var toSocket = Splice.of(first.source(), pair.first().fd());
            assertThrows(PeerGoneException.class, () -> toSocket.transfer(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFullOrEmptySocketIsWaitedForOutsideTheCall(ThreadKind kind) throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var in = Splice.of(pair.first().fd(), second.sink());
            assertEquals(0, in.tryTransfer(MANY));
            var receiving = kind.start(() -> in.transfer(MANY));
            receiving.awaitBlocked();
            pair.second().write(bytes("in"));
            assertEquals(2, receiving.result());
            assertEquals("in", read(second.source()));

            var large = arena.allocate(4096);
            long before = 0;
            for (long went = 1; went > 0; before += went) {
                went = pair.first().tryWrite(large);
            }
            first.sink().write(bytes("out"));
            var out = Splice.of(first.source(), pair.first().fd());
            assertEquals(0, out.tryTransfer(MANY));
            assertEquals(0, out.transfer(MANY, Duration.ofMillis(5)));
            var sending = kind.start(() -> out.transfer(MANY));
            sending.awaitBlocked();
            for (long left = before + 3; left > 0; ) {
                left -= pair.second().read(large);
            }
            assertEquals(3, sending.result());
            pair.second().close();
            assertEquals(Outcome.END, in.transfer(MANY));
        }
    }

    /// The kernel would wait in the call: it heeds neither SPLICE_F_NONBLOCK here.
    @ParameterizedTest
    @EnumSource
    void anEmptyTcpSocketIsWaitedForOutsideTheCall(ThreadKind kind) throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0)) {
            var client = TcpSocket.connect(listener.localAddress());
            var server = listener.accept();
            var in = Splice.of(server.fd(), second.sink());
            assertEquals(0, in.tryTransfer(MANY));
            var receiving = kind.start(() -> in.transfer(MANY));
            receiving.awaitBlocked();
            first.sink().write(bytes("tcp"));
            assertEquals(3, Splice.of(first.source(), client.fd()).transfer(MANY));
            assertEquals(3, receiving.result());
            assertEquals("tcp", read(second.source()));
            client.close();
            assertEquals(Outcome.END, in.transfer(MANY));
            server.close();
        }
    }

    /// The kernel would wait inside the call, with the pipe locked.
    @ParameterizedTest
    @ValueSource(ints = {1, 20_000, 200_000})
    void aSocketIsFilledWithoutWaitingWhateverItsBuffer(int bufferBytes) throws Exception {
        try (var pair = UnixStreamSocket.pair();
                var listener = TcpListener.listenOnLoopback(0);
                var client = TcpSocket.connect(listener.localAddress());
                var server = listener.accept()) {
            assertEquals(0, setSendBuffer(pair.first().fd(), bufferBytes));
            assertEquals(0, setSendBuffer(client.fd(), bufferBytes));
            fillBySplices(pair.first().fd());
            fillBySplices(client.fd());
            assertTrue(server.isOpen());
        }
    }

    private int setSendBuffer(Fd socket, int bytes) {
        var value = arena.allocateFrom(ValueLayout.JAVA_INT, bytes);
        return SysSocket.setsockopt(
                socket.number(), SysSocket.SOL_SOCKET, SysSocket.SO_SNDBUF, value);
    }

    private void fillBySplices(Fd socket) throws Exception {
        var splice = Splice.of(first.source(), socket);
        do {
            fill(first.sink());
        } while (splice.tryTransfer(MANY) > 0);
    }

    /// As a proxy does.
    @Test
    void anEmptySeqpacketMessageLooksLikeTheEnd() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var fromSocket = Splice.of(pair.second().fd(), first.sink());
            pair.first().send(new byte[0]);
            pair.first().send(new byte[] {'x'});
            assertEquals(Outcome.END, fromSocket.transfer(10));
            assertEquals(1, fromSocket.transfer(10));
        }
    }

    @Test
    void megabytesPassFromSocketToSocket() throws Exception {
        var content = new byte[3_000_000];
        new Random(2).nextBytes(content);
        try (var pair = UnixStreamSocket.pair();
                var out = UnixStreamSocket.pair()) {
            var writer =
                    ThreadKind.PLATFORM.start(() -> {
                        try (var stream = pair.second().outputStream()) {
                            stream.write(content);
                        }
                        return true;
                    });
            var reader = ThreadKind.PLATFORM.start(() -> out.second().inputStream().readAllBytes());
            var proxy =
                    ThreadKind.VIRTUAL.start(() -> {
                        proxy(pair, out);
                        return true;
                    });
            assertTrue(writer.result());
            assertTrue(proxy.result());
            assertArrayEquals(content, reader.result());
        }
    }

    private void proxy(SocketPair<UnixStreamSocket> from, SocketPair<UnixStreamSocket> to)
            throws Exception {
        var in = Splice.of(from.first().fd(), first.sink());
        var out = Splice.of(first.source(), to.first().fd()).more();
        for (long length = in.transfer(MANY); length != Outcome.END; length = in.transfer(MANY)) {
            for (long left = length; left > 0; ) {
                left -= out.transfer(left);
            }
        }
        to.first().close();
    }

    @ParameterizedTest
    @EnumSource
    void closingTheEndThatIsNotWaitedForEndsTheWaitToo(ThreadKind kind) throws Exception {
        var splice = Splice.of(first.source(), second.sink());
        var forever = kind.start(() -> splice.transfer(1));
        var timed = kind.start(() -> splice.transfer(1, Duration.ofMinutes(1)));
        forever.awaitBlocked();
        timed.awaitBlocked();
        second.sink().close();
        assertThrows(AsynchronousCloseException.class, forever::result);
        assertThrows(AsynchronousCloseException.class, timed::result);
        assertThrows(ClosedChannelException.class, () -> splice.transfer(1));
        assertTrue(first.source().isOpen());
    }

    @ParameterizedTest
    @EnumSource
    void aCloseIsNotMissedWhenItComesWithTheWait(ThreadKind kind) throws Exception {
        for (int i = 0; i < 300; i++) {
            try (var from = Pipe.create();
                    var to = Pipe.create()) {
                var splice = Splice.of(from.source(), to.sink());
                var transfer = kind.start(() -> splice.transfer(1));
                for (int spin = 0; spin < i; spin++) {
                    Thread.onSpinWait();
                }
                if (i % 2 == 0) {
                    from.source().close();
                } else {
                    to.sink().close();
                }
                assertThrows(ClosedChannelException.class, transfer::result);
            }
        }
    }

    @Test
    void aFifoWithoutAWriterYetIsWaitedFor() throws Exception {
        var fifo = NamedPipe.create(directory.resolve(Unique.name("fifo")));
        try (var source = fifo.tryOpenSource()) {
            var splice = Splice.of(source, second.sink());
            assertEquals(0, splice.tryTransfer(1));
            try (var sink = fifo.openSink()) {
                sink.write(bytes("x"));
            }
            assertEquals(1, splice.transfer(MANY));
            assertEquals(Outcome.END, splice.transfer(MANY));
        }
    }

    @Test
    void catReadsAFileThatNobodyCopied() throws Exception {
        var file = Files.writeString(directory.resolve("file"), "x".repeat(200_000));
        var cat = Spawn.command("wc", "-c").stdin(Redirect.pipe());
        try (var fd = Fd.openToRead(file);
                var child = cat.stdout(Redirect.pipe()).start()) {
            var splice = Splice.of(fd, child.stdin());
            while (splice.transfer(MANY) != Outcome.END) {}
            child.stdin().close();
            var said =
                    new String(child.stdout().inputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals("200000", said.strip());
        }
    }

    @Test
    void aTransferThatDoesNotWaitAllocatesNothing() throws Throwable {
        var splice = Splice.of(first.source(), second.sink());
        var tee = Splice.tee(first.source(), second.sink());
        var buffer = arena.allocate(100);
        try (var pair = UnixStreamSocket.pair()) {
            var out = Splice.of(second.source(), pair.first().fd());
            Allocations.assertNone(() -> {
                first.sink().write(buffer);
                var _ = tee.transfer(100);
                var _ = splice.transfer(100);
                var _ = splice.tryTransfer(100);
                var _ = out.transfer(200);
                var _ = pair.second().read(buffer);
                var _ = pair.second().read(buffer);
            });
        }
    }

    /// Waiting for bytes.
    @Nested
    class Reading extends WaitingContract {
        @Override
        protected Wait newWait() throws Exception {
            var to = Pipe.create();
            var from = Pipe.create();
            return new SpliceWait(from, to, from.source()::close, Optional.of(from.sink().fd())) {
                @Override
                public void satisfy() throws Exception {
                    from.sink().write(bytes("x"));
                }
            };
        }
    }

    /// Waiting for room.
    @Nested
    class Writing extends WaitingContract {
        @Override
        protected Wait newWait() throws Exception {
            var to = Pipe.create();
            var from = Pipe.create();
            from.sink().write(bytes("x"));
            fill(to.sink());
            return new SpliceWait(from, to, to.sink()::close, Optional.of(to.source().fd())) {
                @Override
                public void satisfy() throws Exception {
                    var buffer = arena.allocate(4096);
                    while (to.source().tryRead(buffer) > 0) {}
                }
            };
        }
    }

    private abstract static class SpliceWait implements WaitingContract.Wait {
        private final Pipe from;
        private final Pipe to;
        private final Runnable close;
        private final Optional<Fd> peersEnd;
        private final Splice splice;

        SpliceWait(Pipe from, Pipe to, Runnable close, Optional<Fd> peersEnd) throws Exception {
            this.from = from;
            this.to = to;
            this.close = close;
            this.peersEnd = peersEnd;
            this.splice = Splice.of(from.source(), to.sink());
        }

        @Override
        public void forever() throws Exception {
            splice.transfer(1);
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return splice.transfer(1, timeout) != 0;
        }

        @Override
        public Optional<Fd> peersEnd() {
            return peersEnd;
        }

        @Override
        public void close() {
            close.run();
        }

        @Override
        public void dispose() {
            from.close();
            to.close();
        }
    }
}
