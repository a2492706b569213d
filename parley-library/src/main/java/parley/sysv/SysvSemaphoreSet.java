package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import parley.kernel.SysSem;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.Lifetime;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.RemovedException;
import parley.ready.Blocking;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.ready.PreparedCall;

/// A set of System V semaphores: counters of permits, several of which may change in one step.
///
/// Making a set and giving its semaphores their values are two steps for the kernel, between which
/// another process may find the set. So [#create] ends with an operation that changes nothing,
/// after which the set has a time of its last operation, and [#open] waits for that time where this
/// can be what is going on. See semget(2), section on initialization.
///
/// The set outlives its makers until it is removed; that ends the calls that wait on it with
/// [RemovedException], which every later call gets too. Each call that waits holds one platform
/// thread: its own, or a lent one if it is virtual. Safe for many threads. See semop(2),
/// sysvipc(7).
public final class SysvSemaphoreSet implements AutoCloseable {
    /// The most permits that one semaphore can count. (`SEMVMX`)
    public static final int VALUE_MAX = 32767;

    /// How old a set without an operation is at least when it is no longer taken for one whose
    /// maker is between its two steps, which are some microseconds apart.
    private static final Duration INITIALIZATION_MAX = Duration.ofSeconds(2);

    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private final String address;
    private final int id;
    private final int count;
    private final Lifetime lifetime = new Lifetime(() -> {}); // an id is not closed

    private SysvSemaphoreSet(String address, int id, int count) {
        this.address = address;
        this.id = id;
        this.count = count;
    }

    /// What a set is at this moment. Times are in whole seconds.
    ///
    /// @param id the set's number
    /// @param count its semaphores
    /// @param lastOperationTime when its values were last changed or awaited by an operation; empty
    ///   if they never were
    /// @param changeTime when it was made, or values were set, or its permissions last changed
    /// @param permissions whose it is, and who may do what
    public record Status(
            int id,
            int count,
            Optional<Instant> lastOperationTime,
            Instant changeTime,
            IpcPermissions permissions) {
        private static Status of(int id, MemorySegment status) {
            return new Status(
                    id,
                    (int) status.get(JAVA_LONG, SysSem.SEM_NSEMS),
                    IpcKind.time(status, SysSem.SEM_OTIME),
                    Instant.ofEpochSecond(status.get(JAVA_LONG, SysSem.SEM_CTIME)),
                    IpcPermissions.of(status));
        }
    }

    /// What all sets of this IPC namespace are together, and what limits them. (`SEM_INFO`)
    ///
    /// @param sets how many there are
    /// @param semaphores how many these have together
    /// @param setsMax how many sets there may be
    /// @param semaphoresMax how many semaphores all sets may have together
    /// @param setSemaphoresMax how many semaphores a set may have
    /// @param operationsMax how many operations may be one step
    public record Summary(
            int sets,
            int semaphores,
            int setsMax,
            int semaphoresMax,
            int setSemaphoresMax,
            int operationsMax) {}

    /// Makes a set with mode 0600.
    ///
    /// @param values what each semaphore counts at the start: 0 to [#VALUE_MAX]
    /// @throws AlreadyExistsException if there is one of this key
    /// @throws LimitReachedException if there are as many sets or semaphores as there may be
    /// @throws OsException `EINVAL` if it has more semaphores than a set may have
    public static SysvSemaphoreSet create(IpcKey key, int... values) throws OsException {
        return create(key, FileMode.OWNER_ONLY, values);
    }

    /// Makes a set.
    ///
    /// @param mode who may look (read) and acquire and release (write), whatever the process's
    ///   umask is; what is not allowed is refused when it is tried
    /// @throws AlreadyExistsException if there is one of this key
    /// @throws LimitReachedException if there are as many sets or semaphores as there may be
    public static SysvSemaphoreSet create(IpcKey key, FileMode mode, int... values)
            throws OsException {
        requireValues(values);
        return initialized(key, IpcKind.SEM.create(key, values.length, mode), values);
    }

