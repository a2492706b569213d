package parley.shm;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The threads of this process that wait for a pthread mutex of a region, or have one. libc keeps a
/// list in the memory of those that a thread has: while there is one, the region must stay mapped.
final class LibcThreads {
    /// A thread that has some.
    private static final class Owner {
        final KernelThread thread;
        int mutexes;

        Owner(KernelThread thread) {
            this.thread = thread;
        }
    }

    private final Map<Thread, Owner> owners = new HashMap<>();
    private final Truncation truncation;
    private int waiting;
    private boolean isClosing;

    LibcThreads(Truncation truncation) {
        this.truncation = truncation;
    }

    /// This thread begins to wait.
    ///
    /// @throws ClosedChannelException if the region is closed
    synchronized void begin() throws ClosedChannelException {
        if (isClosing) {
            throw truncation.closed();
        }
        waiting++;
    }

    /// It has come to an end with that.
    ///
    /// @param owner as what it has one now; null if it has none
    synchronized void end(@Nullable KernelThread owner) {
        waiting--;
        if (owner != null) {
            owners.computeIfAbsent(Thread.currentThread(), _ -> new Owner(owner)).mutexes++;
        }
        notifyAll();
    }

    /// This thread has one less.
    synchronized void released() {
        var owner = owners.get(Thread.currentThread());
        if (owner != null && --owner.mutexes == 0) {
            owners.remove(Thread.currentThread());
        }
    }

    /// @throws AsynchronousCloseException if the region is closed meanwhile
    synchronized void requireOpen() throws AsynchronousCloseException {
        if (isClosing) {
            truncation.requireUnknown();
            throw new AsynchronousCloseException();
        }
    }

    /// Ends all waits, and lets none begin; does not wait for that.
    synchronized void refuse() {
        isClosing = true;
    }

    /// Ends all waits, and lets none begin.
    ///
    /// @throws IllegalStateException while a thread has a mutex
    synchronized void close() {
        owners.entrySet().removeIf(each -> hasEnded(each.getKey(), each.getValue()));
        if (!owners.isEmpty()) {
            throw new IllegalStateException(
                    "a thread has a pthread mutex of the region: " + owners.keySet());
        }
        isClosing = true;
        boolean isInterrupted = false;
        while (waiting > 0) {
            try {
                wait();
            } catch (InterruptedException _) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whose mutexes are marked then.
    private static boolean hasEnded(Thread thread, Owner owner) {
        while (!thread.isAlive() && !owner.thread.isGone()) {
            Thread.onSpinWait(); // it is about to
        }
        return !thread.isAlive();
    }
}
