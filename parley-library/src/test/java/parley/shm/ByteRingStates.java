package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// A writer and a reader of one ring of bytes. What is read is compared with what was written:
/// which byte that is follows from its position alone.
final class ByteRingStates extends RingSearch {
    private static final int CAPACITY = 64;
    private static final int BYTES_MAX = 2 * CAPACITY;
    private static final int WRITER = 0;
    private static final int READER = 1;

    private static final long LATE = Long.MAX_VALUE - 20; // goes on with the smallest number

    private final MemorySegment out = MemorySegment.ofArray(new byte[BYTES_MAX]);
    private final MemorySegment in = MemorySegment.ofArray(new byte[BYTES_MAX]);
    private @Nullable ByteRingWriter writer;
    private @Nullable ByteRingReader reader;
    private long written; // position; as far as is known
    private long read;
    private long perhapsWritten; // bytes more, by one who was killed
    private long perhapsRead;
    private long received;

    /// @param of the memory for a capacity; a faulty one plants a fault
    ByteRingStates(long seed, IntFunction<HeapRingMemory> of) {
        super(seed, of.apply(CAPACITY));
    }

    static HeapRingMemory memory(int capacity) {
        return new HeapRingMemory(SharedByteRing.bytes(capacity));
    }

    /// How many bytes came.
    long received() {
        return received;
    }

    private static byte at(long position) {
        return (byte) ((position * 0x9E3779B97F4A7C15L) >>> 56);
    }

    @Override
    void begin(long position) {
        written = position == 0 ? 0 : LATE;
        read = written;
        memory.begin(written, RingLayout.SENT_BYTES, RingLayout.TAKEN_BYTES);
        perhapsWritten = 0;
        perhapsRead = 0;
        writer = null;
        reader = null;
    }

    /// Where one goes on who follows another.
    private long next(long offset, long known, long perhaps) {
        long position = memory.peekLong(offset);
        if (position - known < 0 || position - known > perhaps) {
            throw new AssertionError("%d after %d".formatted(position, known));
        }
        return position;
    }

    @Override
    int anyBut(int who) {
        return who < 0 ? random.nextInt(2) : 1 - who;
    }

    @Override
    void act(int who) throws IOException {
        if (who == WRITER) {
            write();
        } else {
            read();
        }
    }

    private void write() throws IOException {
        if (writer == null) {
            writer = new ByteRingWriter(memory, CAPACITY);
            written = next(RingLayout.SENT_BYTES, written, perhapsWritten);
            perhapsWritten = 0;
        }
        int bytes = random.nextInt(BYTES_MAX + 1);
        for (int i = 0; i < bytes; i++) {
            out.set(JAVA_BYTE, i, at(written + i));
        }
        perhapsWritten = bytes;
        written += writer.write(out, 0, bytes);
        perhapsWritten = 0;
    }

    private void read() throws IOException {
        if (reader == null) {
            reader = new ByteRingReader(memory, CAPACITY);
            read = next(RingLayout.TAKEN_BYTES, read, perhapsRead);
            perhapsRead = 0;
        }
        int bytes = random.nextInt(BYTES_MAX + 1);
        perhapsRead = bytes;
        long count = reader.read(in, 0, bytes);
        for (int i = 0; i < count; i++) {
            if (in.get(JAVA_BYTE, i) != at(read + i)) {
                throw new AssertionError("another byte at " + (read + i));
            }
        }
        read += count;
        received += count;
        perhapsRead = 0;
    }

    @Override
    void killed(int who) {
        if (who == READER) {
            reader = null;
        } else {
            writer = null;
        }
    }

    @Override
    void end() throws IOException {
        writer = null;
        reader = null;
        long before;
        do {
            before = received;
            read();
        } while (received > before || memory.peekLong(RingLayout.SENT_BYTES) != read);
        if (read - written < 0 || read - written > perhapsWritten) {
            throw new AssertionError("%d written, %d read".formatted(written, read));
        }
        if (new ByteRingWriter(memory, CAPACITY).write(out, 0, BYTES_MAX) != CAPACITY) {
            throw new AssertionError("empty, and there is no room");
        }
    }
}
