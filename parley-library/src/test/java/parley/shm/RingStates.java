package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import parley.ready.Outcome;

/// A sender and a receiver of one ring. What is received is compared with what was sent.
final class RingStates extends RingSearch {
    private static final int SENDER = 0;
    private static final int RECEIVER = 1;

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

    static HeapRingMemory memory(int capacity) {
        return new HeapRingMemory(SharedRing.bytes(capacity));
    }

    /// How many messages came.
    long received() {
        return received;
    }

    @Override
    void begin(long position) {
        memory.begin(position, RingLayout.TAKEN_BYTES, RingLayout.RELEASED_BYTES);
        writer = null;
        reader = null;
        sent.clear();
    }

    @Override
    int anyBut(int who) {
        return who < 0 ? random.nextInt(2) : 1 - who;
    }

    @Override
    void act(int who) throws IOException {
        if (who == SENDER) {
            send();
        } else {
            receive();
        }
    }

    @Override
    void killed(int who) {
        if (who == RECEIVER) {
            reader = null;
            dropWhatWasInHand();
        } else {
            writer = null;
        }
    }

    private void send() throws IOException {
        if (writer == null) {
            writer = new RingWriter(memory, CAPACITY, Delivery.TO_ONE);
        }
        var message = new Sent(next++);
        int bytes = fill(out, message.number);
        sent.addLast(message);
        if (write(writer, out, bytes)) {
            message.isSent = true;
        } else if (!sent.remove(message)) {
            throw new AssertionError("received, and refused: " + message.number);
        }
    }

    private void receive() throws IOException {
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
        int number = number(in, bytes);
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
        if (!new RingWriter(memory, CAPACITY, Delivery.TO_ONE).write(out, BYTES_MAX)) {
            throw new AssertionError("full, and nothing is there");
        }
    }
}
