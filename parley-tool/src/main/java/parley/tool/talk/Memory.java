package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import parley.ready.Outcome;

/// Shared memory, read or written from one place on.
final class Memory implements Endpoint {
    private final String address;
    private final MemorySegment segment;
    private final AutoCloseable attachment;
    private long position;
    private long end;

    Memory(String address, MemorySegment segment, AutoCloseable attachment) {
        this.address = address;
        this.segment = segment;
        this.attachment = attachment;
        this.end = segment.byteSize();
    }

    /// Goes to a place.
    ///
    /// @param length how many bytes from there on; negative: all
    /// @throws IOException if that is beyond its end
    void range(long offset, long length) throws IOException {
        long size = segment.byteSize();
        long wanted = Math.max(length, 0);
        if (offset > size || wanted > size - offset) {
            throw new IOException(
                    "%s has %d bytes: there are no %d from byte %d on"
                            .formatted(address, size, wanted, offset));
        }
        position = offset;
        end = length < 0 ? size : offset + length;
    }

    /// Copies the next bytes out of it.
    ///
    /// @return how many, [Outcome#END] if there are no more
    int read(MemorySegment into) {
        if (position == end) {
            return Outcome.END;
        }
        long length = Math.min(into.byteSize(), end - position);
        MemorySegment.copy(segment, position, into, 0, length);
        position += length;
        return (int) length;
    }

    /// Copies bytes into it.
    ///
    /// @throws IOException if they are more than there is room for; none are written then
    void write(MemorySegment from) throws IOException {
        if (from.byteSize() > end - position) {
            throw new IOException(
                    "%s: %d bytes from byte %d on, and there is room for %d"
                            .formatted(address, from.byteSize(), position, end - position));
        }
        MemorySegment.copy(from, 0, segment, position, from.byteSize());
        position += from.byteSize();
    }

    @Override
    public void endOutput() {}

    @Override
    public void close() throws IOException {
        try {
            attachment.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
