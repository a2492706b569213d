package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import parley.ready.Outcome;

/// A sender and several receivers of one ring, but for what a lock keeps apart.
final class SeveralReceiversStates extends RingSearch {
    private static final int RECEIVERS = 3;
    private static final int SENDER = 0;

    /// What became of a message, as far as is known.
    private static final class Sent {
        boolean isSent; // else its sender was killed: it may not be there
        boolean isGone;
        boolean isPerhapsGone; // who acknowledged it was killed
        int holder; // of a lease, or 0
    }

    /// Who receives, as far as is known.
    private static final class Receiver {
        final Map<Long, Integer> leases = new HashMap<>(); // positions to messages
        final MemorySegment in = MemorySegment.ofArray(new byte[BYTES_MAX]);
        int last = -1; // message
    }

    private final Delivery delivery;
    private final MemorySegment out = MemorySegment.ofArray(new byte[BYTES_MAX]);
    private final Map<Integer, Sent> sent = new HashMap<>();
    private final Receiver[] receivers = new Receiver[RECEIVERS + 1];
    private final Set<Integer> dead = new HashSet<>(); // whose leases nobody has given back
    private @Nullable RingWriter writer;
    private boolean isLocked;
    private int next; // number
    private long received;

    /// @param of the memory for a capacity; a faulty one plants a fault
    SeveralReceiversStates(long seed, Delivery delivery, IntFunction<HeapRingMemory> of) {
        super(seed, of.apply(CAPACITY));
        this.delivery = delivery;
    }

    /// How many messages came.
    long received() {
        return received;
    }

    @Override
    void begin(long position) {
        memory.begin(position, RingLayout.TAKEN_BYTES, RingLayout.SENT_BYTES);
        writer = null;
        sent.clear();
        dead.clear();
        for (int i = 1; i <= RECEIVERS; i++) {
            receivers[i] = new Receiver();
        }
    }

    @Override
    int anyBut(int who) {
        return isLocked ? SENDER : random.nextInt(RECEIVERS + 1);
    }

    @Override
    int depthMax() {
        return 2;
    }

    @Override
    void act(int who) throws IOException {
        boolean wasLocked = isLocked;
        try {
            if (who == SENDER) {
                send();
            } else {
                isLocked = delivery == Delivery.LEASED;
                receive(who);
            }
        } finally {
            isLocked = wasLocked;
        }
    }

    @Override
    void killed(int who) {
        if (who == SENDER) {
            writer = null;
        } else if (delivery == Delivery.LEASED) {
            dead.add(who);
        } else {
            receivers[who] = new Receiver();
        }
    }

    private void send() throws IOException {
        if (writer == null) {
            writer = new RingWriter(memory, CAPACITY, delivery);
        }
        int number = next++;
        int bytes = fill(out, number);
        var message = new Sent();
        sent.put(number, message);
        if (write(writer, out, bytes)) {
            message.isSent = true;
        } else {
            require(!message.isGone && message.holder == 0, "received, and refused", number);
            sent.remove(number);
        }
    }

    private void receive(int who) throws IOException {
        if (delivery == Delivery.COMPETING) {
            take(who);
            return;
        }
        for (int gone : List.copyOf(dead)) { // as who comes next does
            giveBackAll(gone);
        }
        var leases = receivers[who].leases;
        if (leases.isEmpty() || random.nextBoolean()) {
            lease(who);
            return;
        }
        var positions = new ArrayList<>(leases.keySet());
        endLease(who, positions.get(random.nextInt(positions.size())), random.nextInt(3) > 0);
    }

    private void take(int who) throws IOException {
        var in = receivers[who].in;
        try {
            int bytes = new CompetingReader(memory, CAPACITY).take(in);
            if (bytes != Outcome.NOTHING) {
                gone(content(in, bytes), who);
            }
        } catch (HeapWords.Killed e) {
            if (memory.wasCounting()) { // it is his, who is dead
                gone(in.get(JAVA_INT_UNALIGNED, 0), who);
            }
            throw e;
        }
    }

    private void gone(int number, int who) {
        var message = known(number);
        require(!message.isGone, "received twice", number);
        require(number > receivers[who].last, "out of order", number);
        message.isGone = true;
        receivers[who].last = number;
        received++;
    }

    private void lease(int who) throws IOException {
        var leases = new RingLeases(memory, CAPACITY);
        long position = leases.lease(who);
        if (position == RingLeases.NONE) {
            return;
        }
        int bytes = leases.bytes();
        var in = receivers[who].in;
        memory.copyOut(leases.payload(position), in, bytes);
        int number = content(in, bytes);
        var message = known(number);
        require(!message.isGone && message.holder == 0, "leased twice", number);
        message.holder = who;
        receivers[who].leases.put(position, number);
    }

    private void endLease(int who, long position, boolean isDone) throws IOException {
        var message = known(receivers[who].leases.get(position));
        message.isPerhapsGone |= isDone;
        var leases = new RingLeases(memory, CAPACITY);
        boolean hasEnded =
                isDone ? leases.acknowledge(position, who) : leases.giveBack(position, who);
        int number = receivers[who].leases.remove(position);
        require(hasEnded, "had the lease, and has not", number);
        message.holder = 0;
        message.isPerhapsGone = false;
        message.isGone = isDone;
        received += isDone ? 1 : 0;
    }

    private void giveBackAll(int who) throws IOException {
        boolean _ = new RingLeases(memory, CAPACITY).giveBackAll(who);
        for (int number : receivers[who].leases.values()) {
            known(number).holder = 0;
        }
        receivers[who] = new Receiver();
        dead.remove(who);
    }

    private int content(MemorySegment message, int bytes) {
        int number = number(message, bytes);
        require(bytes == bytes(number), "has another length", number);
        return number;
    }

    private Sent known(int number) {
        var message = sent.get(number);
        if (message == null) {
            throw new AssertionError("never sent: " + number);
        }
        return message;
    }

    private static void require(boolean holds, String otherwise, int number) {
        if (!holds) {
            throw new AssertionError(otherwise + ": " + number);
        }
    }

    /// All that was sent comes, and then there is room.
    @Override
    void end() throws IOException {
        if (delivery == Delivery.LEASED) {
            for (int who = 1; who <= RECEIVERS; who++) {
                giveBackAll(who);
            }
        }
        long before;
        do {
            before = received;
            if (delivery == Delivery.COMPETING) {
                take(1);
            } else {
                lease(1);
                for (long position : List.copyOf(receivers[1].leases.keySet())) {
                    endLease(1, position, true);
                }
            }
        } while (received > before);
        sent.forEach((number, message) -> {
            boolean isThere = message.isSent && !message.isPerhapsGone;
            require(!isThere || message.isGone, "lost", number);
        });
        boolean isRoom = new RingWriter(memory, CAPACITY, delivery).write(out, BYTES_MAX);
        require(isRoom, "full, and nothing is there", next);
    }
}
