package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import parley.kernel.Fcntl;
import parley.kernel.Semaphore;
import parley.kernel.Time;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.Lifetime;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.ready.PreparedCall;

/// A POSIX semaphore: a counter of permits that processes share. Either it has a name, by which
/// unrelated ones find it, and outlives its makers until it is unlinked; or it has none and lies in
/// shared memory, where all find it that know the place, and goes with the memory.
///
/// A permit held by a process that dies stays taken: nobody knows who has one. Acquiring without
/// waiting makes no system call. Safe for many threads. See sem_overview(7).
public final class PosixSemaphore implements AutoCloseable {
    /// The most permits it can count.
    public static final int VALUE_MAX = Semaphore.SEM_VALUE_MAX;

    /// What one without a name takes in memory: 32 bytes at a multiple of 8. C's `sem_t`.
    public static final MemoryLayout LAYOUT = Semaphore.SEM_T;

    private static final Thread ANOTHER_THREAD = Thread.ofPlatform().unstarted(() -> {});

    private final String address;
    private final MemorySegment sem;
    private final Lifetime lifetime;
    private final PreparedCall acquire;

    private PosixSemaphore(String address, MemorySegment sem, Runnable release) {
        this.address = address;
        this.sem = sem;
        this.lifetime = new Lifetime(release);
        this.acquire =
                new PreparedCall(() -> Semaphore.sem_trywait(sem), () -> Semaphore.sem_wait(sem));
    }

    /// Makes a semaphore with mode 0600.
    ///
    /// @param name a slash and 1 to 251 bytes without one
    /// @param value its permits at the start
    /// @throws AlreadyExistsException if there is one of this name
    public static PosixSemaphore create(String name, int value) throws IOException {
        return create(name, value, FileMode.OWNER_ONLY);
    }

    /// Makes a semaphore.
    ///
    /// @param mode who may open it, for which both reading and writing are needed, whatever the
    ///   process's umask is
    /// @throws AlreadyExistsException if there is one of this name
    public static PosixSemaphore create(String name, int value, FileMode mode) throws IOException {
        var semaphore = open(name, Fcntl.O_CREAT | Fcntl.O_EXCL, value, mode);
        boolean isDone = false;
        try {
            setPermissions(name, permissions(name).withMode(mode));
            isDone = true;
            return semaphore;
        } finally {
            if (!isDone) {
                semaphore.close();
                unlink(name);
            }
        }
    }

    /// Opens an existing semaphore.
    ///
    /// @throws NotFoundException if there is none of this name
    public static PosixSemaphore open(String name) throws OsException {
        return open(name, 0, 0, FileMode.OWNER_ONLY);
    }

    /// Opens a semaphore, or makes one with mode 0600. An existing one keeps its value.
    public static PosixSemaphore openOrCreate(String name, int value) throws OsException {
        return open(name, Fcntl.O_CREAT, value, FileMode.OWNER_ONLY);
    }

    private static PosixSemaphore open(String name, int flags, int value, FileMode mode)
            throws OsException {
        var address = address(name);
        int initial = checked(value);
        try (var arena = Arena.ofConfined()) {
            long r = Semaphore.sem_open(arena.allocateFrom(name), flags, mode.bits(), initial);
            long sem = OsException.check("sem_open", address, r);
            var semaphore =
                    new PosixSemaphore(
                            address,
                            MemorySegment.ofAddress(sem),
                            () -> Semaphore.sem_close(sem)); // fails only if not open
            semaphore.requireWhole(name);
            semaphore.requireLayout("sem_open");
            return semaphore;
        }
    }

