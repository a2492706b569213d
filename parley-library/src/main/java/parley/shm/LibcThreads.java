package parley.shm;

import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import parley.kernel.SignalH;

/// The threads of this process that wait for a pthread mutex of a region, or have one. libc keeps a
/// list in the memory of those that a thread has: while there is one, the region must stay mapped.
final class LibcThreads {
    /// A thread that has some.
    private static final class Owner {
        final int threadId = SignalH.gettid();
        int mutexes;
    }

    private final Map<Thread, Owner> owners = new HashMap<>();
    private int waiting;
    private boolean isClosing;

    /// This thread begins to wait.
    ///
    /// @throws ClosedChannelException if the region is closed
    synchronized void begin() throws ClosedChannelException {
        if (isClosing) {
            throw new ClosedChannelException();
        }
        waiting++;
    }

    /// It has come to an end with that.
    synchronized void end(boolean isOwner) {
        waiting--;
        if (isOwner) {
            owners.computeIfAbsent(Thread.currentThread(), _ -> new Owner()).mutexes++;
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

    synchronized boolean isClosing() {
        return isClosing;
    }

    /// Ends all waits, and lets none begin.
    ///
    /// @throws IllegalStateException while a thread has a mutex
    synchronized void close() {
        owners.values().removeIf(LibcThreads::isGone);
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

    /// Its mutexes are then marked.
    private static boolean isGone(Owner owner) {
        return Files.notExists(Path.of("/proc/self/task/" + owner.threadId));
    }
}
