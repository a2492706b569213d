package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import parley.kernel.LinuxFutex;
import parley.kernel.Time;
import parley.os.Errno;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.ready.PendingCall;
import parley.ready.Waitable;

/// A 32-bit word in memory on which threads of any process that shares the memory can wait until
/// another changes it and wakes them: what all locks are made of. See futex(2), futex(7).
///
/// Whoever waits says which value it has seen; the kernel compares and puts it to sleep in one
/// step, so that no change followed by a wake is missed. A wait may also end without a wake: look
/// at the word and wait again. Always in the form for several processes, never
/// `FUTEX_PRIVATE_FLAG`.
///
/// Every wait can be interrupted and timed, and ends when the [Mapping] it is in is closed. A
/// platform thread waits in the kernel, one system call. A virtual thread parks while the kernel
/// waits on its behalf (io_uring, Linux 6.7), or, where that is missing or forbidden, a platform
/// thread per wait. Safe for many threads.
public final class Futex {
    private static final VarHandle WORD = JAVA_INT.varHandle();
    private static final int ANY = (int) LinuxFutex.FUTEX_BITSET_MATCH_ANY;
    private static final int YIELDS = 5; // some 1 us, against 15 to 30 us for a wait: ADR 20
    private static final long NEVER = Long.MAX_VALUE;

    /// Of a word, what is expected in it with the bitset above that, and the end.
    private static final Blocking.WordsCall WAIT =
            (address, expectedAndBits, end) -> {
                int expected = (int) expectedAndBits;
                int bitset = (int) (expectedAndBits >>> Integer.SIZE);
                int wait = LinuxFutex.FUTEX_WAIT_BITSET;
                return end == NEVER
                        ? LinuxFutex.futex(address, wait, expected, 0, 0, bitset)
                        : LinuxFutex.futexUntil(address, wait, expected, end, bitset);
            };

    private final MemorySegment segment;
    private final long offset;
    private final long address;
    private final Lifetime lifetime;

    private Futex(MemorySegment segment, long offset, long address, Lifetime lifetime) {
        this.segment = segment;
        this.offset = offset;
        this.address = address;
        this.lifetime = lifetime;
    }

    /// How a wait ended.
    public enum End {
        /// By a wake, or for no reason.
        WOKEN,
        /// The word had another value from the start, and nobody slept.
        CHANGED,
        /// The time was over.
        TIMED_OUT
    }

    /// The word at an offset of some memory, which must not be freed while it is used: that would
    /// end no wait. [Mapping#futex] makes one whose waits end with the mapping.
    ///
    /// @param offset in bytes, a multiple of 4 from an address that is one
    /// @throws IllegalArgumentException if it is not, or the memory is of the Java heap
    /// @throws IndexOutOfBoundsException beyond the end
    public static Futex of(MemorySegment segment, long offset) {
        return of(segment, offset, new Lifetime(() -> {}));
    }

