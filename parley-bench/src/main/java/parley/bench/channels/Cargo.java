package parley.bench.channels;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The message to send next, and the one received last: in the same memory for all messages, which
/// is static so that to look into it costs next to nothing. Each begins and ends with a word: the
/// sender's index, and the message's number.
final class Cargo {
    /// The longest message.
    static final int BYTES_MAX = 16 * 1024;

    private static final int INDEX_SHIFT = 48;
    private static final ByteBuffer OUTGOING = ByteBuffer.allocateDirect(BYTES_MAX);
    private static final ByteBuffer INCOMING = ByteBuffer.allocateDirect(BYTES_MAX);
    private static final MemorySegment SENT = MemorySegment.ofBuffer(OUTGOING);
    private static final MemorySegment RECEIVED = MemorySegment.ofBuffer(INCOMING);

    private final int bytes;
    private final long ownWord;
    private final boolean isLossy;
    private final long[] expected; // of each sender, the next word
    private long left; // numbers that are still to come, or to be lost
    private long lost;

    Cargo(Side side, boolean isLossy) {
        bytes = side.bytes();
        ownWord = (long) side.index() << INDEX_SHIFT;
        expected = new long[side.senders()];
        this.isLossy = isLossy;
    }

    /// Of each message.
    int bytes() {
        return bytes;
    }

    /// Of [#bytes] from the beginning.
    static ByteBuffer outgoing() {
        return OUTGOING;
    }

    /// As long as the longest message.
    static ByteBuffer incoming() {
        return INCOMING;
    }

    /// Makes the message that is sent next.
    void number(long number) {
        long word = ownWord + number;
        SENT.set(JAVA_LONG, 0, word);
        SENT.set(JAVA_LONG, bytes - Long.BYTES, word);
    }

    /// From now on messages come, so many from each sender, numbered from 0.
    void expect(long count) {
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (long) i << INDEX_SHIFT;
        }
        left = count * expected.length;
        lost = 0;
    }

    /// The message that has come is copied, and is looked at: all of it is there, and it is the
    /// next one.
    void took() {
        long first = RECEIVED.get(JAVA_LONG, 0);
        long last = RECEIVED.get(JAVA_LONG, bytes - Long.BYTES);
        int sender = (int) (first >>> INDEX_SHIFT);
        long skipped = first - expected[sender];
        if (skipped != 0 || first != last) {
            lose(skipped, first, last);
        }
        expected[sender] = first + 1;
        left -= skipped + 1;
    }

    private void lose(long skipped, long first, long last) {
        if (!isLossy || skipped < 0 || first != last) {
            throw new IllegalStateException(
                    "a message begins with %x, ends with %x, and %d are missing"
                            .formatted(first, last, skipped));
        }
        lost += skipped;
    }

    /// Is anything still to come?
    boolean isWaiting() {
        return left > 0;
    }

    /// Numbers that were skipped.
    long lost() {
        return lost;
    }

    static {
        OUTGOING.order(ByteOrder.nativeOrder());
        INCOMING.order(ByteOrder.nativeOrder());
    }
}
