package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import parley.ready.Outcome;

/// A sender and a receiver of one ring of messages. What is received is compared with what was
/// sent.
final class RingStates extends SideStates {
    private static final int CAPACITY = 256;
    private static final int BYTES_MAX = RingLayout.messageBytesMax(CAPACITY);

    /// A message.
    private static final class Sent {
        final int number;
        boolean isSent; // else its sender was killed: it may not be there
        boolean isPerhapsTaken; // by one who was killed

        Sent(int number) {
            this.number = number;
        }

        boolean isThere() {
            return isSent && !isPerhapsTaken;
        }
    }

    /// As positions have it that were near the end of 64 bits.
    private static final long LATE = Long.MAX_VALUE - 7 - CAPACITY;

    private final MemorySegment out = MemorySegment.ofArray(new byte[BYTES_MAX]);
    private final MemorySegment in = MemorySegment.ofArray(new byte[BYTES_MAX]);
    private @Nullable RingWriter writer;
    private @Nullable RingReader reader;

    /// What is in the ring, as far as is known.
    private final Deque<Sent> sent = new ArrayDeque<>();

    private @Nullable Sent inHand; // of the receiver
    private int next; // number
    private long received;

    /// @param of the memory for a capacity; a faulty one plants a fault
    RingStates(long seed, IntFunction<HeapRingMemory> of) {
        super(seed, of.apply(CAPACITY));
    }

    @Override
    void begin() {
        memory.begin(random.nextBoolean() ? 0 : LATE & -RingLayout.ALIGNMENT);
        writer = null;
        reader = null;
        sent.clear();
    }

    /// How many messages came.
    long received() {
        return received;
    }

    @Override
    void senderKilled() {
        writer = null;
    }

    @Override
    void receiverKilled() {
        reader = null;
        dropWhatWasInHand();
    }

    @Override
    void send() throws IOException {
        if (writer == null) {
            writer = new RingWriter(memory, CAPACITY);
        }
        var message = new Sent(next++);
        int bytes = bytes(message.number);
        out.asSlice(0, bytes).fill((byte) message.number);
        out.set(JAVA_INT_UNALIGNED, 0, message.number);
        sent.addLast(message);
        if (write(writer, bytes)) {
            message.isSent = true;
        } else if (!sent.remove(message)) {
            throw new AssertionError("received, and refused: " + message.number);
        }
    }

    private boolean write(RingWriter writer, int bytes) {
        if (random.nextBoolean()) {
            return writer.write(out, bytes);
        }
        long place = writer.loan(BYTES_MAX);
        if (place < 0) {
            return false;
        }
        memory.copyIn(out, place, bytes);
        writer.commit(bytes);
        return true;
    }

    private static int bytes(int number) {
        return Integer.BYTES + (int) (number * 31L % (BYTES_MAX - Integer.BYTES + 1));
    }

    @Override
    void receive() throws IOException {
        if (reader == null) {
            reader = new RingReader(memory, CAPACITY);
        }
        int limit = 1 + random.nextInt(3);
        for (int i = 0; i < limit; i++) {
            int bytes = reader.look();
            if (bytes == Outcome.NOTHING) {
                break;
            }
            reader.copyOut(in, bytes);
            inHand = check(bytes);
            reader.take();
            inHand = null;
            received++;
        }
        reader.release();
    }

    /// What was received is the next of what was sent, but for what nobody knows of.
    private Sent check(int bytes) {
        int number = in.get(JAVA_INT_UNALIGNED, 0);
        for (int at = Integer.BYTES; at < bytes; at++) {
            if (in.get(JAVA_BYTE, at) != (byte) number) {
                throw new AssertionError("torn: " + number);
            }
        }
        while (true) {
            var first = sent.poll();
            if (first == null || (first.isThere() && first.number != number)) {
                throw new AssertionError("not the next one: " + number);
            }
            if (first.number == number && bytes(number) == bytes) {
                return first;
            }
        }
    }

    /// The receiver was killed: another gets it, or nobody.
    private void dropWhatWasInHand() {
        if (inHand != null) {
            inHand.isPerhapsTaken = true;
            sent.addFirst(inHand);
            inHand = null;
        }
    }

    @Override
    void end() throws IOException {
        reader = null;
        long before = received;
        do {
            before = received;
            receive();
        } while (received > before);
        if (sent.stream().anyMatch(Sent::isThere)) {
            throw new AssertionError("lost: " + sent.getFirst().number);
        }
        writer = null;
        if (!new RingWriter(memory, CAPACITY).write(out, BYTES_MAX)) {
            throw new AssertionError("full, and nothing is there");
        }
    }
}
