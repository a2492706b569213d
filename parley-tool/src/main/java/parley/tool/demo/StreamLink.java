package parley.tool.demo;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import parley.ready.ByteSink;
import parley.ready.ByteSource;
import parley.ready.Outcome;

/// A link of byte streams: one in, one out.
record StreamLink(ByteSource source, ByteSink sink) implements Link {
    private static final int PIECE_BYTES = 64 * 1024;

    @Override
    public int pieceBytesMax() {
        return PIECE_BYTES;
    }

    @Override
    public void send(MemorySegment piece) throws IOException {
        sink.write(piece);
    }

    @Override
    public int receive(MemorySegment into) throws IOException {
        int length = source.read(into);
        if (length == Outcome.END) {
            throw new EOFException("the other process has closed " + source);
        }
        return length;
    }
}
