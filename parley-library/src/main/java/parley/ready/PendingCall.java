package parley.ready;

import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import parley.os.Errno;
import parley.os.Lifetime;
import parley.os.OsException;

/// A call that waits, made elsewhere for somebody who does not block in it: by another thread, or
/// by the kernel on its own.
///
/// It ends once. [#cancel] asks it to end soon; if it had succeeded by then, that is its result:
/// nothing that it took is lost. Safe for many threads.
public abstract class PendingCall {
    private static final long PENDING = Long.MIN_VALUE;

    private final LongConsumer whenEnded;
    private final AtomicLong result = new AtomicLong(PENDING);
    private volatile @Nullable Throwable failure; // written before the result

    /// @param whenEnded is given the result, once, on any thread, and must not block; what it
    ///   throws goes to that thread's uncaught exception handler
    protected PendingCall(LongConsumer whenEnded) {
        this.whenEnded = whenEnded;
    }

    /// Asks the call to end soon, with `-ECANCELED` if it has not succeeded; does not wait for
    /// that. May be called more than once, and when it has ended.
    public abstract void cancel();

    /// Called by whoever makes the call; the first time counts.
    ///
    /// @param value `>= 0` or `-errno`
    protected final void end(long value) {
        if (result.compareAndSet(PENDING, value)) {
            try {
                whenEnded.accept(value);
            } catch (Throwable e) { // the thread that ends calls serves others too
                var thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    /// Called by whoever makes the call if it could not: [#result] throws it.
    protected final void fail(Throwable cause) {
        failure = cause;
        end(-Errno.ECANCELED.number());
    }

    /// The call's result, or `other` if it has none or was not made.
    public final long resultOr(long other) {
        long ended = result.get();
        return ended == PENDING || failure != null ? other : ended;
    }

    /// True if there is a result.
    public final boolean isEnded() {
        return result.get() != PENDING;
    }

    /// The call's result: `>= 0` or `-errno`.
    ///
    /// @throws IllegalStateException before the end
    /// @throws OsException if it could not be made: `EAGAIN` at the limit of threads
    public final long result() throws OsException {
        long ended = result.get();
        if (ended == PENDING) {
            throw new IllegalStateException("has not ended");
        }
        switch (failure) {
            case null -> {}
            case RuntimeException mistake -> throw mistake;
            case Error error -> throw error;
            case OsException refused -> throw refused;
            case Throwable other -> throw new AssertionError(other);
        }
        return ended;
    }

    /// Parks the current thread, which `whenEnded` unparks, until the call has ended.
    ///
    /// @param lifetime of what is waited on: its close ends the wait
    /// @return the call's result, `-ETIMEDOUT` after the deadline
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws AsynchronousCloseException if closed before the call succeeded
    public final long await(Lifetime lifetime, Deadline deadline)
            throws OsException, InterruptedException, AsynchronousCloseException {
        Lifetime.Waiter closer = this::cancel;
        lifetime.add(closer);
        boolean isInterrupted = false;
        try {
            boolean isCancelled = false;
            while (!isEnded()) {
                isInterrupted |= Thread.interrupted(); // else parking would return at once
                boolean isOver = isInterrupted || !lifetime.isOpen() || deadline.isOver();
                if (isOver && !isCancelled) {
                    isCancelled = true;
                    cancel();
                } else if (isCancelled || deadline.isNever()) {
                    LockSupport.park(this);
                } else {
                    LockSupport.parkNanos(this, deadline.remainingNanos());
                }
            }
            long ended = result();
            if (!Errno.ECANCELED.is(ended)) {
                return ended;
            }
            if (isInterrupted) {
                isInterrupted = false;
                throw new InterruptedException();
            }
            if (!lifetime.isOpen()) {
                throw new AsynchronousCloseException();
            }
            return deadline.isOver() ? -Errno.ETIMEDOUT.number() : 0; // 0: for no reason
        } finally {
            lifetime.remove(closer);
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
