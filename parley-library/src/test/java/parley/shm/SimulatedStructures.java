package parley.shm;

import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import parley.shm.SharedMutex.Acquired;
import parley.shm.Simulation.Participant;
import parley.shm.Simulation.Program;

/// For each structure what the processes of a [Simulation] do with it, and what must hold then.
enum SimulatedStructures implements Simulation.History {
    MUTEX {
        @Override
        public List<Program> begin(Simulation simulation) {
            return everybody(new InTurns(simulation)::lockAndChange);
        }
    },
    CONDITION {
        @Override
        public List<Program> begin(Simulation simulation) {
            var buffer = new Buffer(simulation);
            return List.of(buffer::put, buffer::take, buffer::putAndEnd);
        }
    },
    READ_WRITE_LOCK {
        @Override
        public List<Program> begin(Simulation simulation) {
            return everybody(new ReadersAndWriters(simulation)::readOrWrite);
        }
    },
    SEMAPHORE {
        @Override
        public List<Program> begin(Simulation simulation) {
            return everybody(new Pool(simulation)::takeAndGiveBack);
        }
    },
    BARRIER {
        @Override
        public List<Program> begin(Simulation simulation) {
            return everybody(new Phases(simulation)::meet);
        }
    };

    /// Bytes of data.
    static final int BYTES = 512 + SharedReadWriteLock.BYTES;

    private static final long FIRST = Simulation.DATA; // two numbers, equal but while they change
    private static final long SECOND = FIRST + Long.BYTES;
    private static final long FULL = FIRST + 2 * Long.BYTES;
    private static final long END = FIRST + 3 * Long.BYTES;
    private static final long STRUCTURE = Simulation.DATA + 64;

    private static List<Program> everybody(Program program) {
        return Collections.nCopies(Simulation.PROCESSES, program);
    }

    /// Changes what a lock guards, as its only owner.
    private static void change(Words words, boolean isRepaired) {
        if (isRepaired) {
            long most = Math.max(words.getLong(FIRST), words.getLong(SECOND));
            set(words, FIRST, most);
            set(words, SECOND, most);
        }
        set(words, FIRST, words.getLong(FIRST) + 1);
        set(words, SECOND, words.getLong(SECOND) + 1);
    }

    private static void set(Words words, long offset, long value) {
        long _ = words.getAndAddLong(offset, value - words.getLong(offset));
    }

    private static boolean isWhole(Words words) {
        return words.getLong(FIRST) == words.getLong(SECOND);
    }

    /// One at a time.
    private static final class InTurns {
        private final Simulation simulation;
        private @Nullable Participant owner;
        private boolean mayBeLost;
        private boolean isLost;

        InTurns(Simulation simulation) {
            this.simulation = simulation;
        }

        void lockAndChange(Participant self) throws Exception {
            var mutex = self.structures().mutex(STRUCTURE);
            while (!self.isToStop()) {
                try {
                    hold(self, mutex, mutex.lock());
                } catch (InterruptedException _) {
                    // Next time.
                } catch (NotRecoverableException _) {
                    simulation.require(mayBeLost, "lost, but nobody gave it up");
                    return;
                }
            }
        }

        private void hold(Participant self, SharedMutex mutex, Acquired acquired) {
            simulation.require(owner == null || !owner.isAlive(), "two owners");
            simulation.require(!isLost, "taken, though lost");
            owner = self;
            boolean hasDied = acquired == Acquired.OWNER_DIED;
            simulation.require(hasDied || isWhole(self.words()), "half changed, and not told");
            change(self.words(), hasDied);
            boolean isGivenUp = hasDied && simulation.random(20) == 0;
            mayBeLost |= isGivenUp;
            if (hasDied && !isGivenUp) {
                mutex.markConsistent();
            }
            owner = null;
            mutex.unlock();
            isLost |= isGivenUp;
        }
    }

    /// A place for one thing, which is put in and taken out; the end is said by the last process.
    private static final class Buffer {
        private final Simulation simulation;

        Buffer(Simulation simulation) {
            this.simulation = simulation;
        }

        void put(Participant self) throws Exception {
            move(self, false);
        }

        void take(Participant self) throws Exception {
            move(self, true);
        }

        /// @param takes what is full; else puts into what is empty
        private void move(Participant self, boolean takes) throws Exception {
            var mutex = self.structures().mutex(STRUCTURE);
            var isFull = condition(self, mutex, STRUCTURE + 64);
            var isEmpty = condition(self, mutex, STRUCTURE + 68);
            var words = self.words();
            while (true) {
                try {
                    repaired(mutex, mutex.lock());
                    while ((words.getLong(FULL) == 1) != takes && words.getLong(END) == 0) {
                        try {
                            repaired(mutex, (takes ? isFull : isEmpty).await());
                        } catch (InterruptedException _) {
                            // The lock is held.
                        }
                        boolean _ = Thread.interrupted(); // it is the thread of all processes
                    }
                    boolean isOver = words.getLong(END) == 1;
                    if (!isOver) {
                        set(words, FULL, takes ? 0 : 1);
                    }
                    mutex.unlock();
                    (takes ? isEmpty : isFull).signal();
                    if (isOver) {
                        return;
                    }
                } catch (InterruptedException _) {
                    // Next time.
                }
            }
        }

