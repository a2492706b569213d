package parley.bench.locks;

import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import parley.bench.Measure;
import parley.bench.Report;
import parley.bench.Row;
import parley.bench.trips.Link;
import parley.bench.trips.Turns;
import parley.shm.ReentrantSharedMutex;
import parley.shm.SharedMutex;
import parley.shm.SharedRegion;

/// Locks that nobody else wants, beside the JDK's in the same JVM.
record FreeLocks(Effort effort) implements Measure {
    private static final String NAME = "free";
    private static final OptionalDouble GOAL = OptionalDouble.of(2.0);

    /// One lock, taken and given back.
    interface Lock extends Link {
        /// Each kind has a loop of its own, so that the compiler sees one kind in it.
        void manyTimes() throws Exception;

        @Override
        default long[] trips(int count) throws Exception {
            var nanos = new long[count];
            for (int i = 0; i < count; i++) {
                long start = System.nanoTime();
                manyTimes();
                nanos[i] = System.nanoTime() - start;
            }
            return nanos;
        }
    }

    /// Ours.
    record Shared(SharedMutex lock) implements Lock {
        @Override
        public void send() throws Exception {
            var _ = lock.lock();
        }

        @Override
        public void receive() {
            lock.unlock();
        }

        @Override
        public void manyTimes() throws Exception {
            for (int i = 0; i < Effort.TIMES; i++) {
                send();
                receive();
            }
        }
    }

    /// Ours, for a thread that takes it again.
    record Reentrant(ReentrantSharedMutex lock) implements Lock {
        @Override
        public void send() throws Exception {
            var _ = lock.lock();
        }

        @Override
        public void receive() {
            lock.unlock();
        }

        @Override
        public void manyTimes() throws Exception {
            for (int i = 0; i < Effort.TIMES; i++) {
                send();
                receive();
            }
        }
    }

    /// The JDK's, of one process.
    private record OfTheJdk(ReentrantLock lock) implements Lock {
        @Override
        @SuppressWarnings("LockNotBeforeTry") // given back in another method
        public void send() {
            lock.lock();
        }

        @Override
        public void receive() {
            lock.unlock();
        }

        @Override
        public void manyTimes() {
            for (int i = 0; i < Effort.TIMES; i++) {
                send();
                receive();
            }
        }
    }

    private record Subject(String name, Lock lock) {}

    @Override
    public void run(Report report) throws Exception {
        var turns = new Turns(effort.roundsOfMany());
        Turns.Side theirs = new OfTheJdk(new ReentrantLock())::trips;
        try (var region = SharedRegion.createAnonymous(LockMemory.LAYOUT, 2 * SharedMutex.BYTES)) {
            for (var subject :
                    List.of(
                            new Subject("mutex", new Shared(region.mutex(0))),
                            new Subject(
                                    "reentrant",
                                    new Reentrant(region.reentrantMutex(SharedMutex.BYTES))))) {
                report.progress(NAME + " " + subject.name());
                var result = turns.compare(subject.lock()::trips, "JDK", theirs, GOAL);
                report.row(new Row(NAME, subject.name(), Effort.TIMES + " times", result));
            }
        }
    }
}
