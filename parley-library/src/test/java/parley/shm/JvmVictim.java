package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import parley.contract.ThreadKind;
import parley.ready.Deadline;
import parley.shm.SharedMutex.Acquired;

/// What victims and survivors do with the structures of a region, all at once, on threads of both
/// kinds; as a program it does so until it is killed.
final class JvmVictim {
    static final long BYTES = 65_536;

    private static final int PERMITS = 2;
    private static final long MUTEX = 0;
    private static final long NOT_EMPTY = 64;
    private static final long NOT_FULL = 128;
    private static final long SEMAPHORE = 192;
    private static final long MUTEX_NUMBERS = 1024;
    private static final long ITEMS = 1088;
    private static final long LOCK_NUMBERS = 1152;
    private static final long HOLDERS = 1216;
    private static final long READ_WRITE_LOCK = 4096;

    private final SharedRegion region;
    private final MemorySegment data;
    private final BooleanSupplier isOver;

    /// How often a thread was told of a death, and how often it did something.
    record Uses(long deaths, long times) {}

    private JvmVictim(SharedRegion region, BooleanSupplier isOver) {
        this.region = region;
        this.data = region.data();
        this.isOver = isOver;
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        try (var region = SharedRegion.open(arguments[0], 1)) {
            var threads = start(region, () -> false);
            System.out.println("at work");
            for (var thread : threads) {
                System.out.println(thread.result());
            }
        }
    }

    /// Threads that use the structures, and fail if one does not do what it promises.
    static List<ThreadKind.Running<Uses>> start(SharedRegion region, BooleanSupplier isOver) {
        var all = new ArrayList<ThreadKind.Running<Uses>>();
        for (int i = 0; i < 2; i++) {
            var user = new JvmVictim(region, isOver);
            var kind = ThreadKind.alternating(i);
            all.add(kind.start(() -> user.repeat(region.mutex(MUTEX))));
            all.add(kind.start(() -> user.repeat(region.readWriteLock(READ_WRITE_LOCK))));
            all.add(kind.start(() -> user.repeat(region.semaphore(SEMAPHORE, PERMITS))));
        }
        return all;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /// A buffer of one: puts and takes in turn, whatever others do.
    private Uses repeat(SharedMutex mutex) throws Exception {
        var notEmpty = region.condition(NOT_EMPTY, mutex);
        var notFull = region.condition(NOT_FULL, mutex);
        long deaths = 0;
        long times = 0;
        for (; !isOver.getAsBoolean(); times++) {
            deaths += inherited(mutex, mutex.lock());
            boolean takes = data.get(JAVA_LONG, ITEMS) == 1;
            add(MUTEX_NUMBERS);
            data.set(JAVA_LONG, ITEMS, takes ? 0 : 1);
            (takes ? notFull : notEmpty).signal();
            if (times % 64 == 0) { // another is there that will change it, or has died
                deaths += inherited(mutex, notEmpty.await(Deadline.after(MOMENT)));
            }
            mutex.unlock();
        }
        return new Uses(deaths, times);
    }

    private static final Duration MOMENT = Duration.ofMillis(1);

    private long inherited(SharedMutex mutex, Acquired acquired) {
        if (acquired == Acquired.CLEAN) {
            require(isWhole(MUTEX_NUMBERS), "half changed, and not told");
            return 0;
        }
        repair(MUTEX_NUMBERS);
        mutex.markConsistent();
        return 1;
    }

    private Uses repeat(SharedReadWriteLock lock) throws Exception {
        long deaths = 0;
        long times = 0;
        for (; !isOver.getAsBoolean(); times++) {
            if (times % 4 != 0) {
                var acquired = lock.readLock();
                boolean isWhole = isWhole(LOCK_NUMBERS);
                require(isWhole || acquired == Acquired.OWNER_DIED, "half changed, and not told");
                lock.unlockRead();
                continue;
            }
            if (lock.writeLock() == Acquired.OWNER_DIED) {
                deaths++;
                repair(LOCK_NUMBERS);
                lock.markConsistent();
            }
            require(isWhole(LOCK_NUMBERS), "half changed, and not told");
            add(LOCK_NUMBERS);
            lock.unlockWrite();
        }
        return new Uses(deaths, times);
    }

    private Uses repeat(SharedSemaphore semaphore) throws Exception {
        long deaths = 0;
        long times = 0;
        for (; !isOver.getAsBoolean(); times++) {
            int permit = semaphore.acquire();
            var holder = region.counter(HOLDERS + (long) permit * SharedCounter.BYTES);
            int last = (int) holder.get();
            if (last != 0) {
                var dead = new SharedRegion.Participant(last, 0);
                require(!region.isAlive(dead), "two holders");
                deaths++;
            }
            require(holder.compareAndSet(last, region.self().tag()), "two holders");
            require(holder.compareAndSet(region.self().tag(), 0), "two holders");
            semaphore.release(permit);
        }
        return new Uses(deaths, times);
    }

    private boolean isWhole(long at) {
        return data.get(JAVA_LONG, at) == data.get(JAVA_LONG, at + Long.BYTES);
    }

    private void repair(long at) {
        long most = Math.max(data.get(JAVA_LONG, at), data.get(JAVA_LONG, at + Long.BYTES));
        data.set(JAVA_LONG, at, most);
        data.set(JAVA_LONG, at + Long.BYTES, most);
    }

    private void add(long at) {
        data.set(JAVA_LONG, at, data.get(JAVA_LONG, at) + 1);
        data.set(JAVA_LONG, at + Long.BYTES, data.get(JAVA_LONG, at + Long.BYTES) + 1);
    }
}
