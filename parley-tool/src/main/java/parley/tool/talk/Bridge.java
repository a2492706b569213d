package parley.tool.talk;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import parley.os.Errno;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.ready.ByteSink;
import parley.ready.ByteSource;
import parley.ready.Outcome;

/// Carries what comes from either side to the other, both ways at once, until both have ended. The
/// end of one side is told to the other.
///
/// If one side takes nothing any more, what it still says is carried; then the bridge has failed.
/// Anything else that fails ends both ways at once.
record Bridge(Endpoint a, Endpoint b, Talk talk) implements Closeable {
    private static final int STREAM_BYTES = 64 * 1024; // what a pipe holds

    /// Carries, one way in this thread and the other in a new one.
    void run(ThreadFactory threads) throws IOException, InterruptedException {
        var back = new FutureTask<>(() -> carry(b, a));
        threads.newThread(back).start();
        var gone = carry(a, b);
        var goneBack = result(back);
        if (gone.isPresent()) {
            throw gone.get();
        }
        if (goneBack.isPresent()) {
            throw goneBack.get();
        }
        a.finish();
        b.finish();
    }

    private static Optional<PeerGoneException> result(FutureTask<Optional<PeerGoneException>> back)
            throws IOException, InterruptedException {
        try {
            return back.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failed -> throw failed;
                case InterruptedException interrupted -> throw interrupted;
                case RuntimeException defect -> throw defect;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /// Carries one way to the end.
    ///
    /// @return what says that one side has gone before
    private Optional<PeerGoneException> carry(Endpoint from, Endpoint to)
            throws IOException, InterruptedException {
        boolean isOver = false;
        try {
            var gone = copyAll(from, to);
            to.endOutput();
            isOver = true;
            return gone;
        } catch (ClosedChannelException _) {
            isOver = true; // by the other way
            return Optional.empty();
        } finally {
            if (!isOver) {
                close();
            }
        }
    }

    private Optional<PeerGoneException> copyAll(Endpoint from, Endpoint to)
            throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            if (from instanceof MessageEnd source && to instanceof MessageEnd sink) {
                copy(source, sink, arena.allocate(source.messageBytesMax()));
            } else if (from instanceof Bytes source && to instanceof Bytes sink) {
                copy(source.source(), sink.sink(), arena.allocate(STREAM_BYTES));
            }
            return Optional.empty();
        } catch (PeerGoneException e) {
            if (to instanceof Bytes sink && sink.isStandard()) {
                throw e; // nobody is left for whom to go on
            }
            return Optional.of(e);
        }
    }

    private static void copy(
            @Nullable ByteSource source, @Nullable ByteSink sink, MemorySegment buffer)
            throws IOException {
        if (source == null || sink == null) {
            return; // goes one way only
        }
        for (int n = source.read(buffer); n != Outcome.END; n = source.read(buffer)) {
            sink.write(buffer.asSlice(0, n));
        }
    }

    /// Where anybody may send, a message that is too long for a side is lost, and the others go on.
    private void copy(MessageEnd source, MessageEnd sink, MemorySegment buffer)
            throws IOException, InterruptedException {
        while (true) {
            try {
                int n = source.receive(buffer);
                if (n == Outcome.END) {
                    return;
                }
                sink.send(buffer.asSlice(0, n));
                source.done();
            } catch (OsException e) {
                if (!source.hearsEverybody() || e.errno() != Errno.EMSGSIZE) {
                    throw e;
                }
                talk.says(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (a;
                b) {}
    }
}
