package parley.shm;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import parley.ready.Deadline;
import parley.ready.Interruption;

/// A way to sleep until something in shared memory becomes true, for threads of several processes;
/// whoever makes it true does no system call unless somebody sleeps.
///
/// ```java
/// events.awaitUntil(() -> isFull(data));       // one side
///
/// fill(data);                                  // the other
/// events.signalAll();
/// ```
///
/// Nothing in memory says who waits, so a killed process leaves nothing behind: whoever waits looks
/// again when any participant has died. Safe for many threads. See D. Vyukov's description of event
/// counts, and futex(2).
public final class EventCount {
    /// What it takes in memory, at a multiple of it; zeros are a new one.
    public static final int BYTES = 4;

    // Bit 0: somebody may sleep. Bit 1: somebody may soon, without a barrier for all. The others:
    // changed by whoever wakes, so that who is about to sleep does not.
    private static final int WAITERS = 1;
    private static final int ALERT = 2;
    private static final int EPOCH = 4;

    /// As long as a word has none of these, a light signal of it does nothing.
    static final int MAY_WAIT = WAITERS | ALERT;

    private static final long SPIN_NANOS = 20_000; // at most, where an attempt takes long

    private final Words words;
    private final long offset;
    private final AtomicInteger sleepers = new AtomicInteger(); // of this process
    private final AtomicInteger deaths = new AtomicInteger(); // looked after
    private volatile boolean isBarrierMade; // since this object has said that it is alert

    EventCount(Words words, long offset) {
        this.words = words;
        this.offset = offset;
    }

    /// Says that this thread is about to sleep. Look afterwards whether what it waits for has
    /// become true; if not, [#await]. To stop here costs others a wake for nothing, no more.
    ///
    /// @return for [#await]
    public long prepare() {
        return prepare(WAITERS);
    }

    /// The same where others call [#signalAllLight], which has no barrier: this one makes it for
    /// them, once, until [#relax]. For an event on which one thread at a time waits.
    ///
    /// @return for [#await]
    public long prepareHeavy() {
        long prepared = prepare(WAITERS | ALERT);
        if (!isBarrierMade) {
            Membarrier.makeForAll();
            isBarrierMade = true;
        }
        return prepared;
    }

    private long prepare(int announcement) {
        int looks = deaths.get();
        while (true) {
            int state = words.getInt(offset);
            int announced = state | announcement;
            if (state == announced || words.compareAndSetInt(offset, state, announced)) {
                if ((announced & ~state & ALERT) != 0) { // others may have relaxed
                    isBarrierMade = false;
                }
                return (long) looks << Integer.SIZE | Integer.toUnsignedLong(announced);
            }
        }
    }

    /// Says that who waits here does not sleep for a while, because much is going on: until he
    /// prepares again a light signal is one load.
    public void relax() {
        if (!Membarrier.IS_AVAILABLE) {
            return; // others may not, and would not be told by a barrier
        }
        isBarrierMade = false;
        int state = words.getInt(offset);
        if ((state & (WAITERS | ALERT)) == ALERT) {
            boolean _ = words.compareAndSetInt(offset, state, state & ~ALERT);
        }
    }

    /// True from [#prepareHeavy] to [#relax], of whomever.
    public boolean isAlert() {
        return (words.getIntOpaque(offset) & ALERT) != 0;
    }

    /// Sleeps until somebody signals after [#prepare], and also ends for no reason: look again.
    ///
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed, meanwhile too
    public void await(long prepared) throws IOException, InterruptedException {
        await(prepared, Deadline.NEVER);
    }

    /// Sleeps until a deadline at most.
    public void await(long prepared, Deadline deadline) throws IOException, InterruptedException {
        boolean isOver = true;
        try {
            sleep(prepared, deadline);
            isOver = deadline.isOver();
        } finally {
            if (isOver) {
                passOn();
            }
        }
    }

    private void sleep(long prepared, Deadline deadline) throws IOException, InterruptedException {
        int _ = sleepers.incrementAndGet();
        try {
            if (deaths.get() == (int) (prepared >>> Integer.SIZE)) { // else look again
                words.await(offset, (int) prepared, deadline);
            }
        } finally {
            int _ = sleepers.decrementAndGet();
        }
    }

