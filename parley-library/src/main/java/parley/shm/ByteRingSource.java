package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// The reading side of a [SharedByteRing], as long as it is open. For one thread at a time;
/// [#close] may be called by any. To read costs no system call, and nothing is allocated.
public final class ByteRingSource implements AutoCloseable {
    private final ByteRingReader reader;
    private final RingUse use;

    ByteRingSource(ByteRingReader reader, RingUse use) {
        this.reader = reader;
        this.use = use;
    }

    /// Reads as many bytes as there are.
    ///
    /// @param into of any kind
    /// @param at where to begin in it
    /// @param bytes how many at most
    /// @return how many; 0 if there are none
    /// @throws BadRegionException if what the other side has stored cannot be
    /// @throws java.nio.channels.ClosedChannelException if closed
    public long tryRead(MemorySegment into, long at, long bytes) throws IOException {
        long _ = Objects.checkFromIndexSize(at, bytes, into.byteSize());
        use.enter();
        try {
            return reader.read(into, at, bytes);
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
