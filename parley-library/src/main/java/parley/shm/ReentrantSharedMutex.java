package parley.shm;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import parley.shm.SharedMutex.Acquired;

/// A [SharedMutex] that the thread which has it may take again, and gives back as often.
///
/// In this process it belongs to a thread, platform or virtual; to the others it belongs to the
/// process, as any. Safe for many threads.
public final class ReentrantSharedMutex {
    private final SharedMutex mutex;

    /// A thread finds itself here only if it has the lock, whatever it sees of what others store:
    /// it stores another value itself before it gives the lock back.
    private @Nullable Thread holder;

    private int count; // the holder's

    ReentrantSharedMutex(SharedMutex mutex) {
        this.mutex = mutex;
    }

    /// Takes the lock, waiting until it is free, its owner is dead, or at once if this thread has
    /// it.
    ///
    /// @return [Acquired#OWNER_DIED] until what it guards is repaired, also if this thread has it
    ///   already
    /// @throws NotRecoverableException if an owner died and nobody repaired what it guards
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed meanwhile
    public Acquired lock() throws IOException, InterruptedException {
        return isHeldByCurrentThread() ? again() : first(mutex.lock());
    }

    /// Takes the lock if it is free, its owner is dead, or this thread has it; never waits.
    ///
    /// @return empty if another has it
    public Optional<Acquired> tryLock() throws NotRecoverableException {
        return isHeldByCurrentThread() ? Optional.of(again()) : mutex.tryLock().map(this::first);
    }

    /// Takes the lock, waiting at most `timeout`.
    ///
    /// @return empty if another had it all the time
    public Optional<Acquired> tryLock(Duration timeout) throws IOException, InterruptedException {
        return isHeldByCurrentThread()
                ? Optional.of(again())
                : mutex.tryLock(timeout).map(this::first);
    }

    private Acquired again() {
        var how = mutex.state();
        count = Math.addExact(count, 1);
        return how;
    }

    private Acquired first(Acquired how) {
        holder = Thread.currentThread();
        count = 1;
        return how;
    }

    /// Says that what the lock guards is right again, after [Acquired#OWNER_DIED].
    ///
    /// @throws IllegalMonitorStateException if this thread does not have the lock
    public void markConsistent() {
        requireHeld();
        mutex.markConsistent();
    }

    /// Gives the lock back, if this was asked for as often as it was taken.
    ///
    /// @throws IllegalMonitorStateException if this thread does not have the lock
    public void unlock() {
        requireHeld();
        if (--count == 0) {
            holder = null;
            mutex.unlock();
        }
    }

    private void requireHeld() {
        if (!isHeldByCurrentThread()) {
            throw new IllegalMonitorStateException("this thread does not have the lock");
        }
    }

    /// True if this thread has the lock.
    public boolean isHeldByCurrentThread() {
        return Thread.currentThread().equals(holder);
    }
}
