package parley.shm;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.Optional;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.shm.SharedRegion.Participant;

/// A lock of several processes that outlives the death of its owner: whoever takes it next is told.
///
/// Each object is a handle of its own, even of the same lock in the same process; the lock belongs
/// to the handle that took it, and not to a thread: one virtual thread may take it on one carrier
/// and give it back on another, or let another thread do so. It is not reentrant: who has it and
/// takes it again waits for himself.
///
/// ```java
/// if (mutex.lock() == Acquired.OWNER_DIED) {
///     repair();
///     mutex.markConsistent();
/// }
/// try {
///     …
/// } finally {
///     mutex.unlock();
/// }
/// ```
///
/// **Assumptions.** Processes end, or go on: of one that is stopped the lock is not taken. No
/// system call stores into what the lock guards: of a killed process such a call may go on for a
/// while after its death was told, as read(2) of a large file into the memory does
/// ([SharedRegion#awaitEnd]). **Guarantees.** Nobody has the lock while another has. The death of
/// its owner is noticed within milliseconds, also if that has much memory. To take and give it back
/// when nobody else wants it is two atomic operations and no system call. Not fair: who comes may
/// go first. Safe for many threads.
public final class SharedMutex {
    /// What a lock takes in memory, at a multiple of it; zeros are a free one.
    public static final int BYTES = 64;

    private final String object;
    private final MutexWord word;
    private final int me;
    private boolean isHeld; // changed by the holder alone: the lock itself orders it

    /// @param object what the region is called
    SharedMutex(String object, MutexWord word, int me) {
        this.object = object;
        this.word = word;
        this.me = me;
    }

    /// How the lock was got.
    public enum Acquired {
        /// What it guards is as its last owner left it.
        CLEAN,
        /// An owner died while he had it: what it guards may be half changed. Repair it and call
        /// [#markConsistent]; without that, giving the lock back ends it for all.
        OWNER_DIED;

        private static final Optional<Acquired> IS_CLEAN = Optional.of(CLEAN);
        private static final Optional<Acquired> IS_INHERITED = Optional.of(OWNER_DIED);
    }

    /// Takes the lock, waiting until it is free or its owner is dead.
    ///
    /// @throws NotRecoverableException if an owner died and nobody repaired what it guards
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed, meanwhile too
    public Acquired lock() throws IOException, InterruptedException {
        return held(attempt(Deadline.NEVER));
    }

    /// Takes the lock if it is free or its owner is dead; never waits.
    ///
    /// @return empty if another has it
    /// @throws NotRecoverableException if an owner died and nobody repaired what it guards
    public Optional<Acquired> tryLock() throws NotRecoverableException {
        return ifAcquired(word.tryLock(me));
    }

    /// Takes the lock, waiting at most `timeout`.
    ///
    /// @return empty if another had it all the time
    /// @throws NotRecoverableException if an owner died and nobody repaired what it guards
    public Optional<Acquired> tryLock(Duration timeout) throws IOException, InterruptedException {
        return lock(Deadline.after(timeout));
    }

    Optional<Acquired> lock(Deadline deadline) throws IOException, InterruptedException {
        return ifAcquired(attempt(deadline));
    }

    private MutexWord.Attempt attempt(Deadline deadline) throws IOException, InterruptedException {
        Interruption.check();
        try {
            var attempt = word.tryLock(me);
            return attempt != MutexWord.Attempt.BUSY || deadline.isOver()
                    ? attempt
                    : word.lock(me, deadline);
        } catch (IllegalStateException e) {
            throw closed(e);
        }
    }

    /// As [Words#closed].
    AsynchronousCloseException closed(IllegalStateException e) {
        return word.closed(e);
    }

    private Acquired held(MutexWord.Attempt attempt) throws NotRecoverableException {
        var acquired = acquired(attempt);
        isHeld = true;
        return acquired;
    }

    private Optional<Acquired> ifAcquired(MutexWord.Attempt attempt)
            throws NotRecoverableException {
        if (attempt == MutexWord.Attempt.BUSY) { // perhaps this handle has it
            return Optional.empty();
        }
        return optional(held(attempt));
    }

    /// Without a switch, which would be half of what a free lock costs.
    ///
    /// @param attempt not [MutexWord.Attempt#BUSY]
    static Acquired acquired(MutexWord.Attempt attempt) throws NotRecoverableException {
        if (attempt == MutexWord.Attempt.NOT_RECOVERABLE) {
            throw new NotRecoverableException();
        }
        return attempt == MutexWord.Attempt.CLEAN ? Acquired.CLEAN : Acquired.OWNER_DIED;
    }

    static Optional<Acquired> optional(Acquired acquired) {
        return acquired == Acquired.CLEAN ? Acquired.IS_CLEAN : Acquired.IS_INHERITED;
    }

    /// Says that what the lock guards is right again, after [Acquired#OWNER_DIED].
    ///
    /// @throws IllegalMonitorStateException if this handle does not have the lock
    public void markConsistent() {
        requireHeld();
        if (!word.markConsistent(me)) {
            throw takenAway();
        }
    }

    /// Gives the lock back.
    ///
    /// @throws IllegalMonitorStateException if this handle does not have the lock
    public void unlock() {
        requireHeld();
        isHeld = false;
        if (!word.unlock(me)) {
            throw takenAway();
        }
    }

    /// Gives the lock back as it was got, having touched nothing that it guards.
    void abandon() {
        isHeld = false;
        word.abandon(me);
    }

    private IllegalMonitorStateException takenAway() {
        return new IllegalMonitorStateException("the lock was taken away: " + object);
    }

    /// True while somebody has the lock, and is alive.
    public boolean isHeld() {
        return word.look() == MutexWord.Attempt.BUSY;
    }

    /// Who has the lock, and is alive; of this process it may be any handle.
    public Optional<Participant> holder() {
        return word.holder();
    }

    /// True if an owner died while he had the lock, and nobody has it now.
    public boolean hasOwnerDied() {
        return word.look() == MutexWord.Attempt.OWNER_DIED;
    }

    /// How the lock is, for who has it already.
    Acquired state() {
        if (!word.isOwner(me)) {
            throw takenAway();
        }
        return word.isInconsistent() ? Acquired.OWNER_DIED : Acquired.CLEAN;
    }

    void requireHeld() {
        if (!isHeld) {
            throw new IllegalMonitorStateException("this handle does not have the lock");
        }
    }
}