    /// That a signal which was ours is not lost.
    private void passOn() {
        int _ = words.wake(offset, 1);
    }

    /// Waits until a condition is true: a little while at work, then asleep.
    ///
    /// @param condition looked at often, by this thread, and only in memory
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed, meanwhile too
    public void awaitUntil(BooleanSupplier condition) throws IOException, InterruptedException {
        boolean _ = isTrue(condition, Deadline.NEVER);
    }

    /// Waits at most `timeout`.
    ///
    /// @return false if it was not true all the time
    public boolean awaitUntil(BooleanSupplier condition, Duration timeout)
            throws IOException, InterruptedException {
        return isTrue(condition, Deadline.after(timeout));
    }

    private boolean isTrue(BooleanSupplier condition, Deadline deadline)
            throws IOException, InterruptedException {
        return await(() -> condition.getAsBoolean() ? Boolean.TRUE : null, deadline) != null;
    }

    /// Waits until an attempt comes to something.
    ///
    /// @return null after the deadline
    <T> @Nullable T await(Supplier<@Nullable T> attempt, Deadline deadline)
            throws IOException, InterruptedException {
        Interruption.check();
        try {
            long end = System.nanoTime() + SPIN_NANOS;
            for (int spins = words.spins(); spins > 0 && System.nanoTime() < end; spins--) {
                var got = attempt.get();
                if (got != null) {
                    return got;
                }
                Thread.onSpinWait();
            }
            return asleep(attempt, deadline);
        } catch (IllegalStateException e) {
            throw words.closed(e);
        }
    }

    private <T> @Nullable T asleep(Supplier<@Nullable T> attempt, Deadline deadline)
            throws IOException, InterruptedException {
        boolean isDone = false;
        try {
            while (true) {
                long prepared = prepare();
                var got = attempt.get();
                if (got != null || deadline.isOver()) {
                    isDone = got != null;
                    return got;
                }
                sleep(prepared, deadline);
            }
        } finally {
            if (!isDone) {
                passOn();
            }
        }
    }

    /// Wakes all who wait. Not a system call if nobody does; never waits.
    ///
    /// @return true if somebody was asleep
    public boolean signalAll() {
        VarHandle.fullFence(); // what was made true is seen by whoever says later that he sleeps
        while (true) {
            int state = words.getInt(offset);
            if ((state & WAITERS) == 0) {
                return false;
            }
            if (words.compareAndSetInt(offset, state, (state + EPOCH) & ~WAITERS)) {
                return words.wake(offset, Integer.MAX_VALUE) > 0;
            }
        }
    }

    /// The same where all who wait prepare by [#prepareHeavy]: as long as nobody sleeps, or is
    /// about to, it is one load and no barrier.
    ///
    /// @return true if somebody was asleep
    public boolean signalAllLight() {
        return (!Membarrier.IS_AVAILABLE || (words.getIntOpaque(offset) & MAY_WAIT) != 0)
                && signalAll();
    }

    /// Wakes one who waits, for something that only one can have. Not a system call if nobody
    /// waits; never waits.
    public void signal() {
        VarHandle.fullFence();
        while (true) {
            int state = words.getInt(offset);
            if ((state & WAITERS) == 0) {
                return;
            }
            if (words.compareAndSetInt(offset, state, state + EPOCH)) {
                if (words.wake(offset, 1) == 0) {
                    nobodySleeps(state + EPOCH);
                }
                return;
            }
        }
    }

    /// Nobody was there to be woken: the next signal need not try. Who has fallen asleep since
    /// looks again.
    private void nobodySleeps(int state) {
        if (words.compareAndSetInt(offset, state, (state + EPOCH) & ~WAITERS)) {
            int _ = words.wake(offset, Integer.MAX_VALUE);
        }
    }

    /// Somebody died, who perhaps should have woken others, or was woken in their place: all of
    /// this process look again. The word is left alone where none of them is: it may be another's
    /// by now. The wake is for the threads of the dead process, too, which could take a signal.
    void lookAgain() {
        int _ = deaths.incrementAndGet();
        if (sleepers.get() > 0) {
            int state;
            do {
                state = words.getInt(offset);
            } while (!words.compareAndSetInt(offset, state, (state + EPOCH) & ~WAITERS));
        }
        int _ = words.wake(offset, Integer.MAX_VALUE);
    }
}
