package parley.ready;

import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// One direction of a descriptor, reading or writing, and the virtual threads that are parked until
/// it may be tried again.
///
/// **Assumptions.** A thread tries first and comes here only after EAGAIN; the kernel reports the
/// next change after that EAGAIN ([Poller] watches edge-triggered). **Guarantees.** A change that
/// comes between the EAGAIN and [#await] is not lost: it is kept as `isReady` until one thread
/// takes it. A change wakes all who wait, and each tries again.
final class Direction {
    private final Set<Waiting> waiting = new LinkedHashSet<>();
    private boolean isReady;
    private boolean isClosed;

    /// One thread's wait.
    private static final class Waiting {
        final Thread thread = Thread.currentThread();
        volatile boolean isOver;
    }

    /// Parks the current thread until it should try again.
    ///
    /// @return false if the deadline came first
    /// @throws InterruptedException if the thread is interrupted
    /// @throws AsynchronousCloseException if the descriptor is closed
    boolean await(Deadline deadline) throws InterruptedException, AsynchronousCloseException {
        var own = new Waiting();
        if (takeReady(own)) {
            return true;
        }
        try {
            while (!own.isOver) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                if (deadline.isNever()) {
                    LockSupport.park(this);
                } else if (deadline.isOver()) {
                    return false;
                } else {
                    LockSupport.parkNanos(this, deadline.remainingNanos());
                }
            }
        } finally {
            remove(own);
        }
        requireOpen();
        return true;
    }

    /// Takes a change that has come already, or lines up.
    private synchronized boolean takeReady(Waiting own) throws AsynchronousCloseException {
        requireOpen();
        if (isReady) {
            isReady = false;
            return true;
        }
        waiting.add(own);
        return false;
    }

    private synchronized void remove(Waiting own) {
        waiting.remove(own);
    }

    private synchronized void requireOpen() throws AsynchronousCloseException {
        if (isClosed) {
            throw new AsynchronousCloseException();
        }
    }

    /// The kernel has reported a change.
    void ready() {
        wake(false);
    }

    /// The descriptor is closed.
    void close() {
        wake(true);
    }

    private void wake(boolean isClosing) {
        List<Waiting> all;
        synchronized (this) {
            isClosed |= isClosing;
            isReady = waiting.isEmpty();
            all = new ArrayList<>(waiting);
            waiting.clear();
        }
        for (var one : all) {
            one.isOver = true;
            LockSupport.unpark(one.thread);
        }
    }
}
