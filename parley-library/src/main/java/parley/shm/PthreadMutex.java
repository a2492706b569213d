package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import parley.kernel.Pthread;
import parley.kernel.Time;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.shm.SharedMutex.Acquired;

/// A robust `pthread_mutex_t` of several processes, for programs in C that know no other: libc's
/// own functions, on memory of a region. See pthread_mutexattr_setrobust(3).
///
/// It belongs to a thread, which must be a platform thread, and only that can give it back; to take
/// it twice is an error (`PTHREAD_MUTEX_ERRORCHECK`). libc follows pointers that lie in it: whoever
/// can write to the region can crash this process. Where all are Parley's use [SharedMutex].
///
/// A wait looks twenty times a second whether it was interrupted or the region closed, for libc's
/// own cannot be ended. Safe for many threads.
public final class PthreadMutex {
    /// What it takes in memory, at a multiple of 8: as much as any platform's.
    public static final int BYTES = 64;

    private static final int ATTRIBUTES_BYTES = 64; // more than any platform's
    private static final long LOOK_NANOS = 50_000_000;
    private static final int DEFAULT_TYPE = -1; // that of who does not say
    private static final int[] TYPES = {
        Pthread.PTHREAD_MUTEX_ERRORCHECK, DEFAULT_TYPE, Pthread.PTHREAD_MUTEX_RECURSIVE
    };

    private final MemorySegment memory;
    private final LibcThreads threads;

    private PthreadMutex(MemorySegment memory, LibcThreads threads) {
        this.memory = memory;
        this.threads = threads;
    }

    /// Makes a new one.
    ///
    /// @throws OsException `EBUSY` if the memory is not all zeros
    static PthreadMutex create(MemorySegment memory, LibcThreads threads) throws OsException {
        if (memory.mismatch(MemorySegment.ofArray(new byte[BYTES])) >= 0) {
            var why = "something is there already";
            throw OsException.of("pthread_mutex_init", "", Errno.EBUSY.number(), why);
        }
        initialize(memory, Pthread.PTHREAD_MUTEX_ERRORCHECK);
        return new PthreadMutex(memory, threads);
    }

    /// One that a program has made.
    ///
    /// @throws BadRegionException if there is none, or one that is not robust, or of one process
    static PthreadMutex open(MemorySegment memory, LibcThreads threads) throws IOException {
        for (int type : TYPES) {
            if (isOfType(memory, type)) {
                return new PthreadMutex(memory, threads);
            }
        }
        throw new BadRegionException("there is no robust pthread mutex of several processes");
    }

    /// What is not zero in a new one, its kind, never changes.
    private static boolean isOfType(MemorySegment memory, int type) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var fresh = arena.allocate(BYTES, Long.BYTES);
            initialize(fresh, type);
            for (int i = 0; i < BYTES; i++) {
                byte expected = fresh.get(JAVA_BYTE, i);
                if (expected != 0 && memory.get(JAVA_BYTE, i) != expected) {
                    return false;
                }
            }
            return true;
        }
    }

    private static void initialize(MemorySegment memory, int type) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(ATTRIBUTES_BYTES, Long.BYTES);
            check("pthread_mutexattr_init", Pthread.pthread_mutexattr_init(attributes));
            int shared = Pthread.PTHREAD_PROCESS_SHARED;
            int r = Pthread.pthread_mutexattr_setpshared(attributes, shared);
            check("pthread_mutexattr_setpshared", r);
            r = Pthread.pthread_mutexattr_setrobust(attributes, Pthread.PTHREAD_MUTEX_ROBUST);
            check("pthread_mutexattr_setrobust", r);
            if (type != DEFAULT_TYPE) {
                r = Pthread.pthread_mutexattr_settype(attributes, type);
                check("pthread_mutexattr_settype", r);
            }
            check("pthread_mutex_init", Pthread.pthread_mutex_init(memory, attributes));
            int _ = Pthread.pthread_mutexattr_destroy(attributes);
        }
    }

    /// @param r an error number, or the negative of one
    private static void check(String call, int r) throws OsException {
        long _ = OsException.check(call, "", -Math.abs(r));
    }

    /// Takes the lock, waiting until it is free or its owner is dead.
    ///
    /// @throws NotRecoverableException if an owner died and nobody repaired what it guards
    /// @throws OsException `EDEADLK` if this thread has it
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed, meanwhile too
    /// @throws WrongThreadException on a virtual thread
    public Acquired lock() throws IOException, InterruptedException {
        return lock(Deadline.NEVER).orElseThrow();
    }

    /// Takes the lock if it is free or its owner is dead; never waits.
    ///
    /// @return empty if another has it
    public Optional<Acquired> tryLock() throws IOException {
        requirePlatformThread();
        var self = KernelThread.current();
        threads.begin();
        Optional<Acquired> acquired = Optional.empty();
        try {
            acquired = await(0);
            return acquired;
        } finally {
            threads.end(acquired.isPresent() ? self : null);
        }
    }

    /// Takes the lock, waiting at most `timeout`.
    ///
    /// @return empty if another had it all the time
    public Optional<Acquired> tryLock(Duration timeout) throws IOException, InterruptedException {
        return lock(Deadline.after(timeout));
    }

    private Optional<Acquired> lock(Deadline deadline) throws IOException, InterruptedException {
        Interruption.check();
        var acquired = tryLock();
        if (acquired.isPresent() || deadline.isOver()) {
            return acquired;
        }
        var self = KernelThread.current();
        threads.begin();
        try {
            while (acquired.isEmpty() && !deadline.isOver()) {
                Interruption.check();
                threads.requireOpen();
                acquired = await(Math.min(LOOK_NANOS, deadline.remainingNanos()));
            }
            return acquired;
        } finally {
            threads.end(acquired.isPresent() ? self : null);
        }
    }

    /// Also for an attempt that does not wait: of a lock that is lost, glibc's
    /// pthread_mutex_trylock keeps what it took.
    private Optional<Acquired> await(long nanos) throws IOException {
        long end = Time.monotonicNanos() + nanos;
        int r = Pthread.pthread_mutex_clocklock(memory, Time.CLOCK_MONOTONIC, end);
        return acquired(r);
    }

    private static void requirePlatformThread() {
        if (Thread.currentThread().isVirtual()) {
            throw new WrongThreadException(
                    "a pthread mutex belongs to a kernel's thread, which a virtual one is not");
        }
    }

    private static Optional<Acquired> acquired(int r) throws IOException {
        if (r == 0) {
            return SharedMutex.optional(Acquired.CLEAN);
        }
        if (Errno.EOWNERDEAD.number() == r) {
            return SharedMutex.optional(Acquired.OWNER_DIED);
        }
        if (Errno.ETIMEDOUT.number() == r) {
            return Optional.empty();
        }
        if (Errno.ENOTRECOVERABLE.number() == r) {
            throw new NotRecoverableException();
        }
        check("pthread_mutex_clocklock", r);
        return Optional.empty();
    }

    /// Says that what the lock guards is right again, after [Acquired#OWNER_DIED].
    ///
    /// @throws OsException `EINVAL` if there was nothing to repair
    public void markConsistent() throws OsException {
        check("pthread_mutex_consistent", Pthread.pthread_mutex_consistent(memory));
    }

    /// Gives the lock back.
    ///
    /// @throws OsException `EPERM` if this thread does not have it
    public void unlock() throws OsException {
        requirePlatformThread();
        check("pthread_mutex_unlock", Pthread.pthread_mutex_unlock(memory));
        threads.released();
    }
}
