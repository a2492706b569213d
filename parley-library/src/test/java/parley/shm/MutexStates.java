package parley.shm;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import parley.kernel.LinuxFutex;
import parley.shm.MutexWord.Attempt;

/// Processes that take and leave a region and a lock in it, in random order; each is killed at any
/// access to memory, and before any access another one may do something whole, and be killed in it.
/// After each action the lock is compared with what is to be.
final class MutexStates {
    private static final int PROCESSES = 3;
    private static final long MUTEX = 0;
    private static final long TABLE = 64;
    private static final int SLOTS = 8;
    private static final int BYTES = 64 + SLOTS * ParticipantTable.SLOT_BYTES;
    private static final int ACTIONS = 40; // in one history
    private static final ParticipantTable.Kernel NO_KERNEL =
            new ParticipantTable.Kernel() { // here the search does what it does
                @Override
                public boolean reserve(int slot) {
                    return true;
                }

                @Override
                public void release(int slot) {}

                @Override
                public boolean watch(int slot) {
                    return true;
                }

                @Override
                public void watchNothing() {}
            };
    private static final int NEVER = Integer.MAX_VALUE;

    private final Random random;
    private final HeapWords words = new HeapWords(BYTES);
    private final ParticipantTable table;
    private final MutexWord mutex;
    private final int[] tags = new int[PROCESSES]; // of those who live; else NOBODY
    private final boolean[] holds = new boolean[PROCESSES]; // as they know
    private boolean isInconsistent; // somebody died or left who had it, and nobody has repaired it
    private boolean isLost; // for ever
    private final Map<Attempt, Long> seen = new EnumMap<>(Attempt.class);
    private long states;

    /// @param fault plants one
    MutexStates(long seed, UnaryOperator<Words> fault) {
        random = new Random(seed);
        var faulty = fault.apply(words);
        table = new ParticipantTable(faulty, TABLE, SLOTS);
        mutex = new MutexWord(faulty, MUTEX, table);
    }

    /// Goes through so many states.
    ///
    /// @throws AssertionError if one is wrong
    void explore(long count) {
        while (states < count) {
            begin();
            for (int i = 0; i < ACTIONS; i++) {
                int process = random.nextInt(PROCESSES);
                act(process, true);
                check(false);
            }
        }
    }

    /// How often each attempt to take the lock came to what.
    Map<Attempt, Long> seen() {
        return seen;
    }

    private void begin() {
        words.restore(new long[BYTES / Long.BYTES]);
        for (int process = 0; process < PROCESSES; process++) {
            tags[process] = ParticipantTable.NOBODY;
            holds[process] = false;
        }
        isInconsistent = false;
        isLost = false;
    }

    /// One action of a process.
    ///
    /// @param mayBeInterrupted true if another may act before one of its accesses
    private void act(int process, boolean mayBeInterrupted) {
        int other = (process + 1 + random.nextInt(PROCESSES - 1)) % PROCESSES;
        int otherActsBefore = mayBeInterrupted ? random.nextInt(8) : NEVER;
        int killedBefore = random.nextInt(4) == 0 ? random.nextInt(6) : NEVER;
        var accesses = new int[1];
        var last =
                words.beforeEach(() -> {
                    int access = accesses[0]++;
                    if (access == otherActsBefore) {
                        act(other, false);
                        words.quietly(() -> check(true));
                    }
                    if (access == killedBefore) {
                        throw new HeapWords.Killed();
                    }
                });
        try {
            perform(process);
        } catch (HeapWords.Killed _) {
            words.quietly(() -> die(process));
        } finally {
            words.beforeEach(last);
        }
    }

    private void perform(int process) {
        int me = tags[process];
        if (me == ParticipantTable.NOBODY) {
            tags[process] = table.claim(process + 1, process + 1, random.nextInt(SLOTS), NO_KERNEL);
            return;
        }
        switch (random.nextInt(holds[process] ? 5 : 4)) {
            case 0, 1 -> take(process, me);
            case 2 -> mutex.takeOutTheDead();
            case 3 -> {
                if (random.nextInt(4) == 0) {
                    table.sayLeft(me);
                    words.quietly(() -> die(process));
                }
            }
            default -> giveBack(process, me);
        }
    }

    private void take(int process, int me) {
        if (holds[process]) {
            return;
        }
        var attempt = mutex.tryLock(me);
        seen.merge(attempt, 1L, Long::sum);
        switch (attempt) {
            case BUSY -> {}
            case NOT_RECOVERABLE -> require(isLost, "lost, but nobody gave it up");
            case CLEAN, OWNER_DIED -> {
                require(!isLost, "taken, though lost");
                require((attempt == Attempt.OWNER_DIED) == isInconsistent, "wrong: " + attempt);
                holds[process] = true;
            }
        }
    }

    private void giveBack(int process, int me) {
        if (isInconsistent && random.nextInt(8) != 0) {
            mutex.markConsistent(me);
            isInconsistent = false;
        }
        holds[process] = false; // from the store on it is another's
        boolean willBeLost = isInconsistent;
        require(mutex.unlock(me), "what was held could not be given back");
        isLost |= willBeLost;
    }

    /// The kernel marks its life word.
    private void die(int process) {
        for (int slot = 0; slot < SLOTS; slot++) {
            long owner = table.owner(slot);
            if ((owner & LinuxFutex.FUTEX_TID_MASK) == process + 1) {
                tags[process] = ParticipantTable.tag(slot, owner);
                long died = LinuxFutex.FUTEX_WAITERS | LinuxFutex.FUTEX_OWNER_DIED;
                words.setLong(table.lifeOffset(slot), (owner & ~0xffff_ffffL) | died);
            }
        }
        gone(process);
    }

    /// Whether it had the lock is what the word says: it may have been killed right after the store
    /// that took it, or gave it back.
    private void gone(int process) {
        int state = words.getInt(MUTEX);
        int owner = state & ParticipantTable.TAG_MASK;
        boolean hadIt = tags[process] != ParticipantTable.NOBODY && owner == tags[process];
        isInconsistent |= hadIt || (state & MutexWord.INCONSISTENT) != 0;
        isLost = owner == MutexWord.LOST;
        holds[process] = false;
        tags[process] = ParticipantTable.NOBODY;
    }

    /// @param isMidway true if one of those who live is in the middle of something
    private void check(boolean isMidway) {
        states++;
        int owner = words.getInt(MUTEX) & ParticipantTable.TAG_MASK;
        int holders = 0;
        for (int process = 0; process < PROCESSES; process++) {
            if (holds[process]) {
                holders++;
                require(owner == tags[process], "who has it is not in the word");
                require(table.isAlive(tags[process]), "who has it is not alive");
            }
        }
        require(holders <= 1, holders + " have it");
        if (holders == 0) {
            checkThatItCanBeHad(isMidway);
        }
    }

    /// By somebody new, unless it is lost; he is told whether it has to be repaired.
    private void checkThatItCanBeHad(boolean isMidway) {
        var before = words.copy();
        int someone = table.claim(99, 99, 0, NO_KERNEL);
        if (someone != ParticipantTable.NOBODY) {
            var attempt = mutex.tryLock(someone);
            var expected =
                    isLost
                            ? Attempt.NOT_RECOVERABLE
                            : isInconsistent ? Attempt.OWNER_DIED : Attempt.CLEAN;
            boolean isBusy = isMidway && attempt == Attempt.BUSY;
            require(
                    isBusy || (isMidway && isLost) || attempt == expected,
                    attempt + ", not " + expected);
        }
        words.restore(before);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise + " after " + states + " states");
        }
    }
}
