package parley.bench.locks;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import parley.bench.trips.Link;
import parley.memory.Futex;
import parley.shm.SharedMutex;

/// Both sides take one lock, count and give it back, as fast as they can. A trip is over when both
/// together have counted [Effort#TIMES] more.
final class Contended implements Link {
    private final SharedMutex lock;
    private final MemorySegment counter;
    private final Futex isRunning;
    private final Futex isInside;

    private Contended(LockMemory memory) {
        this.lock = memory.contended();
        this.counter = memory.counter();
        this.isRunning = memory.isRunning();
        this.isInside = memory.isInside();
    }

    static Contended join(LockMemory memory, boolean isFirst) {
        return new Contended(memory);
    }

    private long count() throws Exception {
        var _ = lock.lock();
        long count = counter.get(JAVA_LONG, 0) + 1;
        counter.set(JAVA_LONG, 0, count);
        lock.unlock();
        return count;
    }

    /// A loop that begins anew often, so that the compiler can replace it.
    private long countUntil(long end) throws Exception {
        long count = 0;
        while (count < end) {
            count = count();
        }
        return count;
    }

    private void countManyTimes() throws Exception {
        for (int i = 0; i < Effort.TIMES; i++) {
            long _ = count();
        }
    }

    @Override
    public long[] trips(int trips) throws Exception {
        var nanos = new long[trips];
        isRunning.set(1);
        int _ = isRunning.wake(1);
        awaitValue(isInside, 1);
        long last = System.nanoTime();
        long end = count() + Effort.TIMES;
        for (int i = 0; i < trips; ) {
            long count = countUntil(end);
            for (; count >= end && i < trips; end += Effort.TIMES) {
                long time = System.nanoTime();
                nanos[i++] = time - last;
                last = time;
            }
        }
        isRunning.set(0);
        awaitValue(isInside, 0);
        return nanos;
    }

    @Override
    public void echo(int count) throws Exception {
        while (true) {
            while (isRunning.get() == 0) {
                var _ = isRunning.await(0);
            }
            isInside.set(1);
            while (isRunning.get() != 0) {
                countManyTimes();
            }
            isInside.set(0);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // it is about to come, perhaps on this processor
    static void awaitValue(Futex word, int value) {
        while (word.get() != value) {
            Thread.yield();
        }
    }

    /// Of a thread that the garbage of is measured.
    @Override
    public void send() throws Exception {
        long _ = count();
    }

    @Override
    public void receive() {}
}
