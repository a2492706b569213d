package parley.shm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import parley.kernel.LinuxFutex;
import parley.ready.Deadline;

/// Processes that share memory and go on in turns, one step at a time: an access to the memory, a
/// wait, a wake. Chance decides whose turn it is, who is killed between two of his steps, and who
/// is interrupted in his sleep; the same seed does the same again.
///
/// When a process has been killed or has left, each of the others has a thread that looks again, in
/// steps, too, and another process takes its part. In the end nobody is killed any more, and all
/// have to come to the end: who sleeps then sleeps for ever.
final class Simulation {
    static final int PROCESSES = 3;

    private static final long TABLE = 0;
    private static final int SLOTS = 8;
    private static final int STEPS = 400; // of a history at most, until it comes to its end
    private static final int KILLING = 100; // one step in so many kills
    private static final int THREAD_ID = 1; // of all: each is in a PID namespace of its own
    private static final int NOWHERE = -1;

    /// Where the structures begin.
    static final long DATA = (long) SLOTS * ParticipantTable.SLOT_BYTES;

    /// What each process does, until [Participant#isOver]; which of them is the first.
    interface Program {
        void run(Participant self) throws Exception;
    }

    /// Makes what the processes of one history share, and a program for each.
    interface History {
        List<Program> begin(Simulation simulation);
    }

    private final Random random;
    private final Steps memory;
    private final Words words;
    private final List<Participant> processes = new ArrayList<>();
    private final List<Task> tasks = new ArrayList<>();
    private boolean deathsAreTold = true;
    private @Nullable Task current;
    private @Nullable Throwable failure;
    private int left;
    private long states;
    private long killed;

    /// @param fault plants one
    Simulation(long seed, int bytes, UnaryOperator<Words> fault) {
        this.random = new Random(seed);
        this.memory = new Steps((int) DATA + bytes);
        this.words = fault.apply(memory);
    }

    /// Goes through so many states, in many histories.
    ///
    /// @throws AssertionError if one is wrong, or somebody sleeps for ever
    void explore(long count, History history) {
        while (states < count) {
            memory.restore(new long[memory.bytes() / Long.BYTES]);
            processes.clear();
            tasks.clear();
            left = 20 + random.nextInt(STEPS);
            for (var program : history.begin(this)) {
                processes.add(new Participant(program));
            }
            while (step()) {
                if (failure != null) {
                    throw new AssertionError("after %d states".formatted(states), failure);
                }
            }
        }
    }

    /// What is in memory, outside of all turns.
    long peek(long offset) {
        var seen = new long[1];
        memory.quietly(() -> seen[0] = memory.getLong(offset));
        return seen[0];
    }

    /// Plants a fault: who sleeps does not look again when somebody has died.
    void tellNoDeaths() {
        deathsAreTold = false;
    }

    long killed() {
        return killed;
    }

    int random(int bound) {
        return random.nextInt(bound);
    }

    /// One step of one task.
    ///
    /// @return false if all have come to the end
    private boolean step() {
        states++;
        left--;
        if (left > 0 && random.nextInt(KILLING) == 0) {
            kill(processes.get(random.nextInt(processes.size())));
        }
        var task = choose();
        if (task == null) {
            require(tasks.isEmpty(), "sleeps for ever");
            return false;
        }
        current = task;
        task.coroutine.run();
        if (task.coroutine.isDone()) {
            tasks.remove(task);
        }
        return true;
    }

    private @Nullable Task choose() {
        int first = tasks.isEmpty() ? 0 : random.nextInt(tasks.size());
        for (int i = 0; i < tasks.size(); i++) {
            var task = tasks.get((first + i) % tasks.size());
            if (task.sleepsOn == NOWHERE) {
                return task;
            }
            if (left > 0 && i == 0 && random.nextInt(16) == 0) {
                task.isInterrupted = true;
                task.sleepsOn = NOWHERE;
                return task;
            }
        }
        return null;
    }

    private void kill(Participant victim) {
        if (!victim.isAlive) {
            return;
        }
        killed++;
        tasks.removeIf(task -> task.process == victim);
        end(victim);
    }

