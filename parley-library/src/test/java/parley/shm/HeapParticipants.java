package parley.shm;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Two threads that take part in a region of the heap; each is alive, gone, and then another
/// participant. Lincheck numbers its threads from 0, and may give one more than two numbers.
final class HeapParticipants implements ParticipantTable.Kernel {
    static final int THREADS = 2;
    private static final int THREAD_ID_MIN = 2; // in the life words

    private final Words words;
    private final ParticipantTable table;
    private final ParticipantTable kernelsTable; // the same, without faults
    private final AtomicIntegerArray reserved; // slots
    private final Sleepers sleepers; // of both, as if they were one process
    private final AtomicIntegerArray tags = new AtomicIntegerArray(THREADS);
    private final Set<Integer> given = ConcurrentHashMap.newKeySet();

    /// @param bytes for a structure, from 0 on
    /// @param slots how many may take part
    HeapParticipants(int bytes, int slots) {
        var memory = new AtomicWords(bytes + slots * ParticipantTable.SLOT_BYTES);
        words = LinearizabilityTest.withFault(memory);
        table = new ParticipantTable(words, bytes, slots);
        kernelsTable = new ParticipantTable(memory, bytes, slots);
        reserved = new AtomicIntegerArray(slots);
        sleepers = new Sleepers(words, table);
    }

    /// With room for both, and for those they were before.
    static HeapParticipants joined(int bytes) {
        var participants = new HeapParticipants(bytes, 2 * THREADS);
        for (int thread = 0; thread < THREADS; thread++) {
            boolean _ = participants.join(thread);
        }
        return participants;
    }

    Words words() {
        return words;
    }

    ParticipantTable table() {
        return table;
    }

    /// The tag of a thread; that of a dead one until he has another.
    int tag(int thread) {
        return tags.get(thread % THREADS);
    }

    boolean isAlive(int thread) {
        return table.isAlive(tag(thread));
    }

    /// What a thread uses in its life now.
    Structures structures(int thread) {
        return new Structures(words, table, sleepers, "heap", tag(thread));
    }

    /// The end of a thread's life, which all others see, and the beginning of another one.
    void dieAndJoin(int thread) {
        die(thread);
        sleepers.lookAgain();
        if (!join(thread)) {
            throw new IllegalStateException("no room");
        }
    }

    /// Makes a thread a participant if it is none.
    ///
    /// @return false if there is no room
    boolean join(int thread) {
        if (isAlive(thread)) {
            return true;
        }
        int tag = table.claim(THREAD_ID_MIN + thread % THREADS, thread, 0, this);
        if (tag == ParticipantTable.NOBODY) {
            return false;
        }
        if (!given.add(tag)) {
            throw new IllegalStateException("two have the tag " + tag);
        }
        tags.set(thread % THREADS, tag);
        return true;
    }

    void leave(int thread) {
        if (tag(thread) != ParticipantTable.NOBODY) {
            table.sayLeft(tag(thread));
            die(thread);
        }
    }

    /// What the kernel does when the thread ends: the life word is marked, if it is still his, and
    /// then the slot is free.
    void die(int thread) {
        int tag = tag(thread);
        int slot = ParticipantTable.slotOf(tag);
        if (tag == ParticipantTable.NOBODY) {
            return;
        }
        long owner = kernelsTable.owner(slot);
        if (ParticipantTable.tag(slot, owner) == tag && ParticipantTable.isAlive(owner)) {
            kernelsTable.markDead(slot, owner);
            release(slot);
        }
    }

    @Override
    public boolean reserve(int slot) {
        return reserved.compareAndSet(slot, 0, 1);
    }

    @Override
    public void release(int slot) {
        reserved.set(slot, 0);
    }

    @Override
    public boolean watch(int slot) {
        return true; // it sees all ends
    }

    @Override
    public void watchNothing() {}

    /// What they are to be: each life of a thread has another number.
    static final class Model {
        static final int NOBODY = -1;

        private final int[] lives = {0, 1};
        private final boolean[] isAlive = {true, true};

        int life(int thread) {
            return lives[thread % THREADS];
        }

        boolean isAlive(int life) {
            return life != NOBODY && isAlive[life % THREADS] && lives[life % THREADS] == life;
        }

        void join(int thread) {
            if (!isAlive[thread % THREADS]) {
                isAlive[thread % THREADS] = true;
                lives[thread % THREADS] += THREADS;
            }
        }

        void die(int thread) {
            isAlive[thread % THREADS] = false;
        }
    }
}
