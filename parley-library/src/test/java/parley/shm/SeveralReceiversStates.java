package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import parley.ready.Outcome;

/// A sender and several receivers of one ring; each is killed at any access to memory, and followed
/// by another; and before any access others may do something whole, and be killed in it: but for
/// what a lock keeps apart.
final class SeveralReceiversStates {
    private static final int CAPACITY = 256;
    private static final int BYTES_MAX = RingLayout.messageBytesMax(CAPACITY) / 2;
    private static final int ACTIONS = 80; // in one history
    private static final int RECEIVERS = 3;
    private static final int SENDER = 0;
    private static final int DEPTH_MAX = 2; // of actions within actions
    private static final int NEVER = Integer.MAX_VALUE;

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

    private final Random random;
    private final HeapRingMemory memory;
    private final Delivery delivery;
    private final MemorySegment out = MemorySegment.ofArray(new byte[BYTES_MAX]);
    private final Map<Integer, Sent> sent = new HashMap<>();
    private final Receiver[] receivers = new Receiver[RECEIVERS + 1];
    private final Set<Integer> dead = new HashSet<>(); // whose leases nobody has given back
    private final Set<Integer> acting = new HashSet<>();
    private @Nullable RingWriter writer;
    private boolean isLocked;
    private int next; // number
    private long states;
    private long received;

    /// @param of the memory for a capacity; a faulty one plants a fault
    SeveralReceiversStates(long seed, Delivery delivery, IntFunction<HeapRingMemory> of) {
        this.random = new Random(seed);
        this.delivery = delivery;
        this.memory = of.apply(CAPACITY);
    }

    /// Goes through so many states.
    ///
    /// @throws AssertionError if one is wrong
    void explore(long count) {
        try {
            while (states < count) {
                begin();
                for (int i = 0; i < ACTIONS; i++) {
                    act(random.nextInt(RECEIVERS + 1), 0);
                }
                end();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// How many messages came.
    long received() {
        return received;
    }

    private void begin() {
        memory.begin(0);
        writer = null;
        sent.clear();
        dead.clear();
        for (int i = 1; i <= RECEIVERS; i++) {
            receivers[i] = new Receiver();
        }
    }

    private void act(int who, int depth) throws IOException {
        if (!acting.add(who)) {
            return;
        }
        int othersActBefore = depth < DEPTH_MAX ? random.nextInt(16) : NEVER;
        int killedBefore = random.nextInt(6) == 0 ? random.nextInt(24) : NEVER;
        var accesses = new int[1];
        var last =
                memory.beforeEach(() -> {
                    states++;
                    int access = accesses[0]++;
                    if (access == othersActBefore) {
                        actMeanwhile(depth + 1);
                    }
                    if (access == killedBefore) {
                        throw new HeapWords.Killed();
                    }
                });
        boolean wasLocked = isLocked;
        try {
            if (who == SENDER) {
                send();
            } else {
                isLocked = delivery == Delivery.LEASED;
                receive(who);
            }
        } catch (HeapWords.Killed _) {
            killed(who);
        } finally {
            isLocked = wasLocked;
            acting.remove(who);
            memory.beforeEach(last);
        }
    }

    private void actMeanwhile(int depth) {
        try {
            act(isLocked ? SENDER : random.nextInt(RECEIVERS + 1), depth);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void killed(int who) {
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
        int bytes = bytes(number);
        out.asSlice(0, bytes).fill((byte) number);
        out.set(JAVA_INT_UNALIGNED, 0, number);
        var message = new Sent();
        sent.put(number, message);
        if (writer.write(out, bytes)) {
            message.isSent = true;
        } else {
            require(!message.isGone && message.holder == 0, "received, and refused", number);
            sent.remove(number);
        }
    }

    private static int bytes(int number) {
        return Integer.BYTES + (int) (number * 31L % (BYTES_MAX - Integer.BYTES + 1));
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
        int number = message.get(JAVA_INT_UNALIGNED, 0);
        require(bytes == bytes(number), "has another length", number);
        for (int at = Integer.BYTES; at < bytes; at++) {
            require(message.get(JAVA_BYTE, at) == (byte) number, "torn", number);
        }
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
    private void end() throws IOException {
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
