package parley.shm;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import parley.os.OsException;

/// A stream of bytes from one writer to one reader, in a ring of bytes; never waits. What byte
/// pipes are made of.
///
/// Each side is a role that one participant has at a time: as long as [ByteRingSink], or
/// [ByteRingSource], is open and its process alive. After that another may have it, and goes on
/// where the last one ended, wherever he was killed. Safe for many threads; each role is for one
/// thread at a time. See `docs/wire/bytepipe.md`.
public final class SharedByteRing {
    private final SharedRegion region;
    private final int capacity;
    private final RingMemory memory;
    private final Words words;
    private final long at; // in the words
    private final Role writing;
    private final Role reading;

    /// @param address of it
    /// @param at where it is in the region
    SharedByteRing(
            SharedRegion region,
            RingUses uses,
            Structures structures,
            long address,
            long at,
            int capacity) {
        structures.agree(at + RingLayout.CAPACITY, capacity, "bytes of capacity");
        this.region = region;
        this.capacity = capacity;
        this.memory = new MappedRingMemory(address);
        this.words = structures.words();
        this.at = at;
        this.writing = new Role(structures.mutex(at + RingLayout.SENDER_LOCK), uses);
        this.reading = new Role(structures.mutex(at + RingLayout.RECEIVER_LOCK), uses);
    }

    /// What it takes in memory, at a multiple of 64; zeros are an empty one.
    ///
    /// @param capacity in bytes, a power of two from 64 to 2^30
    public static long bytes(int capacity) {
        return RingLayout.DATA + RingLayout.requireCapacity(capacity);
    }

    /// How it is.
    ///
    /// @param capacity how many bytes it holds
    /// @param written bytes since it was made
    /// @param read bytes since it was made
    public record Status(int capacity, long written, long read) {
        /// How many bytes wait to be read.
        public long bytesWaiting() {
            return Math.clamp(written - read, 0, capacity);
        }
    }

    /// Takes the writing side.
    ///
    /// @throws OsException `EBUSY` if another has it
    /// @throws BadRegionException if what is in the ring cannot be
    public ByteRingSink sink() throws IOException {
        return sink(() -> {});
    }

    /// The same, with something to be done when it was given up.
    ///
    /// @param afterwards on the thread that closes it, or that used it just then
    public ByteRingSink sink(Runnable afterwards) throws IOException {
        return writing.tryTake(afterwards, this::newSink)
                .orElseThrow(() -> Role.busy("sink", region));
    }

    /// The same, waiting at most `timeout` until nobody has it who is alive.
    public Optional<ByteRingSink> sink(Duration timeout, Runnable afterwards)
            throws IOException, InterruptedException {
        return writing.take(timeout, afterwards, this::newSink);
    }

    /// Takes the reading side.
    ///
    /// @throws OsException `EBUSY` if another has it
    /// @throws BadRegionException if what is in the ring cannot be
    public ByteRingSource source() throws IOException {
        return source(() -> {});
    }

    /// The same, with something to be done when it was given up.
    ///
    /// @param afterwards on the thread that closes it, or that used it just then
    public ByteRingSource source(Runnable afterwards) throws IOException {
        return reading.tryTake(afterwards, this::newSource)
                .orElseThrow(() -> Role.busy("source", region));
    }

    /// The same, waiting at most `timeout` until nobody has it who is alive.
    public Optional<ByteRingSource> source(Duration timeout, Runnable afterwards)
            throws IOException, InterruptedException {
        return reading.take(timeout, afterwards, this::newSource);
    }

    private ByteRingSink newSink(RingUse use) throws IOException {
        return new ByteRingSink(new ByteRingWriter(memory, capacity), use);
    }

    private ByteRingSource newSource(RingUse use) throws IOException {
        return new ByteRingSource(new ByteRingReader(memory, capacity), use);
    }

    /// True while somebody has the writing side, and is alive.
    public boolean hasSink() {
        return writing.isHeld();
    }

    /// True while somebody has the reading side, and is alive.
    public boolean hasSource() {
        return reading.isHeld();
    }

    /// How it is now; of no one moment while others use it.
    public Status status() {
        return new Status(
                capacity,
                words.getLong(at + RingLayout.SENT_BYTES),
                words.getLong(at + RingLayout.TAKEN_BYTES));
    }

    @Override
    public String toString() {
        return region.toString();
    }
}