    /// Makes a set without a key, with mode 0600; others find it by its [#id()].
    public static SysvSemaphoreSet createPrivate(int... values) throws OsException {
        return create(IpcKey.PRIVATE, values);
    }

    /// Opens an existing set, of whatever program.
    ///
    /// If no operation has happened on it yet and it was made within the last two seconds, it waits
    /// for the operation with which [#create] ends, at most until the set is two seconds old. Then
    /// it is taken as it is: the set of a program that does not do this (as ipcmk(1) and many in
    /// C), or of one that died in between. Who has to know uses [#openInitialized].
    ///
    /// @throws NotFoundException if there is none of this key
    /// @throws RemovedException if it is removed meanwhile
    public static SysvSemaphoreSet open(IpcKey key) throws IOException, InterruptedException {
        return awaited(openAsIs(key));
    }

    /// Opens an existing set on which an operation has happened: one that [#create] has finished,
    /// or that is in use. Waits for that at most `timeout`.
    ///
    /// @return empty if no operation has happened by then: the set was never initialized as it is
    ///   here
    /// @throws NotFoundException if there is none of this key
    /// @throws RemovedException if it is removed meanwhile
    public static Optional<SysvSemaphoreSet> openInitialized(IpcKey key, Duration timeout)
            throws IOException, InterruptedException {
        var set = openAsIs(key);
        return set.awaitOperation(Deadline.after(timeout)) ? Optional.of(set) : Optional.empty();
    }

    /// Opens an existing set without waiting for anything, even if its maker is about to give it
    /// its values.
    ///
    /// @throws NotFoundException if there is none of this key
    public static SysvSemaphoreSet openAsIs(IpcKey key) throws OsException {
        int id = IpcKind.SEM.find(key, 0);
        return found(IpcKind.SEM.address(key, id), id);
    }

    /// Opens an existing set by its number in this IPC namespace, without waiting for anything.
    ///
    /// @throws NotFoundException if there is none of this id
    public static SysvSemaphoreSet openById(int id) throws OsException {
        IpcKind.SEM.find(id);
        return found(IpcKind.SEM.address(id), id);
    }

    /// Opens a set as [#open] does, or makes one with mode 0600. An existing one keeps its values.
    ///
    /// @throws OsException `EINVAL` if the existing one has fewer semaphores than `values`
    public static SysvSemaphoreSet openOrCreate(IpcKey key, int... values)
            throws IOException, InterruptedException {
        requireValues(values);
        while (true) {
            var obtained = IpcKind.SEM.findOrCreate(key, values.length);
            int id = obtained.id();
            try {
                return obtained.isNew()
                        ? initialized(key, id, values)
                        : awaited(found(IpcKind.SEM.address(key, id), id));
            } catch (RemovedException _) {
                // By somebody else, meanwhile: again.
            }
        }
    }

