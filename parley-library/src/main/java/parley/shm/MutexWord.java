package parley.shm;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import parley.ready.Deadline;
import parley.shm.SharedRegion.Participant;

/// A lock in a 32-bit word: who has it, whether somebody waits, whether an owner died.
///
/// ```
/// 31       waiters: somebody may sleep here
/// 30       inconsistent: an owner died, and what the lock guards has not been repaired
/// 29 … 0   the owner's tag; 0 nobody; [#LOST] nobody ever again
/// ```
///
/// **Valid after every store**, for each operation is one compare-and-set: a killed process leaves
/// the lock with or without it. It has the lock if its tag is there, and whoever finds a tag whose
/// participant is dead may replace it by his own. A process that dies between giving the lock back
/// and waking who waits is noticed by all others ([#lookAgain]).
final class MutexWord {
    /// How an attempt ended.
    enum Attempt {
        /// It is ours, and what it guards is as its last owner left it.
        CLEAN,
        /// It is ours, and was somebody's who died.
        OWNER_DIED,
        /// It is another's.
        BUSY,
        /// Nobody will have it again.
        NOT_RECOVERABLE
    }

    static final int WAITERS = 1 << 31;
    static final int INCONSISTENT = 1 << 30;
    static final int LOST = 0xff; // a tag of no slot

    private final Words words;
    private final long offset;
    private final ParticipantTable table;
    private final AtomicInteger sleepers = new AtomicInteger(); // of this process

    MutexWord(Words words, long offset, ParticipantTable table) {
        this.words = words;
        this.offset = offset;
        this.table = table;
    }

    private static int owner(int state) {
        return state & ParticipantTable.TAG_MASK;
    }

    /// Takes the lock if it is free or its owner is dead.
    ///
    /// @param me the tag of who takes it
    Attempt tryLock(int me) {
        return words.compareAndSetInt(offset, 0, me) ? Attempt.CLEAN : tryLock(me, 0);
    }

    /// @param waiters [#WAITERS] if others may sleep whom nobody else remembers
    private Attempt tryLock(int me, int waiters) {
        while (true) {
            int state = words.getInt(offset);
            var found = found(state);
            if (found == Attempt.BUSY || found == Attempt.NOT_RECOVERABLE) {
                return found;
            }
            int died = found == Attempt.OWNER_DIED ? INCONSISTENT : 0;
            if (words.compareAndSetInt(offset, state, me | waiters | (state & WAITERS) | died)) {
                return found;
            }
        }
    }

    /// What taking it comes to if it is so.
    private Attempt found(int state) {
        int owner = owner(state);
        if (owner == LOST) {
            return Attempt.NOT_RECOVERABLE;
        }
        if (owner == ParticipantTable.NOBODY) {
            return (state & INCONSISTENT) == 0 ? Attempt.CLEAN : Attempt.OWNER_DIED;
        }
        return table.isAlive(owner) ? Attempt.BUSY : Attempt.OWNER_DIED;
    }

    /// What taking it would come to now.
    Attempt look() {
        while (true) {
            int state = words.getInt(offset);
            var found = found(state);
            // An owner may have given it back and died since.
            if (found != Attempt.OWNER_DIED || words.getInt(offset) == state) {
                return found;
            }
        }
    }

    /// Who has the lock, and is alive.
    Optional<Participant> holder() {
        return table.participant(owner(words.getInt(offset)));
    }

    /// Takes the lock, waiting until it can be had or the deadline is over: a little while at work,
    /// then asleep.
    ///
    /// @return not [Attempt#BUSY] but after the deadline
    Attempt lock(int me, Deadline deadline) throws IOException, InterruptedException {
        for (int spins = words.spins(); spins > 0; spins--) {
            if (owner(words.getInt(offset)) == ParticipantTable.NOBODY) {
                var attempt = tryLock(me);
                if (attempt != Attempt.BUSY) {
                    return attempt;
                }
            }
            Thread.onSpinWait();
        }
        boolean isOurs = false;
        int _ = sleepers.incrementAndGet();
        try {
            var attempt = sleep(me, deadline);
            isOurs = attempt != Attempt.BUSY;
            return attempt;
        } finally {
            int _ = sleepers.decrementAndGet();
            if (!isOurs) {
                int _ = words.wake(offset, 1); // that a wake which was ours is not lost
            }
        }
    }

