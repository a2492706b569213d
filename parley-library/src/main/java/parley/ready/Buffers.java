package parley.ready;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Several buffers one after another, as readv(2) and writev(2) see them.
///
/// Their bytes pass through one piece of native memory: given to the kernel they would be bare
/// addresses, and nothing would keep another thread from freeing one during the call.
record Buffers(List<ByteBuffer> all) {
    static Buffers of(ByteBuffer[] array, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, array.length);
        return new Buffers(Arrays.asList(array).subList(offset, offset + length));
    }

    long remaining() {
        long bytes = 0;
        for (var buffer : all) {
            bytes += buffer.remaining();
        }
        return bytes;
    }

    /// @throws IllegalArgumentException if one cannot be received into
    void requireWritable() {
        for (var buffer : all) {
            if (buffer.isReadOnly()) {
                throw new IllegalArgumentException(
                        "cannot receive into a read-only buffer: " + buffer);
            }
        }
    }

    /// Copies as much of what remains as there is room for. Positions stay: see [#advance].
    ///
    /// @return the part of `into` that it takes
    MemorySegment gather(MemorySegment into) {
        var room = into.asByteBuffer();
        for (var buffer : all) {
            int bytes = Math.min(buffer.remaining(), room.remaining());
            room.put(buffer.slice(buffer.position(), bytes));
        }
        return into.asSlice(0, room.position());
    }

    /// Moves the positions by what has gone.
    void advance(long bytes) {
        long left = bytes;
        for (var buffer : all) {
            int step = (int) Math.min(buffer.remaining(), left);
            buffer.position(buffer.position() + step);
            left -= step;
        }
    }

    /// Puts in what came, which is not more than remains.
    void scatter(MemorySegment from) {
        var bytes = from.asByteBuffer();
        for (var buffer : all) {
            int step = Math.min(buffer.remaining(), bytes.remaining());
            buffer.put(bytes.slice(bytes.position(), step));
            bytes.position(bytes.position() + step);
        }
    }
}
