package parley.tool.talk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.ByteSource;
import parley.ready.Outcome;
import parley.tool.OutOfTime;
import parley.tool.Patience;

/// What is to be sent, cut into pieces. Each is valid until the next is asked for.
final class Pieces implements Closeable {
    /// How it is cut.
    enum Cut {
        /// One piece, also if there is nothing.
        WHOLE,
        /// A piece for each line, without its end.
        LINES,
        /// A piece for each line, with a newline as its end.
        LINES_WITH_ENDS,
        /// As it comes.
        AS_IT_COMES
    }

    private static final int FIRST_BYTES = 64 * 1024 + 1; // what a pipe holds, and a newline

    /// More than any message of the kernel can have.
    private static final int BYTES_MAX = 64 << 20;

    private final @Nullable ByteSource source;
    private final Cut cut;
    private final Patience patience;
    private Arena arena = Arena.ofConfined();
    private MemorySegment buffer;
    private int start; // what is in the buffer, and not yet given away
    private int end;
    private boolean isEnd;
    private boolean isFirst = true;

    Pieces(ByteSource source, Cut cut, Patience patience) {
        this.source = source;
        this.cut = cut;
        this.patience = patience;
        this.buffer = arena.allocate(FIRST_BYTES);
    }

    Pieces(String text, Cut cut, Patience patience) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        this.source = null;
        this.cut = cut;
        this.patience = patience;
        this.buffer = arena.allocate(bytes.length + 1);
        this.end = bytes.length;
        this.isEnd = true;
        MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, 0, bytes.length);
    }

    /// The next one; null if there is none any more.
    @Nullable MemorySegment next() throws IOException {
        return switch (cut) {
            case WHOLE -> whole();
            case AS_IT_COMES -> asItComes();
            case LINES, LINES_WITH_ENDS -> line();
        };
    }

    private @Nullable MemorySegment asItComes() throws IOException {
        if (start == end && !isEnd) {
            start = 0;
            end = 0;
            readMore();
        }
        var piece = buffer.asSlice(start, end - start);
        start = end;
        return piece.byteSize() == 0 ? null : piece;
    }

    private @Nullable MemorySegment whole() throws IOException {
        if (!isFirst) {
            return null;
        }
        isFirst = false;
        while (!isEnd && end < BYTES_MAX) {
            readMore();
        }
        if (!isEnd) {
            var tooLong = "a message has less than %d bytes here".formatted(BYTES_MAX);
            throw OsException.of("send", "", Errno.EMSGSIZE.number(), tooLong);
        }
        return buffer.asSlice(0, end);
    }

    private @Nullable MemorySegment line() throws IOException {
        int i = start;
        while (true) {
            while (i < end && buffer.get(JAVA_BYTE, i) != '\n') {
                i++;
            }
            if (i < end || (isEnd && i > start)) {
                return line(i);
            }
            if (isEnd) {
                return null;
            }
            if (i - start >= BYTES_MAX) {
                throw new IOException("a line has more than " + BYTES_MAX + " bytes");
            }
            i -= start;
            moveToFront();
            readMore();
        }
    }

    private MemorySegment line(int newline) {
        int begin = start;
        start = Math.min(newline + 1, end);
        boolean hasEnd = cut == Cut.LINES_WITH_ENDS;
        if (hasEnd) {
            buffer.set(JAVA_BYTE, newline, (byte) '\n'); // there is room: see readMore
        }
        return buffer.asSlice(begin, newline - begin + (hasEnd ? 1 : 0));
    }

    private void moveToFront() {
        MemorySegment.copy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
    }

    /// Reads behind what is there, and leaves room for a newline.
    private void readMore() throws IOException {
        if (end == buffer.byteSize() - 1) {
            grow();
        }
        var room = buffer.asSlice(end, buffer.byteSize() - 1 - end);
        int length = source == null ? Outcome.END : source.read(room, patience.leftForInput());
        if (length == 0) {
            throw OutOfTime.timedOut();
        }
        isEnd = length == Outcome.END;
        end += Math.max(length, 0);
    }

    private void grow() {
        var larger = Arena.ofConfined();
        var copy = larger.allocate(buffer.byteSize() * 2);
        MemorySegment.copy(buffer, 0, copy, 0, end);
        arena.close();
        arena = larger;
        buffer = copy;
    }

    /// May be called again.
    @Override
    public void close() throws IOException {
        if (source != null) {
            source.close();
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
