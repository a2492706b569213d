package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.zip.CRC32C;
import parley.shm.SharedCounter;
import parley.shm.SharedRegion;

/// What was sent through a channel and received, by all senders there ever were: in shared memory,
/// so that it is known of those that were killed.
final class SoakLedger implements AutoCloseable {
    static final int SENDERS_MAX = 1 << 16;

    private static final int LAYOUT = 1;
    private static final int COUNTERS = 2; // of each sender
    private static final int HEADER = Integer.BYTES + Integer.BYTES + Long.BYTES;
    private static final int MORE_MAX = 200; // bytes of a message

    private final SharedRegion region;
    private final byte[] bytes = new byte[HEADER + MORE_MAX];
    private final CRC32C checksum = new CRC32C();
    private boolean mayComeAgain = true; // of one who was killed, once

    private SoakLedger(SharedRegion region) {
        this.region = region;
    }

    static SoakLedger create(String name) throws IOException {
        long bytes = (long) SENDERS_MAX * COUNTERS * SharedCounter.BYTES;
        return new SoakLedger(SharedRegion.create(name, LAYOUT, bytes));
    }

    static SoakLedger open(String name) throws IOException {
        return new SoakLedger(SharedRegion.open(name, LAYOUT));
    }

    /// Messages that a sender knows he has sent.
    SharedCounter sent(int sender) {
        return region.counter((long) sender * COUNTERS * SharedCounter.BYTES);
    }

    /// Messages of a sender that were handled.
    SharedCounter handled(int sender) {
        return region.counter(((long) sender * COUNTERS + 1) * SharedCounter.BYTES);
    }

    /// Makes a message: who sends it, a checksum of the rest, its number, and bytes.
    MemorySegment message(int sender, long number, Random random) {
        int length = HEADER + random.nextInt(MORE_MAX + 1);
        random.nextBytes(bytes);
        var message = MemorySegment.ofArray(bytes).asSlice(0, length);
        message.set(JAVA_INT_UNALIGNED, 0, sender);
        message.set(JAVA_LONG_UNALIGNED, 2L * Integer.BYTES, number);
        message.set(JAVA_INT_UNALIGNED, Integer.BYTES, checksum(length));
        return message;
    }

    private int checksum(int length) {
        checksum.reset();
        checksum.update(bytes, 2 * Integer.BYTES, length - 2 * Integer.BYTES);
        return (int) checksum.getValue();
    }

    /// Handles a message: it is the next one of its sender; or, once for each receiver, the last
    /// one, which was handled by another who was killed before it was taken.
    ///
    /// @throws AssertionError if it is something else
    boolean handle(MemorySegment memory, long offset, int length) {
        MemorySegment.copy(memory, offset, MemorySegment.ofArray(bytes), 0, length);
        var message = MemorySegment.ofArray(bytes);
        int sender = message.get(JAVA_INT_UNALIGNED, 0);
        long number = message.get(JAVA_LONG_UNALIGNED, 2L * Integer.BYTES);
        if (message.get(JAVA_INT_UNALIGNED, Integer.BYTES) != checksum(length)) {
            throw new AssertionError("torn: number %d of %d".formatted(number, sender));
        }
        var handled = handled(sender);
        long next = handled.get();
        if (number == next) {
            handled.increment();
        } else if (number == next - 1 && mayComeAgain) {
            mayComeAgain = false;
        } else {
            throw new AssertionError("number %d of %d, and not %d".formatted(number, sender, next));
        }
        return true;
    }

    @Override
    public void close() {
        region.close();
    }
}
