package parley.tool.demo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import parley.os.Fd;

/// A link through a file on disk, the slow way of the textbooks: one side writes, the other looks
/// again and again whether there is something to read.
///
/// ```
///  0       8        4096
///  | state | length | bytes …                 one slot; the second direction's follows
/// ```
final class FileLink implements Link {
    private static final int PIECE_BYTES = 64 * 1024;
    private static final int DATA_OFFSET = 4096;
    private static final int SLOT_BYTES = DATA_OFFSET + PIECE_BYTES;
    private static final int HEADER_BYTES = 16;
    private static final long FREE = 0;
    private static final long FILLED = 1;

    private final FileChannel file;
    private final long outOffset;
    private final long inOffset;
    private final ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);

    private FileLink(FileChannel file, boolean isFirst) {
        this.file = file;
        this.outOffset = isFirst ? 0 : SLOT_BYTES;
        this.inOffset = isFirst ? SLOT_BYTES : 0;
    }

    static Offer offer(Workplace workplace, Closing end) throws Exception {
        var path = workplace.path();
        var options =
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        var file = end.add(FileChannel.open(path, options));
        end.add(() -> Files.deleteIfExists(path));
        int _ = file.write(ByteBuffer.allocate(2 * SLOT_BYTES), 0);
        return new Offer("file:" + path, List.of(path.toString()), () -> new FileLink(file, true));
    }

    static Link join(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        var path = Path.of(details.get(0));
        var options = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
        return new FileLink(end.add(FileChannel.open(path, options)), false);
    }

    @Override
    public int pieceBytesMax() {
        return PIECE_BYTES;
    }

    @Override
    public void send(MemorySegment piece) throws Exception {
        await(outOffset, FREE);
        writeAll(piece.asByteBuffer(), outOffset + DATA_OFFSET);
        give(outOffset, FILLED, piece.byteSize());
    }

    @Override
    public int receive(MemorySegment into) throws Exception {
        await(inOffset, FILLED);
        int length = (int) header.getLong(Long.BYTES);
        if (length < 0 || length > PIECE_BYTES) {
            throw new IOException("a length that cannot be: " + length);
        }
        readAll(into.asSlice(0, length).asByteBuffer(), inOffset + DATA_OFFSET);
        give(inOffset, FREE, 0);
        return length;
    }

    private void await(long offset, long state) throws Exception {
        readAll(header.clear(), offset);
        while (header.getLong(0) != state) {
            Spinning.giveWay();
            readAll(header.clear(), offset);
        }
    }

    private void give(long offset, long state, long length) throws IOException {
        header.clear().putLong(0, state).putLong(Long.BYTES, length);
        writeAll(header, offset);
    }

    private void writeAll(ByteBuffer from, long offset) throws IOException {
        while (from.hasRemaining()) {
            offset += file.write(from, offset);
        }
    }

    private void readAll(ByteBuffer into, long offset) throws IOException {
        while (into.hasRemaining()) {
            int length = file.read(into, offset);
            if (length < 0) {
                throw new IOException("the file became shorter");
            }
            offset += length;
        }
    }
}
