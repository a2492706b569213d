package parley.shm;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import parley.ready.Deadline;

/// Words in the Java heap, for many threads. Whoever waits, waits until he is woken, whatever his
/// deadline: a wake that is lost is a hang.
final class AtomicWords extends Words {
    /// Somebody who sleeps, as the kernel has him.
    private static final class Sleeper {
        private final long offset;
        private boolean isWoken;

        Sleeper(long offset) {
            this.offset = offset;
        }
    }

    private final AtomicLongArray memory;
    private final List<Sleeper> sleepers = new ArrayList<>(); // guarded by kernel; oldest first
    private final Object kernel = new Object();

    AtomicWords(int bytes) {
        memory = new AtomicLongArray(bytes / Long.BYTES);
    }

    private static int index(long offset) {
        return (int) (offset / Long.BYTES);
    }

    private static int shift(long offset) {
        return (int) (offset % Long.BYTES) * Byte.SIZE; // little-endian, as it is in use
    }

    private static long with(long both, long offset, int value) {
        long mask = 0xffff_ffffL << shift(offset);
        return (both & ~mask) | (Integer.toUnsignedLong(value) << shift(offset));
    }

    @Override
    int getInt(long offset) {
        return (int) (memory.get(index(offset)) >>> shift(offset));
    }

    @Override
    long getLong(long offset) {
        return memory.get(index(offset));
    }

    @Override
    int getIntOpaque(long offset) {
        return getInt(offset);
    }

    @Override
    void setInt(long offset, int value) {
        memory.getAndUpdate(index(offset), both -> with(both, offset, value));
    }

    @Override
    int getAndAddInt(long offset, int delta) {
        long before =
                memory.getAndUpdate(
                        index(offset),
                        both -> with(both, offset, (int) (both >>> shift(offset)) + delta));
        return (int) (before >>> shift(offset));
    }

    @Override
    long getAndAddLong(long offset, long delta) {
        return memory.getAndAdd(index(offset), delta);
    }

    @Override
    boolean compareAndSetInt(long offset, int expected, int value) {
        while (true) {
            long both = memory.get(index(offset));
            if ((int) (both >>> shift(offset)) != expected) {
                return false;
            }
            if (memory.compareAndSet(index(offset), both, with(both, offset, value))) {
                return true;
            }
        }
    }

    @Override
    boolean compareAndSetLong(long offset, long expected, long value) {
        return memory.compareAndSet(index(offset), expected, value);
    }

    @Override
    boolean isOpen() {
        return true;
    }

    @Override
    int spins() {
        return 0;
    }

    @Override
    void await(long offset, int expected, Deadline deadline) throws InterruptedException {
        synchronized (kernel) {
            if (getInt(offset) == expected) {
                var sleeper = new Sleeper(offset);
                sleepers.add(sleeper);
                while (!sleeper.isWoken) {
                    kernel.wait();
                }
            }
        }
    }

    @Override
    int wake(long offset, int count) {
        synchronized (kernel) {
            int woken = 0;
            for (int i = 0; i < sleepers.size() && woken < count; i++) {
                var sleeper = sleepers.get(i);
                if (sleeper.offset == offset && !sleeper.isWoken) {
                    sleeper.isWoken = true;
                    woken++;
                }
            }
            kernel.notifyAll();
            return woken;
        }
    }
}
