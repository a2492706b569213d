package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import parley.kernel.LinuxFutex;
import parley.os.Capability;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.PendingCall;

/// Waits for any number of futex words with one thread, by io_uring(7): each wait is the kernel's
/// own, with all of its meaning, so that exactly as many are woken as the waker asks for.
///
/// **Assumptions.** One thread makes the ring and makes all calls on it, for ever: a request ends
/// with the thread that submitted it, and carriers of virtual threads end when they are idle.
/// **Guarantees.** Others leave a message ([#arrivals]) and, only if the thread sleeps, wake it by
/// a futex word of its own, on which the ring waits like on all others. It sleeps only after it has
/// said so and found no message since.
final class FutexRing {
    private static final VarHandle WORD = JAVA_INT.varHandle();
    private static final long FAILURE_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long CONTROL = 0; // user data; waits have their slot + 1
    private static final long CANCELLING = -1;
    private static final int SLOTS = 64; // at first

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static volatile @Nullable FutexRing ofThisJvm;
    private static long failedNanoTime; // under the class's monitor; 0: never

    private final IoUring ring;
    private final Queue<Wait> arrivals = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isAsleep = new AtomicBoolean();
    private final MemorySegment control = Arena.global().allocate(JAVA_INT);

    // Only of the ring's thread, which allocates nothing in its loop:
    private final IoUring.Completion completion = this::completed;
    private @Nullable Wait[] slots = new Wait[SLOTS];
    private int[] freeSlots = new int[SLOTS];
    private int freeCount;
    private boolean isControlWaitedFor;

    private volatile boolean isOver;

    private FutexRing(IoUring ring) {
        this.ring = ring;
        freeSlotsFrom(0);
    }

    /// The one of this JVM, made at first use; empty where there is none, or none can be made now.
    static Optional<FutexRing> current() {
        if (!Capability.IO_URING_FUTEX.isAvailable()) {
            return Optional.empty();
        }
        var known = ofThisJvm;
        return known != null ? Optional.of(known) : made();
    }

    private static synchronized Optional<FutexRing> made() {
        boolean mayTry = failedNanoTime == 0 || System.nanoTime() - failedNanoTime > RETRY_NANOS;
        if (ofThisJvm == null && mayTry) {
            ofThisJvm = start();
            failedNanoTime = ofThisJvm == null ? System.nanoTime() : 0;
        }
        return Optional.ofNullable(ofThisJvm);
    }

    /// Null if no descriptor, no memory or no thread is left: perhaps next time.
    private static @Nullable FutexRing start() {
        var started = new CompletableFuture<@Nullable FutexRing>();
        try {
            Thread.ofPlatform()
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .name("parley-futex")
                    .start(() -> serve(started));
        } catch (OutOfMemoryError _) {
            return null;
        }
        return started.join();
    }

    private static void serve(CompletableFuture<@Nullable FutexRing> started) {
        FutexRing own = null;
        try {
            own = new FutexRing(IoUring.create());
        } catch (OsException | OutOfMemoryError _) {
            // Said by null.
        } finally {
            started.complete(own);
        }
        if (own != null) {
            own.serveUntilItFails();
        }
    }

    /// If it fails, for want of memory, all that wait return as if woken, and the next makes
    /// another. The kernel forgets their requests when this thread ends.
    private void serveUntilItFails() {
        try {
            serve();
        } finally {
            ofThisJvm = null;
            isOver = true;
            endAll();
        }
    }

    private void endAll() {
        for (var wait = arrivals.poll(); wait != null; wait = arrivals.poll()) {
            wait.endWith(-Errno.ECANCELED.number());
        }
        for (var wait : slots) {
            if (wait != null) {
                wait.endWith(-Errno.ECANCELED.number());
            }
        }
    }

    /// Begins a wait; see [PendingCall]. It ends with 0, `-EAGAIN` if the word is not `expected`,
    /// `-EFAULT`, or `-ECANCELED`.
    PendingCall start(long address, int expected, int bitset, LongConsumer whenEnded) {
        var wait = new Wait(address, expected, bitset, whenEnded);
        arrive(wait);
        return wait;
    }

    private void arrive(Wait wait) {
        arrivals.add(wait);
        if (isOver) {
            endAll();
        }
        if (isAsleep.compareAndSet(true, false)) {
            int _ = (int) WORD.getAndAdd(control, 0L, 1);
            int _ = LinuxFutex.futex(control.address(), LinuxFutex.FUTEX_WAKE, 1, 0, 0, 0);
        }
    }

    /// One wait, which arrives to be started, and once more if it is cancelled.
    private final class Wait extends PendingCall {
        final long address;
        final int expected;
        final int bitset;
        final AtomicBoolean isCancelled = new AtomicBoolean();
        int slot = -1;

        Wait(long address, int expected, int bitset, LongConsumer whenEnded) {
            super(whenEnded);
            this.address = address;
            this.expected = expected;
            this.bitset = bitset;
        }

        @Override
        public void cancel() {
            if (!isEnded() && isCancelled.compareAndSet(false, true)) {
                arrive(this);
            }
        }

        void endWith(long result) {
            end(result);
        }
    }

    private void serve() {
        while (true) {
            takeArrivals();
            waitForControl();
            isAsleep.set(true);
            boolean isIdle = arrivals.isEmpty();
            submit(isIdle ? 1 : 0);
            isAsleep.set(false);
            ring.takeCompletions(completion);
        }
    }

    private void takeArrivals() {
        for (var wait = arrivals.poll(); wait != null; wait = arrivals.poll()) {
            while (!ring.hasRoom()) {
                submit(0);
            }
            if (wait.slot < 0) {
                begin(wait);
            } else if (!wait.isEnded()) {
                ring.cancel(wait.slot + 1, CANCELLING);
            }
        }
    }

    private void begin(Wait wait) {
        if (wait.isEnded()) {
            return; // cancelled before it was begun, and this is the second message
        }
        if (wait.isCancelled.get()) {
            wait.endWith(-Errno.ECANCELED.number());
            return;
        }
        if (freeCount == 0) {
            grow();
        }
        wait.slot = freeSlots[--freeCount];
        slots[wait.slot] = wait;
        ring.waitForFutex(wait.address, wait.expected, wait.bitset, wait.slot + 1);
    }

    private void grow() {
        int from = slots.length;
        slots = Arrays.copyOf(slots, 2 * from);
        freeSlots = new int[2 * from];
        freeSlotsFrom(from);
    }

    private void freeSlotsFrom(int first) {
        for (int slot = first; slot < slots.length; slot++) {
            freeSlots[freeCount++] = slot;
        }
    }

    /// The word that [#arrive] changes.
    private void waitForControl() {
        if (!isControlWaitedFor) {
            while (!ring.hasRoom()) {
                submit(0);
            }
            int seen = (int) WORD.getVolatile(control, 0L);
            ring.waitForFutex(control.address(), seen, -1, CONTROL);
            isControlWaitedFor = true;
        }
    }

    private void submit(int completionsMin) {
        int r = ring.enter(completionsMin);
        if (r < 0 && !Errno.EINTR.is(r)) { // memory is short, or completions have to be taken first
            ring.takeCompletions(completion);
            LockSupport.parkNanos(FAILURE_PAUSE_NANOS);
        }
    }

    private void completed(long userData, int result) {
        if (userData == CONTROL) {
            isControlWaitedFor = false;
        } else if (userData != CANCELLING) {
            int slot = (int) userData - 1;
            var wait = slots[slot];
            slots[slot] = null;
            freeSlots[freeCount++] = slot;
            if (wait != null) {
                wait.endWith(result);
            }
        }
    }
}