    private Attempt sleep(int me, Deadline deadline) throws IOException, InterruptedException {
        while (true) {
            var attempt = tryLock(me, WAITERS);
            if (attempt != Attempt.BUSY || deadline.isOver()) {
                return attempt;
            }
            int state = words.getInt(offset);
            int announced = state | WAITERS;
            // Of this very value: else one that was marked meanwhile would be slept on.
            boolean isHeld = table.isAlive(owner(state));
            if (isHeld
                    && (state == announced || words.compareAndSetInt(offset, state, announced))) {
                words.await(offset, announced, deadline);
            }
        }
    }

    /// As [Words#closed].
    AsynchronousCloseException closed(IllegalStateException e) {
        return words.closed(e);
    }

    /// Gives the lock back. If an owner had died and this was not said to be repaired, for ever.
    ///
    /// @param me its owner
    /// @return false if it is not his: he is no participant any more, and it was taken from him
    boolean unlock(int me) {
        if (words.compareAndSetInt(offset, me, ParticipantTable.NOBODY)) {
            return true;
        }
        while (true) {
            int state = words.getInt(offset);
            if (owner(state) != me) {
                return false;
            }
            boolean isLost = (state & INCONSISTENT) != 0;
            if (words.compareAndSetInt(offset, state, isLost ? LOST : ParticipantTable.NOBODY)) {
                if ((state & WAITERS) != 0) {
                    int _ = words.wake(offset, isLost ? Integer.MAX_VALUE : 1);
                }
                return true;
            }
        }
    }

    /// Gives the lock back as it was got, having touched nothing that it guards.
    ///
    /// @param me its owner
    void abandon(int me) {
        while (true) {
            int state = words.getInt(offset);
            if (owner(state) != me) {
                return;
            }
            if (words.compareAndSetInt(offset, state, state & INCONSISTENT)) {
                if ((state & WAITERS) != 0) {
                    int _ = words.wake(offset, 1);
                }
                return;
            }
        }
    }

    /// What it guards has been repaired.
    ///
    /// @param me its owner
    /// @return false if it is not his any more
    boolean markConsistent(int me) {
        while (true) {
            int state = words.getInt(offset);
            if (owner(state) != me) {
                return false;
            }
            if (words.compareAndSetInt(offset, state, state & ~INCONSISTENT)) {
                return true;
            }
        }
    }

    /// True if it is his who has this tag.
    boolean isOwner(int me) {
        return owner(words.getInt(offset)) == me;
    }

    /// True if an owner died, and what it guards has not been repaired.
    boolean isInconsistent() {
        return (words.getInt(offset) & INCONSISTENT) != 0;
    }

    /// Somebody died: whoever sleeps here, and whom he perhaps should have woken, looks again. The
    /// word is left alone where nobody of this process sleeps: it may be no lock any more. The wake
    /// is for the threads of the dead process, too, which could take that of who gives it back.
    void lookAgain() {
        if (sleepers.get() > 0) {
            takeOutTheDead();
        }
        int _ = words.wake(offset, Integer.MAX_VALUE);
    }

    /// After this the word is another if its owner is dead: who is about to sleep does not.
    void takeOutTheDead() {
        int state = words.getInt(offset);
        while (isDead(owner(state)) && !words.compareAndSetInt(offset, state, INCONSISTENT)) {
            state = words.getInt(offset);
        }
    }

    private boolean isDead(int owner) {
        return owner != ParticipantTable.NOBODY && owner != LOST && !table.isAlive(owner);
    }
}