    private static SysvSemaphoreSet found(String address, int id) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var status = IpcKind.SEM.knownStatus(id, address, arena);
            return new SysvSemaphoreSet(address, id, (int) status.get(JAVA_LONG, SysSem.SEM_NSEMS));
        }
    }

    /// Gives a new set its values, and then a time of its last operation, which says so to others.
    private static SysvSemaphoreSet initialized(IpcKey key, int id, int[] values)
            throws OsException {
        var set = new SysvSemaphoreSet(IpcKind.SEM.address(key, id), id, values.length);
        try {
            set.storeValues(values);
            var first = set.operations();
            // One up and down again in one step, in the order that stays in the range.
            if (values[0] < VALUE_MAX) {
                first.release(0).acquire(0);
            } else {
                first.acquire(0).release(0);
            }
            if (!first.tryPerform()) {
                throw OsException.of("semop", set.address, Errno.EAGAIN.number());
            }
            return set;
        } catch (OsException | RuntimeException e) {
            IpcKind.SEM.discard(id);
            throw e;
        } catch (IOException e) {
            throw new AssertionError(e); // closed, which it is not
        }
    }

    private static SysvSemaphoreSet awaited(SysvSemaphoreSet set)
            throws IOException, InterruptedException {
        var age = Duration.between(set.known().changeTime(), Instant.now());
        if (age.compareTo(INITIALIZATION_MAX) < 0) {
            var rest = INITIALIZATION_MAX.minus(age);
            boolean isClockBack = age.isNegative();
            var _ = set.awaitOperation(Deadline.after(isClockBack ? INITIALIZATION_MAX : rest));
        }
        return set;
    }

    /// Looks again and again; nothing tells when the time of the last operation is set.
    private boolean awaitOperation(Deadline deadline) throws IOException, InterruptedException {
        while (known().lastOperationTime().isEmpty()) {
            if (deadline.isOver()) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            Interruption.check();
        }
        return true;
    }

    /// Removes a set; calls that wait on it end.
    ///
    /// @throws NotFoundException if there is none of this key
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public static void remove(IpcKey key) throws OsException {
        IpcKind.SEM.remove(IpcKind.SEM.find(key, 0));
    }

    /// Removes a set; calls that wait on it end.
    ///
    /// @throws NotFoundException if there is none of this id
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public static void removeById(int id) throws OsException {
        IpcKind.SEM.remove(id);
    }

    /// Removes this set; calls that wait on it end, here and elsewhere.
    ///
    /// @throws RemovedException if it was removed before
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public void remove() throws IOException {
        lifetime.enter();
        try {
            IpcKind.SEM.remove(id, address);
        } finally {
            lifetime.exit();
        }
    }

    /// One semaphore of the set, to acquire and release.
    ///
    /// @param index 0 to [#count()] - 1
    /// @throws IndexOutOfBoundsException if the set has no such semaphore
    public SysvSemaphore semaphore(int index) {
        return new SysvSemaphore(this, index);
    }

    /// Operations on several semaphores as one step; none yet.
    public SemaphoreOperations operations() {
        return new SemaphoreOperations(this);
    }

    /// What each semaphore counts, all at the same moment.
    public int[] values() throws IOException {
        lifetime.enter();
        try (var arena = Arena.ofConfined()) {
            var array = arena.allocate(JAVA_SHORT, count);
            check("semctl", SysSem.semctl(id, 0, SysSem.GETALL, array));
            var values = new int[count];
            for (int i = 0; i < count; i++) {
                values[i] = Short.toUnsignedInt(array.getAtIndex(JAVA_SHORT, i));
            }
            return values;
        } finally {
            lifetime.exit();
        }
    }

    /// Sets the values of all semaphores at once, whoever holds permits. What processes would have
    /// given back at their end is forgotten.
    ///
    /// @param values as many as there are semaphores: 0 to [#VALUE_MAX]
    public void setValues(int... values) throws IOException {
        requireValues(values);
        if (values.length != count) {
            throw new IllegalArgumentException(
                    "%d values for %d semaphores".formatted(values.length, count));
        }
        lifetime.enter();
        try {
            storeValues(values);
        } finally {
            lifetime.exit();
        }
    }

    private void storeValues(int[] values) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var array = arena.allocate(JAVA_SHORT, values.length);
            for (int i = 0; i < values.length; i++) {
                array.setAtIndex(JAVA_SHORT, i, (short) values[i]);
            }
            check("semctl", SysSem.semctl(id, 0, SysSem.SETALL, array));
        }
    }

    /// What the set is.
    public Status status() throws IOException {
        lifetime.enter();
        try (var arena = Arena.ofConfined()) {
            var status = IpcKind.SEM.status(id, address, arena);
            return Status.of(id, status);
        } finally {
            lifetime.exit();
        }
    }

    /// The same for those who may not read it.
    private Status known() throws OsException {
        try (var arena = Arena.ofConfined()) {
            return Status.of(id, IpcKind.SEM.knownStatus(id, address, arena));
        }
    }

    /// Changes who may look, and acquire and release.
    ///
    /// @throws parley.os.NotPermittedException if the set belongs to another user
    public void setMode(FileMode mode) throws IOException {
        lifetime.enter();
        try {
            IpcKind.SEM.setMode(id, address, mode);
        } finally {
            lifetime.exit();
        }
    }

    /// Gives the set to another user and group; its creator may change it all the same.
    ///
    /// @throws parley.os.NotPermittedException if the set belongs to another user
    public void setOwner(long uid, long gid) throws IOException {
        lifetime.enter();
        try {
            IpcKind.SEM.setOwner(id, address, uid, gid);
        } finally {
            lifetime.exit();
        }
    }

    /// All sets of this IPC namespace, whoever may look at them. Linux shows them to everybody.
    public static List<Status> list() throws OsException {
        return IpcKind.SEM.list(Status::of);
    }

    /// All sets of this IPC namespace together, and their limits.
    public static Summary summary() throws OsException {
        try (var arena = Arena.ofConfined()) {
            var info = arena.allocate(SysSem.SEMINFO);
            var _ = IpcKind.SEM.info(SysSem.SEM_INFO, info);
            return new Summary(
                    info.get(JAVA_INT, SysSem.SEMUSZ),
                    info.get(JAVA_INT, SysSem.SEMAEM),
                    info.get(JAVA_INT, SysSem.SEMMNI),
                    info.get(JAVA_INT, SysSem.SEMMNS),
                    info.get(JAVA_INT, SysSem.SEMMSL),
                    info.get(JAVA_INT, SysSem.SEMOPM));
        }
    }

    /// How many semaphores it has.
    public int count() {
        return count;
    }

    /// The set's number, the same for all processes of this IPC namespace.
    public int id() {
        return id;
    }

    /// As an address: `sem:0x2a01`, or `sem:#7` if it was made without a key or opened by id.
    public String address() {
        return address;
    }

    /// Closes this opening; the set stays. Calls that wait on it end.
    @Override
    public void close() {
        lifetime.close();
    }

    @Override
    public String toString() {
        return address;
    }

    /// A question or order about one semaphore.
    int control(int index, int command, int value) throws IOException {
        lifetime.enter();
        try {
            return (int) check("semctl", SysSem.semctl(id, index, command, value));
        } finally {
            lifetime.exit();
        }
    }

    boolean tryPerform(PreparedCall semop) throws IOException {
        return isDone("semop", semop.attempt(lifetime));
    }

    void perform(PreparedCall semop) throws IOException, InterruptedException {
        check("semop", semop.await(lifetime, Deadline.NEVER));
    }

    boolean perform(PreparedCall semop, MemorySegment waiting, int operations, Duration timeout)
            throws IOException, InterruptedException {
        Interruption.check();
        if (tryPerform(semop)) {
            return true;
        }
        var deadline = Deadline.after(timeout);
        lifetime.enter();
        try {
            long r = Blocking.call(lifetime, () -> performUntil(deadline, waiting, operations));
            return isDone("semtimedop", r);
        } finally {
            lifetime.exit();
        }
    }

    private int performUntil(Deadline deadline, MemorySegment waiting, int operations) {
        try (var arena = Arena.ofConfined()) {
            return SysSem.semtimedop(id, waiting, operations, deadline.remaining(arena));
        }
    }

    private boolean isDone(String call, long r) throws OsException {
        return !Errno.EAGAIN.is(r) && check(call, r) == 0;
    }

    private long check(String call, long r) throws OsException {
        return IpcKind.SEM.check(call, id, address, r);
    }

    int checkIndex(int index) {
        return Objects.checkIndex(index, count);
    }

    static int checkedValue(int value) {
        if (value < 0 || value > VALUE_MAX) {
            throw new IllegalArgumentException("not in 0..%d: %d".formatted(VALUE_MAX, value));
        }
        return value;
    }

    private static void requireValues(int[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("a set has at least one semaphore: give its value");
        }
        for (int value : values) {
            checkedValue(value);
        }
    }
}
