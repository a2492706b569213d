package parley.ready;

import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import parley.os.Errno;
import parley.os.Lifetime;

/// A call that waits, made elsewhere for somebody who does not block in it: by another thread, or
/// by the kernel on its own.
///
/// It ends once. [#cancel] asks it to end soon; if it had succeeded by then, that is its result:
/// nothing that it took is lost. Safe for many threads.
public abstract class PendingCall {
    private static final long PENDING = Long.MIN_VALUE;

    private final LongConsumer whenEnded;
    private volatile long result = PENDING;
    private @Nullable Throwable failure; // written before the result

    /// @param whenEnded is given the result, once, on any thread, and must not block
    protected PendingCall(LongConsumer whenEnded) {
        this.whenEnded = whenEnded;
    }

    /// Asks the call to end soon, with `-ECANCELED` if it has not succeeded; does not wait for
    /// that. May be called more than once, and when it has ended.
    public abstract void cancel();

    /// Called by whoever makes the call, once.
    ///
    /// @param value `>= 0` or `-errno`
    protected final void end(long value) {
        result = value;
        whenEnded.accept(value);
    }

    /// Called by whoever makes the call if that was a mistake: [#result] throws it.
    protected final void fail(RuntimeException mistake) {
        failure = mistake;
        end(-Errno.ECANCELED.number());
    }

    /// True if there is a result.
    public final boolean isEnded() {
        return result != PENDING;
    }

    /// The call's result: `>= 0` or `-errno`.
    ///
    /// @throws IllegalStateException before the end
    public final long result() {
        long ended = result;
        if (ended == PENDING) {
            throw new IllegalStateException("has not ended");
        }
        if (failure instanceof RuntimeException mistake) {
            throw mistake;
        }
        return ended;
    }

    /// Parks the current thread, which `whenEnded` unparks, until the call has ended.
    ///
    /// @param lifetime of what is waited on, which the caller has entered
    /// @return the call's result, `-ETIMEDOUT` after the deadline
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws AsynchronousCloseException if closed before the call succeeded
    public final long await(Lifetime lifetime, Deadline deadline)
            throws InterruptedException, AsynchronousCloseException {
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
            return -Errno.ETIMEDOUT.number();
        } finally {
            lifetime.remove(closer);
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
