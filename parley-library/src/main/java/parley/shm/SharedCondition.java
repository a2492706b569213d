package parley.shm;

import java.io.IOException;
import parley.ready.Deadline;
import parley.shm.SharedMutex.Acquired;

/// What threads of several processes wait for while they give a [SharedMutex] back: until another
/// says that what it guards has changed.
///
/// ```java
/// var acquired = mutex.lock();
/// while (acquired == Acquired.CLEAN && isEmpty(data)) {
///     acquired = notEmpty.await();
/// }
/// ```
///
/// A wait may end for no reason, and does when any participant dies: so look again. Nothing in
/// memory says who waits: a waiter that is killed costs nobody a signal. Safe for many threads,
/// each with a handle of its own.
public final class SharedCondition {
    /// What it takes in memory, at a multiple of it; zeros are a new one.
    public static final int BYTES = EventCount.BYTES;

    private final EventCount events;
    private final SharedMutex mutex;

    SharedCondition(EventCount events, SharedMutex mutex) {
        this.events = events;
        this.mutex = mutex;
    }

    /// Gives the lock back, waits for a signal, and takes the lock again.
    ///
    /// @return how it was got; it is held in any case but these:
    /// @throws IllegalMonitorStateException if the handle did not have the lock
    /// @throws NotRecoverableException if an owner died and nobody repaired what it guards
    /// @throws java.nio.channels.ClosedChannelException if the region is closed meanwhile
    /// @throws InterruptedException if interrupted before; the lock is held. After a death it is
    ///   returned that somebody died, and the thread stays interrupted
    public Acquired await() throws IOException, InterruptedException {
        return await(Deadline.NEVER);
    }

    /// The same, until a deadline at most, which is the same for all waits of one loop.
    public Acquired await(Deadline deadline) throws IOException, InterruptedException {
        mutex.requireHeld();
        long prepared = giveBack();
        boolean isInterrupted = false;
        try {
            events.await(prepared, deadline);
        } catch (InterruptedException _) {
            isInterrupted = true;
        }
        var acquired = lockAgain();
        if (isInterrupted) {
            if (acquired == Acquired.CLEAN) {
                throw new InterruptedException();
            }
            Thread.currentThread().interrupt(); // that somebody died is not to be missed
        }
        return acquired;
    }

    private long giveBack() throws IOException {
        try {
            long prepared = events.prepare();
            mutex.unlock();
            return prepared;
        } catch (IllegalStateException e) {
            throw mutex.closed(e);
        }
    }

    private Acquired lockAgain() throws IOException {
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    return mutex.lock();
                } catch (InterruptedException _) {
                    isInterrupted = true;
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Wakes one who waits; never waits. Whoever holds the lock, or does not.
    public void signal() {
        events.signal();
    }

    /// Wakes all who wait; never waits.
    public void signalAll() {
        events.signalAll();
    }
}
