package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// The writing side of a [SharedByteRing], as long as it is open. For one thread at a time;
/// [#close] may be called by any. To write costs no system call, and nothing is allocated.
public final class ByteRingSink implements AutoCloseable {
    private final ByteRingWriter writer;
    private final RingUse use;

    ByteRingSink(ByteRingWriter writer, RingUse use) {
        this.writer = writer;
        this.use = use;
    }

    /// Writes as many bytes as there is room for.
    ///
    /// @param from of any kind
    /// @param at where to begin in it
    /// @param bytes how many at most
    /// @return how many; 0 if the ring is full
    /// @throws BadRegionException if what the other side has stored cannot be
    /// @throws java.nio.channels.ClosedChannelException if closed
    public long tryWrite(MemorySegment from, long at, long bytes) throws IOException {
        long _ = Objects.checkFromIndexSize(at, bytes, from.byteSize());
        use.enter();
        try {
            return writer.write(from, at, bytes);
        } finally {
            use.exit();
        }
    }

    /// True until [#close], or until that of the region.
    public boolean isOpen() {
        return use.isOpen();
    }

    /// Gives the side up; more calls do nothing.
    @Override
    public void close() {
        use.close();
    }
}
