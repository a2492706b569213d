package parley.shm;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import parley.os.Errno;
import parley.os.OsException;
import parley.shm.SharedMutex.Acquired;
import parley.shm.SharedRegion.Participant;

/// A side of a structure in shared memory, which one participant has at a time: until he gives it
/// up, or dies. The structure is right after every store, so whoever has it next goes on from
/// there.
///
/// Safe for many threads.
final class Role {
    private final SharedMutex lock;
    private final RingUses uses;

    Role(SharedMutex lock, RingUses uses) {
        this.lock = lock;
        this.uses = uses;
    }

    /// Makes what the side is used by.
    interface Taking<T> {
        /// Looks at what is in the structure, and may use its memory for that.
        T take(RingUse use) throws IOException;
    }

    /// Takes it if nobody has it who is alive; never waits.
    ///
    /// @param afterwards what to do when it was given up, on the thread that closes it, or that
    ///   used it just then
    <T> Optional<T> tryTake(Runnable afterwards, Taking<T> taking) throws IOException {
        try {
            return taken(lock.tryLock(), afterwards, taking);
        } catch (IllegalStateException e) {
            throw uses.failed(e);
        }
    }

    /// The same, waiting at most `timeout` until nobody has it who is alive.
    <T> Optional<T> take(Duration timeout, Runnable afterwards, Taking<T> taking)
            throws IOException, InterruptedException {
        return taken(lock.tryLock(timeout), afterwards, taking);
    }

    private <T> Optional<T> taken(
            Optional<Acquired> acquired, Runnable afterwards, Taking<T> taking) throws IOException {
        if (acquired.isEmpty()) {
            return Optional.empty();
        }
        var use = open(afterwards);
        boolean isTaken = false;
        try {
            use.enter(); // what is there is looked at
            try {
                if (acquired.get() == Acquired.OWNER_DIED) {
                    lock.markConsistent(); // it is, whatever he was doing
                }
                var taken = taking.take(use);
                isTaken = true;
                return Optional.of(taken);
            } finally {
                use.exit();
            }
        } finally {
            if (!isTaken) {
                use.close();
            }
        }
    }

    private RingUse open(Runnable afterwards) throws IOException {
        boolean isOpen = false;
        try {
            var use = uses.open(() -> giveUp(afterwards));
            isOpen = true;
            return use;
        } finally {
            if (!isOpen) {
                giveUp(() -> {});
            }
        }
    }

    private void giveUp(Runnable afterwards) {
        try {
            lock.unlock();
        } catch (IllegalMonitorStateException | IllegalStateException _) {
            // Somebody has stored nonsense into it, or shortened the region: it is not ours, as it
            // should be now.
        }
        afterwards.run();
    }

    /// What is thrown where another has it.
    static OsException busy(String side, SharedRegion region) {
        return OsException.of(side, region.toString(), Errno.EBUSY.number(), "another has it");
    }

    /// True while somebody has it, and is alive.
    boolean isHeld() {
        return lock.isHeld();
    }

    /// Who has it, and is alive.
    Optional<Participant> holder() {
        return lock.holder();
    }
}
