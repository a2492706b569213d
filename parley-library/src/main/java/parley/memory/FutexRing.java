package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
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

    private static @Nullable FutexRing ofThisJvm;

    private final IoUring ring;
    private final Queue<Wait> arrivals = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isAsleep = new AtomicBoolean();
    private final MemorySegment control = Arena.global().allocate(JAVA_INT);

    // Only of the ring's thread:
    private final ArrayList<@Nullable Wait> slots = new ArrayList<>();
    private final ArrayDeque<Integer> freeSlots = new ArrayDeque<>();
    private boolean isControlWaitedFor;

    private FutexRing(IoUring ring) {
        this.ring = ring;
    }

    /// The one of this JVM, made at first use; empty where there is none, or none can be made now.
    static Optional<FutexRing> current() {
        return Capability.IO_URING_FUTEX.isAvailable() ? made() : Optional.empty();
    }

    private static synchronized Optional<FutexRing> made() {
        if (ofThisJvm == null) {
            var started = new CompletableFuture<@Nullable FutexRing>();
            Thread.ofPlatform().daemon().name("parley-futex").start(() -> serve(started));
            ofThisJvm = started.join();
        }
        return Optional.ofNullable(ofThisJvm);
    }

    private static void serve(CompletableFuture<@Nullable FutexRing> started) {
        FutexRing ring;
        try {
            ring = new FutexRing(IoUring.create());
        } catch (OsException _) { // no descriptor or no memory is left: perhaps next time
            started.complete(null);
            return;
        }
        started.complete(ring);
        ring.serve();
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
            ring.takeCompletions(this::completed);
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
        var free = freeSlots.poll();
        if (free == null) {
            free = slots.size();
            slots.add(null);
        }
        wait.slot = free;
        slots.set(free, wait);
        ring.waitForFutex(wait.address, wait.expected, wait.bitset, wait.slot + 1);
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
            ring.takeCompletions(this::completed);
            LockSupport.parkNanos(FAILURE_PAUSE_NANOS);
        }
    }

    private void completed(long userData, int result) {
        if (userData == CONTROL) {
            isControlWaitedFor = false;
        } else if (userData != CANCELLING) {
            int slot = (int) userData - 1;
            var wait = slots.set(slot, null);
            freeSlots.push(slot);
            if (wait != null) {
                wait.endWith(result);
            }
        }
    }
}