    private static int checked(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("not in 0.." + VALUE_MAX + ": " + value);
        }
        return value;
    }

    private static String address(String name) {
        return "psem:" + PosixNames.check(name, PosixNames.SEMAPHORE);
    }

    private static String file(String name) {
        return PosixNames.SHARED_MEMORY + "/" + PosixNames.SEMAPHORE + name.substring(1);
    }

    /// Makes a semaphore without a name in memory that processes share, for all of them:
    /// `sem_init`. What was in the memory is lost; make it before another process can find it
    /// there.
    ///
    /// The memory may be part of any mapping. Close this before it is unmapped: else that is an
    /// `IllegalStateException`, for who unmaps it under a wait, or for who waits.
    ///
    /// @param memory room for [#LAYOUT], of which the first 32 bytes are used
    /// @param value its permits at the start
    /// @throws IllegalArgumentException if it is no such memory: too small, not aligned, read-only,
    ///   of the Java heap, or for one thread only
    public static PosixSemaphore createUnnamed(MemorySegment memory, int value) throws OsException {
        var semaphore = unnamed(memory);
        int r = Semaphore.sem_init(semaphore.sem, checked(value));
        OsException.check("sem_init", semaphore.address, r);
        return semaphore;
    }

    /// The semaphore without a name that lies in some memory: made there by [#createUnnamed], or by
    /// another program with `sem_init(sem, 1, value)`.
    ///
    /// @param memory as for [#createUnnamed]
    /// @throws IllegalArgumentException if it is no such memory
    /// @throws OsException `EINVAL` if what is there can be no semaphore of several processes
    public static PosixSemaphore openUnnamed(MemorySegment memory) throws OsException {
        var semaphore = unnamed(memory);
        semaphore.requireLayout("sem_open");
        return semaphore;
    }

    private static PosixSemaphore unnamed(MemorySegment memory) {
        if (!memory.isNative() || memory.isReadOnly() || !memory.isAccessibleBy(ANOTHER_THREAD)) {
            throw new IllegalArgumentException(
                    "a semaphore is in native memory that all threads may write: " + memory);
        }
        if (memory.byteSize() < LAYOUT.byteSize()
                || memory.address() % LAYOUT.byteAlignment() != 0) {
            throw new IllegalArgumentException(
                    "a semaphore takes %d bytes at a multiple of %d: %s"
                            .formatted(LAYOUT.byteSize(), LAYOUT.byteAlignment(), memory));
        }
        var sem = memory.asSlice(0, LAYOUT.byteSize());
        return new PosixSemaphore("psem:(at 0x%x)".formatted(sem.address()), sem, () -> {});
    }

    /// Ends a semaphore without a name, which nobody uses any more, before its memory is used for
    /// something else: `sem_destroy`.
    ///
    /// @param memory as for [#createUnnamed]
    public static void destroyUnnamed(MemorySegment memory) throws OsException {
        var semaphore = unnamed(memory);
        int r = Semaphore.sem_destroy(semaphore.sem);
        OsException.check("sem_destroy", semaphore.address, r);
    }

    /// All semaphores that have a name, in the order of their names.
    public static List<PosixName> list() throws IOException {
        return PosixNames.list(Path.of(PosixNames.SHARED_MEMORY), true);
    }

    /// Refuses a file that is too short to hold a semaphore: its use would kill the JVM.
    private void requireWhole(String name) throws OsException {
        var status = FileStatus.of(file(name));
        // Gone is fine: it was unlinked since, and libc makes whole ones.
        if (status.isPresent() && status.get().sizeBytes() < LAYOUT.byteSize()) {
            close();
            throw OsException.of("sem_open(sem_t)", address, Errno.EINVAL.number());
        }
    }

    /// Refuses what libc would have made otherwise: at the use of anything else it kills the JVM.
    private void requireLayout(String call) throws OsException {
        if (!SemaphoreLayout.isSemaphore(sem)) {
            close();
            throw OsException.of(call + "(sem_t)", address, Errno.EINVAL.number());
        }
    }

    /// Takes the name away; processes that have the semaphore open keep it.
    ///
    /// @throws NotFoundException if there is none of this name
    public static void unlink(String name) throws OsException {
        var address = address(name);
        try (var arena = Arena.ofConfined()) {
            int r = Semaphore.sem_unlink(arena.allocateFrom(name));
            OsException.check("sem_unlink", address, r);
        }
    }

    /// Whose the semaphore is that has this name, and who may open it.
    ///
    /// @throws NotFoundException if there is none of this name
    public static PosixPermissions permissions(String name) throws IOException {
        var address = address(name); // refuses what is no name
        return PosixPermissions.ofFile(file(name), address);
    }

    /// Changes owner, group or mode of the semaphore that has this name; for its owner, also if the
    /// mode does not let it open it. Who has the semaphore open keeps it.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws parley.os.NotPermittedException if it is another user's, or to become one's
    public static void setPermissions(String name, PosixPermissions permissions)
            throws IOException {
        var address = address(name);
        permissions.applyToFile(file(name), address);
    }

    /// Takes a permit, waiting until there is one.
    ///
    /// @throws java.nio.channels.ClosedChannelException if this semaphore is closed, meanwhile too
    public void acquire() throws IOException, InterruptedException {
        OsException.check("sem_wait", address, acquire.await(lifetime, Deadline.NEVER));
    }

    /// Takes a permit if there is one; never waits.
    ///
    /// @return false if there is none
    public boolean tryAcquire() throws IOException {
        long r = acquire.attempt(lifetime);
        return !Errno.EAGAIN.is(r) && OsException.check("sem_trywait", address, r) == 0;
    }

    /// Takes a permit, waiting at most `timeout` on the monotonic clock.
    ///
    /// @return false if there was none in time
    public boolean tryAcquire(Duration timeout) throws IOException, InterruptedException {
        Interruption.check();
        if (tryAcquire()) {
            return true;
        }
        var deadline = Deadline.after(timeout);
        lifetime.enter();
        try {
            long r = Blocking.call(lifetime, () -> waitUntil(deadline));
            return !Errno.ETIMEDOUT.is(r) && OsException.check("sem_clockwait", address, r) == 0;
        } finally {
            lifetime.exit();
        }
    }

    private long waitUntil(Deadline deadline) {
        if (deadline.isNever()) {
            return Semaphore.sem_wait(sem);
        }
        try (var arena = Arena.ofConfined()) {
            return Semaphore.sem_clockwait(sem, Time.CLOCK_MONOTONIC, deadline.absolute(arena));
        }
    }

    /// Gives a permit; one that waits for it goes on.
    ///
    /// @throws OsException `EOVERFLOW` beyond [#VALUE_MAX]
    public void release() throws IOException {
        lifetime.enter();
        try {
            OsException.check("sem_post", address, Semaphore.sem_post(sem));
        } finally {
            lifetime.exit();
        }
    }

    /// The permits there are; 0 also while others wait for one.
    public int value() throws IOException {
        lifetime.enter();
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(JAVA_INT);
            OsException.check("sem_getvalue", address, Semaphore.sem_getvalue(sem, value));
            return value.get(JAVA_INT, 0);
        } finally {
            lifetime.exit();
        }
    }

    /// As an address: `psem:/name`; of one without a name, where it lies in this process.
    public String address() {
        return address;
    }

    /// Closes this opening; the semaphore stays. Calls that wait on it end.
    @Override
    public void close() {
        lifetime.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
