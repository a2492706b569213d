package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import parley.peer.Command;
import parley.peer.Peer;

/// A process at the other side of a byte pipe with a name; it says when it is there, and goes on
/// until it is killed. Each byte follows from its position.
final class BytePipePeer {
    private static final int BYTES_MAX = 3000;

    private BytePipePeer() {}

    /// Starts one.
    ///
    /// @param doing `write`, `read`, and `hold-sink`, `hold-source`, which do nothing more
    static Peer start(String doing, String name) throws Exception {
        var peer = Peer.start(Command.java(List.of(), BytePipePeer.class, doing, name));
        var line = peer.line();
        if (!line.equals("there")) {
            throw new AssertionError(line);
        }
        return peer;
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        try (var arena = Arena.ofConfined();
                var pipe = BytePipe.open(arguments[1])) {
            var memory = arena.allocate(BYTES_MAX);
            boolean isSink = arguments[0].equals("write") || arguments[0].equals("hold-sink");
            var sink = isSink ? pipe.sink().whenAlone(WhenAlone.WAIT) : null;
            var source = isSink ? null : pipe.source().whenAlone(WhenAlone.WAIT);
            System.out.println("there");
            switch (arguments[0]) {
                case "write" -> write(sink, memory, pipe.status().ring().written(), Long.MAX_VALUE);
                case "read" -> read(source, memory, pipe.status().ring().read(), Long.MAX_VALUE);
                default -> {
                    int _ = System.in.read();
                }
            }
        }
    }

    private static byte at(long position) {
        return (byte) ((position * 0x9E3779B97F4A7C15L) >>> 56);
    }

    /// Writes from a position of the stream to another, in pieces of all sizes.
    static void write(BytePipeSink sink, MemorySegment memory, long from, long to)
            throws IOException {
        var random = new Random(from);
        for (long position = from; position < to; ) {
            long bytes = Math.min(random.nextLong(memory.byteSize()), to - position);
            for (int i = 0; i < bytes; i++) {
                memory.set(JAVA_BYTE, i, at(position + i));
            }
            sink.write(memory.asSlice(0, bytes));
            position += bytes;
        }
    }

    /// Reads from a position of the stream to another, or to the end, and looks at each byte.
    ///
    /// @return where it came to
    static long read(BytePipeSource source, MemorySegment memory, long from, long to)
            throws IOException {
        long position = from;
        while (position < to) {
            int bytes = source.read(memory);
            if (bytes < 0) {
                break;
            }
            for (int i = 0; i < bytes; i++) {
                if (memory.get(JAVA_BYTE, i) != at(position + i)) {
                    throw new AssertionError("another byte at " + (position + i));
                }
            }
            position += bytes;
        }
        return position;
    }
}