    /// The kernel marks it, and only then are its locks free; another takes its part.
    private void end(Participant gone) {
        gone.isAlive = false;
        if (gone.watched != NOWHERE) {
            markDead(gone);
        }
        gone.reserved.clear();
        if (deathsAreTold) {
            haveOthersLook(gone);
        }
        processes.set(processes.indexOf(gone), new Participant(gone.program));
    }

    /// As the kernel does for the words of a robust list.
    private void markDead(Participant victim) {
        long at = TABLE + (long) victim.watched * ParticipantTable.SLOT_BYTES;
        memory.quietly(() -> {
            long owner = memory.getLong(at);
            if ((owner & LinuxFutex.FUTEX_TID_MASK) == THREAD_ID) {
                long died = LinuxFutex.FUTEX_WAITERS | LinuxFutex.FUTEX_OWNER_DIED;
                memory.setLong(at, (owner & ~0xffff_ffffL) | died);
            }
        });
    }

    private void haveOthersLook(Participant gone) {
        for (var process : processes) {
            if (process != gone && process.isAlive && process.structures != null) {
                var sleepers = process.structures.sleepers();
                tasks.add(new Task(process, sleepers::lookAgain));
            }
        }
    }

    void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise + ", after " + states + " states");
        }
    }

    /// A thread of a process.
    private static final class Task {
        final Participant process;
        final Coroutine coroutine;
        long sleepsOn = NOWHERE;
        boolean isInterrupted;

        Task(Participant process, Runnable body) {
            this.process = process;
            this.coroutine = new Coroutine(body);
        }
    }

    /// A process: it takes part, does what its program says, and leaves.
    final class Participant implements ParticipantTable.Kernel {
        private final Program program;
        private int watched = NOWHERE; // the slot whose life word the kernel knows of
        private final Set<Integer> reserved = new HashSet<>(); // slots
        private boolean isAlive = true;
        private @Nullable Structures structures;

        Participant(Program program) {
            this.program = program;
            tasks.add(new Task(this, this::live));
        }

        private void live() {
            try {
                var table = new ParticipantTable(words, TABLE, SLOTS);
                int first = random.nextInt(SLOTS);
                int tag = table.claim(THREAD_ID, THREAD_ID, first, this);
                require(tag != ParticipantTable.NOBODY, "no slot is free");
                var sleepers = new Sleepers(words, table);
                structures = new Structures(words, table, sleepers, "simulated", tag);
                program.run(this);
                if (!isOver()) { // in the end nobody leaves, which would wake those who sleep
                    table.sayLeft(tag);
                    end(this);
                }
            } catch (Throwable e) {
                failure = e;
            }
        }

        @Override
        public boolean reserve(int slot) {
            Coroutine.pause();
            return processes.stream().noneMatch(each -> each.reserved.contains(slot))
                    && reserved.add(slot);
        }

        @Override
        public void release(int slot) {
            Coroutine.pause();
            reserved.remove(slot);
        }

        @Override
        public boolean watch(int slot) {
            Coroutine.pause();
            watched = slot;
            return true;
        }

        @Override
        public void watchNothing() {
            Coroutine.pause();
            watched = NOWHERE;
        }

        Structures structures() {
            return Objects.requireNonNull(structures);
        }

        Words words() {
            return structures().words();
        }

        boolean isAlive() {
            return isAlive;
        }

        /// True when it is to leave, or to come to its end.
        boolean isToStop() {
            return isOver() || random.nextInt(20) == 0;
        }

        /// True when it is to come to its end.
        boolean isOver() {
            return left <= 0;
        }
    }

    /// The memory: each access is a step, and those who sleep are known.
    private final class Steps extends HeapWords {
        Steps(int bytes) {
            super(bytes);
            beforeEach(Coroutine::pause);
        }

        @Override
        int spins() {
            return 1;
        }

        @Override
        void await(long offset, int expected, Deadline deadline) throws InterruptedException {
            if (getInt(offset) == expected) {
                var task = Objects.requireNonNull(current);
                task.sleepsOn = offset;
                Coroutine.pause();
                if (task.isInterrupted) {
                    task.isInterrupted = false;
                    throw new InterruptedException();
                }
            }
        }

        @Override
        int wake(long offset, int count) {
            Coroutine.pause();
            int woken = 0;
            for (var task : tasks) {
                if (woken < count && task.sleepsOn == offset) {
                    task.sleepsOn = NOWHERE;
                    woken++;
                }
            }
            return woken;
        }
    }
}
