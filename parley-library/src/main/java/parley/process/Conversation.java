package parley.process;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import parley.kernel.Poll;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.ready.Blocking;
import parley.ready.Deadline;
import parley.ready.Outcome;

/// Writes the input of children and reads their outputs, whichever is possible, in one thread: so a
/// child that is not read before it is fed, or the other way round, stops nobody.
final class Conversation {
    private static final int CHUNK_BYTES = 64 * 1024; // what a pipe holds
    private static final Lifetime NEVER_CLOSED = new Lifetime(() -> {});

    private final byte[] input;
    private final List<Capture> captures;
    private final Deadline deadline;
    private @Nullable PipeSink sink; // null once all is written or nobody reads
    private int written;

    /// What comes out of a pipe, all of it up to a limit.
    static final class Capture {
        private final String what;
        private final long bytesMax;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private @Nullable PipeSource source; // null once at its end

        Capture(@Nullable PipeSource source, String what, long bytesMax) {
            this.source = source;
            this.what = what;
            this.bytesMax = bytesMax;
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }

        /// Takes what is there, a chunk at most.
        private boolean take(MemorySegment chunk) throws IOException {
            if (source == null) {
                return false;
            }
            int length = source.tryRead(chunk);
            if (length == Outcome.END) {
                source.close();
                source = null;
                return true;
            }
            if (bytes.size() + (long) length > bytesMax) {
                throw new IOException(
                        "the %s is longer than captureBytesMax = %d".formatted(what, bytesMax));
            }
            bytes.write(chunk.asSlice(0, length).toArray(JAVA_BYTE), 0, length);
            return length > 0;
        }
    }

    Conversation(@Nullable PipeSink sink, byte[] input, List<Capture> captures, Deadline deadline) {
        this.sink = sink;
        this.input = input;
        this.captures = captures;
        this.deadline = deadline;
    }

    /// Talks until the input is written and the outputs are at their ends.
    ///
    /// @return false if the deadline came first
    boolean hold() throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var chunk = arena.allocate(CHUNK_BYTES);
            while (sink != null || captures.stream().anyMatch(each -> each.source != null)) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                boolean isMoving = feed(chunk);
                for (var capture : captures) {
                    isMoving |= capture.take(chunk);
                }
                if (isMoving ? deadline.isOver() : !awaitAny(arena)) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Writes what there is room for, a chunk at most.
    private boolean feed(MemorySegment chunk) throws IOException {
        if (sink == null) {
            return false;
        }
        int length = Math.min(CHUNK_BYTES, input.length - written);
        MemorySegment.copy(input, written, chunk, JAVA_BYTE, 0, length);
        try {
            int before = written;
            written += (int) sink.tryWrite(chunk.asSlice(0, length));
            if (written < input.length) {
                return written > before;
            }
        } catch (PeerGoneException _) {
            // it does not want the rest
        }
        sink.close();
        sink = null;
        return true;
    }

    private boolean awaitAny(Arena arena) throws IOException, InterruptedException {
        var fds = arena.allocate(Poll.POLLFD, 1 + captures.size());
        set(fds, 0, sink == null ? -1 : sink.fd().number(), Poll.POLLOUT);
        for (int i = 0; i < captures.size(); i++) {
            var source = captures.get(i).source;
            set(fds, i + 1, source == null ? -1 : source.fd().number(), Poll.POLLIN);
        }
        long r = Blocking.call(NEVER_CLOSED, () -> poll(fds, 1 + captures.size()));
        return OsException.check("ppoll", "pipes", r) > 0;
    }

    /// The descriptors are only ours: nobody else closes them.
    private static void set(MemorySegment fds, int index, int number, short events) {
        long at = index * Poll.POLLFD.byteSize();
        fds.set(JAVA_INT, at + Poll.FD, number);
        fds.set(JAVA_SHORT, at + Poll.EVENTS, events);
    }

    private long poll(MemorySegment fds, int count) {
        try (var arena = Arena.ofConfined()) {
            return Poll.ppoll(fds, count, deadline.remaining(arena));
        }
    }
}