    /// The same for memory that something else frees, when its lifetime ends.
    public static Futex of(MemorySegment segment, long offset, Lifetime lifetime) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException(
                    "a futex is in native memory, which other threads and processes can name");
        }
        long address = segment.asSlice(offset, JAVA_INT).address(); // in its bounds, and aligned
        return new Futex(segment, offset, address, lifetime);
    }

    /// The value now, as a volatile read.
    ///
    /// @throws IllegalStateException if the memory is freed
    public int get() {
        return (int) WORD.getVolatile(segment, offset);
    }

    /// Sets the value, as a volatile write; wakes nobody.
    public void set(int value) {
        WORD.setVolatile(segment, offset, value);
    }

    /// Sets the value if it is `expected`, in one step.
    public boolean compareAndSet(int expected, int value) {
        return WORD.compareAndSet(segment, offset, expected, value);
    }

    /// Adds to the value in one step.
    ///
    /// @return what it was before
    public int getAndAdd(int delta) {
        return (int) WORD.getAndAdd(segment, offset, delta);
    }

    /// Waits while the word is `expected`, until woken: `FUTEX_WAIT`.
    ///
    /// @throws InterruptedException if interrupted before it was woken
    /// @throws ClosedChannelException if the mapping is closed, meanwhile too
    /// @throws OsException `EFAULT` if the memory is not there: freed, or its file was shortened
    public End await(int expected) throws IOException, InterruptedException {
        return awaitBitset(expected, ANY, Deadline.NEVER);
    }

    /// Waits at most `timeout`; allocates nothing on a platform thread.
    public End await(int expected, Duration timeout) throws IOException, InterruptedException {
        if (Thread.currentThread().isVirtual()) {
            return awaitBitset(expected, ANY, Deadline.after(timeout));
        }
        requireOpen();
        return end(awaitInKernel(expected, ANY, Deadline.nanos(timeout)));
    }

    /// Waits until a deadline, which is the same for all waits of one loop.
    public End await(int expected, Deadline deadline) throws IOException, InterruptedException {
        return awaitBitset(expected, ANY, deadline);
    }

    /// Waits for wakes that have a bit in common with `bitset`, until a deadline:
    /// `FUTEX_WAIT_BITSET` on the monotonic clock.
    ///
    /// @param bitset not 0; -1: woken by all
    public End awaitBitset(int expected, int bitset, Deadline deadline)
            throws IOException, InterruptedException {
        requireBits(bitset);
        requireOpen();
        return end(
                Thread.currentThread().isVirtual()
                        ? awaitParked(expected, bitset, deadline)
                        : awaitInKernel(expected, bitset, deadline.remainingNanos()));
    }

    private long awaitInKernel(int expected, int bitset, long nanos)
            throws IOException, InterruptedException {
        long end = nanos == Long.MAX_VALUE ? NEVER : Time.monotonicNanos() + nanos;
        return Blocking.call(lifetime, WAIT, address, both(expected, bitset), end);
    }

    private static long both(int expected, int bitset) {
        return (long) bitset << Integer.SIZE | Integer.toUnsignedLong(expected);
    }

    /// Waits until a moment of the system's clock, which somebody may set meanwhile:
    /// `FUTEX_WAIT_BITSET` with `FUTEX_CLOCK_REALTIME`.
    ///
    /// @param bitset not 0; -1: woken by all
    public End awaitUntil(int expected, int bitset, Instant moment)
            throws IOException, InterruptedException {
        requireBits(bitset);
        requireOpen();
        return end(Blocking.call(lifetime, () -> waitUntil(expected, bitset, moment)));
    }

    /// A wait does not keep the memory: the kernel does not mind, and whoever closes it ends the
    /// wait.
    private void requireOpen() throws ClosedChannelException {
        if (!lifetime.isOpen()) {
            throw new ClosedChannelException();
        }
        requireAlive();
    }

    private void requireAlive() {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the memory of " + this + " is freed");
        }
    }

    private static void requireBits(int bitset) {
        if (bitset == 0) {
            throw new IllegalArgumentException("no bits to wait for or to wake");
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // whoever runs now may change the word
    private long awaitParked(int expected, int bitset, Deadline deadline)
            throws IOException, InterruptedException {
        Interruption.check();
        for (int i = 0; i < YIELDS; i++) {
            if (isChanged(expected)) {
                return -Errno.EAGAIN.number();
            }
            Thread.yield();
        }
        var thread = Thread.currentThread();
        return start(expected, bitset, _ -> LockSupport.unpark(thread)).await(lifetime, deadline);
    }

    private boolean isChanged(int expected) throws AsynchronousCloseException {
        try {
            return get() != expected;
        } catch (IllegalStateException e) {
            if (lifetime.isOpen()) {
                throw e;
            }
            throw new AsynchronousCloseException();
        }
    }

    private PendingCall start(int expected, int bitset, LongConsumer whenEnded) throws IOException {
        var ring = FutexRing.current();
        return ring.isPresent()
                ? ring.get().start(address, expected, bitset, whenEnded)
                : Blocking.start(
                        Deadline.NEVER,
                        () -> WAIT.make(address, both(expected, bitset), NEVER),
                        whenEnded);
    }

    private int waitUntil(int expected, int bitset, Instant moment) {
        try (var arena = Arena.ofConfined()) {
            var timespec = arena.allocate(Time.TIMESPEC);
            timespec.set(JAVA_LONG, Time.TV_SEC, Math.max(0, moment.getEpochSecond()));
            timespec.set(JAVA_LONG, Time.TV_NSEC, moment.getNano());
            int operation = LinuxFutex.FUTEX_WAIT_BITSET | LinuxFutex.FUTEX_CLOCK_REALTIME;
            return LinuxFutex.futex(address, operation, expected, timespec.address(), 0, bitset);
        }
    }

    private End end(long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return End.CHANGED;
        }
        if (Errno.ETIMEDOUT.is(r)) {
            return End.TIMED_OUT;
        }
        check((int) r);
        return End.WOKEN;
    }

    /// What a [parley.ready.Waiter] can wait for: that this word is woken, or is not `value`. It
    /// also ends when the mapping is closed.
    public Waitable change(int value) {
        return new Waitable() {
            @Override
            public PendingCall start(LongConsumer whenEnded) throws IOException {
                return new Change(value, whenEnded).start();
            }

            @Override
            public void passOn() {
                try {
                    int _ = wake(1);
                } catch (IOException _) {
                    // Nobody waits for it any longer.
                }
            }
        };
    }

    /// A wait that ends when the memory is closed.
    private final class Change implements Lifetime.Waiter {
        private final int value;
        private final LongConsumer whenEnded;
        private volatile @Nullable PendingCall call;

        Change(int value, LongConsumer whenEnded) {
            this.value = value;
            this.whenEnded = whenEnded;
        }

        PendingCall start() throws IOException {
            requireOpen();
            lifetime.add(this);
            boolean isStarted = false;
            try {
                call = Futex.this.start(value, ANY, this::ended);
                isStarted = true;
            } finally {
                if (!isStarted) {
                    lifetime.remove(this);
                }
            }
            var started = Objects.requireNonNull(call);
            if (!lifetime.isOpen()) {
                started.cancel();
            }
            if (started.isEnded()) { // perhaps before it was registered
                lifetime.remove(this);
            }
            return started;
        }

        private void ended(long result) {
            lifetime.remove(this);
            whenEnded.accept(result);
        }

        @Override
        public void wake() {
            var started = call;
            if (started != null) { // else start will see that it is closed
                started.cancel();
            }
        }
    }

    /// A word, and the value that it has as far as its owner knows.
    ///
    /// @param word where
    /// @param value what a wait compares with
    public record Expectation(Futex word, int value) {}

    /// Waits until one of several words is woken, or is not as expected: `FUTEX_WAITV`.
    ///
    /// @param words 1 to 128; for more there is [parley.ready.Waiter]
    /// @return the index of one; others may have been woken too
    /// @throws OsException as [#await(int)]
    public static int awaitAny(List<Expectation> words) throws IOException, InterruptedException {
        return FutexVector.await(words, Deadline.NEVER).orElseThrow();
    }

    /// The same, at most `timeout`.
    ///
    /// @return empty if the time was over
    public static OptionalInt awaitAny(List<Expectation> words, Duration timeout)
            throws IOException, InterruptedException {
        return FutexVector.await(words, Deadline.after(timeout));
    }

    long address() {
        return address;
    }

    Lifetime lifetime() {
        return lifetime;
    }

    /// Wakes at most `count` of those that wait, in no order: `FUTEX_WAKE`. Never waits.
    ///
    /// @return how many
    public int wake(int count) throws IOException {
        if (count == 0) { // for which the kernel wakes one
            return 0;
        }
        return check(operate(LinuxFutex.FUTEX_WAKE, requireCount(count), 0, 0, 0));
    }

    /// Wakes all that wait.
    ///
    /// @return how many
    public int wakeAll() throws IOException {
        return wake(Integer.MAX_VALUE);
    }

    /// Wakes at most `count` of those whose bits have one in common with `bitset`:
    /// `FUTEX_WAKE_BITSET`.
    ///
    /// @param bitset not 0
    /// @return how many
    public int wakeBitset(int count, int bitset) throws IOException {
        requireBits(bitset);
        if (count == 0) {
            return 0;
        }
        return check(operate(LinuxFutex.FUTEX_WAKE_BITSET, requireCount(count), 0, 0, bitset));
    }

    /// Wakes some of those that wait, and lets others wait on another word instead, without running
    /// them: `FUTEX_REQUEUE`.
    ///
    /// @return how many were woken or moved
    public int requeue(int wakeCount, Futex target, int requeueCount) throws IOException {
        return check(withOther(target, LinuxFutex.FUTEX_REQUEUE, wakeCount, requeueCount, 0));
    }

    /// The same only if this word is `expected`, in one step: `FUTEX_CMP_REQUEUE`.
    ///
    /// @return how many were woken or moved; empty if the word is another
    public OptionalInt compareAndRequeue(
            int expected, int wakeCount, Futex target, int requeueCount) throws IOException {
        int operation = LinuxFutex.FUTEX_CMP_REQUEUE;
        int r = withOther(target, operation, wakeCount, requeueCount, expected);
        return Errno.EAGAIN.is(r) ? OptionalInt.empty() : OptionalInt.of(check(r));
    }

    /// Changes another word, wakes some that wait on this one and, if the other was as the
    /// operation asks, some that wait on it: `FUTEX_WAKE_OP`.
    ///
    /// @return how many were woken, of both
    public int wakeAndOperate(int count, Futex other, WakeOperation operation, int otherCount)
            throws IOException {
        if (other.segment.isReadOnly()) { // to the kernel an address is an address
            throw new IllegalArgumentException(other + " is in read-only memory");
        }
        int encoded = operation.encoded();
        return check(withOther(other, LinuxFutex.FUTEX_WAKE_OP, count, otherCount, encoded));
    }

    private int withOther(Futex other, int operation, int count, int otherCount, int value3)
            throws IOException {
        requireCount(otherCount);
        other.lifetime.enter();
        try {
            other.requireAlive();
            return operate(operation, requireCount(count), otherCount, other.address, value3);
        } finally {
            other.lifetime.exit();
        }
    }

    private int operate(int operation, int value, int value2, long word2, int value3)
            throws IOException {
        lifetime.enter();
        try {
            requireAlive();
            return LinuxFutex.futex(address, operation, value, value2, word2, value3);
        } finally {
            lifetime.exit();
        }
    }

    private int check(int r) throws OsException {
        if (r < 0) {
            throw OsException.of("futex", toString(), -r);
        }
        return r;
    }

    private static int requireCount(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("negative count: " + count);
        }
        return count;
    }

    @Override
    public String toString() {
        return "futex 0x" + Long.toHexString(address);
    }
}