        private static SharedCondition condition(Participant self, SharedMutex mutex, long offset) {
            return new SharedCondition(self.structures().sleepers().eventCount(offset), mutex);
        }

        private static void repaired(SharedMutex mutex, Acquired acquired) {
            if (acquired == Acquired.OWNER_DIED) {
                mutex.markConsistent(); // each change is one step
            }
        }

        void putAndEnd(Participant self) throws Exception {
            var words = self.words();
            while (!self.isOver()) {
                long _ = words.getLong(END);
            }
            boolean _ = Thread.interrupted(); // it is the thread of all processes
            var mutex = self.structures().mutex(STRUCTURE);
            repaired(mutex, mutex.lock());
            set(words, END, 1);
            mutex.unlock();
            condition(self, mutex, STRUCTURE + 64).signalAll();
            condition(self, mutex, STRUCTURE + 68).signalAll();
            simulation.require(self.isAlive(), "dead");
        }
    }

    /// Many who look, or one who changes.
    private static final class ReadersAndWriters {
        private final Simulation simulation;
        private final List<Participant> readers = new java.util.ArrayList<>();
        private @Nullable Participant writer;
        private boolean mayBeLost;
        private boolean isLost;

        ReadersAndWriters(Simulation simulation) {
            this.simulation = simulation;
        }

        void readOrWrite(Participant self) throws Exception {
            var lock = new SharedReadWriteLock(STRUCTURE, self.structures());
            while (!self.isToStop()) {
                try {
                    if (simulation.random(2) == 0) {
                        read(self, lock);
                    } else {
                        write(self, lock);
                    }
                } catch (InterruptedException | NoSuchElementException _) {
                    // Next time.
                } catch (NotRecoverableException _) {
                    simulation.require(mayBeLost, "lost, but nobody gave it up");
                    return;
                }
            }
        }

        private void read(Participant self, SharedReadWriteLock lock) throws Exception {
            var acquired =
                    simulation.random(4) == 0 ? lock.tryReadLock().orElseThrow() : lock.readLock();
            simulation.require(writer == null || !writer.isAlive(), "a reader beside a writer");
            readers.add(self);
            boolean isWhole = isWhole(self.words());
            simulation.require(
                    isWhole || acquired == Acquired.OWNER_DIED, "half changed, and not told");
            readers.remove(self);
            lock.unlockRead();
        }

        private void write(Participant self, SharedReadWriteLock lock) throws Exception {
            var acquired =
                    simulation.random(4) == 0
                            ? lock.tryWriteLock().orElseThrow()
                            : lock.writeLock();
            simulation.require(writer == null || !writer.isAlive(), "two writers");
            simulation.require(!isLost, "taken, though lost");
            simulation.require(
                    readers.stream().noneMatch(Participant::isAlive), "a writer beside a reader");
            writer = self;
            boolean hasDied = acquired == Acquired.OWNER_DIED;
            simulation.require(hasDied || isWhole(self.words()), "half changed, and not told");
            change(self.words(), hasDied);
            boolean isGivenUp = hasDied && simulation.random(20) == 0;
            mayBeLost |= isGivenUp;
            if (hasDied && !isGivenUp) {
                lock.markConsistent();
            }
            writer = null;
            lock.unlockWrite();
            isLost |= isGivenUp;
        }
    }

    /// One or two things for three.
    private static final class Pool {
        private final Simulation simulation;
        private final @Nullable Participant[] holders;

        Pool(Simulation simulation) {
            this.simulation = simulation;
            this.holders = new @Nullable Participant[1 + simulation.random(2)];
        }

        void takeAndGiveBack(Participant self) throws Exception {
            var semaphore = new SharedSemaphore(STRUCTURE, holders.length, self.structures());
            while (!self.isToStop()) {
                try {
                    int permit =
                            simulation.random(4) == 0
                                    ? semaphore.tryAcquire().orElseThrow()
                                    : semaphore.acquire();
                    var holder = holders[permit];
                    simulation.require(holder == null || !holder.isAlive(), "two holders");
                    holders[permit] = self;
                    simulation.require(
                            semaphore.availablePermits() < holders.length, "one is taken");
                    holders[permit] = null;
                    semaphore.release(permit);
                } catch (InterruptedException | NoSuchElementException _) {
                    // Next time.
                }
            }
        }
    }

    /// Each waits for the others, some times; who is killed is replaced.
    private static final class Phases {
        private static final int PHASES = 4;

        private final Simulation simulation;

        Phases(Simulation simulation) {
            this.simulation = simulation;
        }

        void meet(Participant self) throws Exception {
            var barrier = new SharedBarrier(STRUCTURE, Simulation.PROCESSES, self.structures());
            int phase = barrier.join();
            while (phase < PHASES) {
                phase = barrier.arrive();
                while (!isComplete(barrier, phase)) {
                    long _ = self.words().getLong(FIRST); // until a dead one is replaced
                }
                for (int i = 0; i < Simulation.PROCESSES; i++) {
                    int other = (int) simulation.peek(STRUCTURE + 64 + (long) i * Long.BYTES);
                    simulation.require(other >= phase, "too early");
                }
            }
        }

        private boolean isComplete(SharedBarrier barrier, int phase) throws Exception {
            try {
                return barrier.await(phase) == SharedBarrier.Outcome.COMPLETE;
            } catch (InterruptedException _) {
                return false;
            }
        }
    }
}
