package parley.ready;

import java.nio.channels.AsynchronousCloseException;
import parley.os.Errno;
import parley.os.Lifetime;

/// Makes system calls that wait, so that they can be interrupted, closed and timed.
///
/// On a platform thread the call is made directly. On a virtual thread, whose carrier it would
/// block for all others, a platform thread makes it. If the call succeeded its result is returned,
/// whatever came meanwhile: nothing that was received is lost; an interrupt stays pending then.
public final class Blocking {
    private Blocking() {}

    /// A system call that may wait: returns `>= 0` or `-errno`, and is made again after `-EINTR`.
    @FunctionalInterface
    public interface Call {
        /// Makes the call.
        long make();
    }

    /// Makes a call that bounds its waiting itself.
    ///
    /// @param lifetime of what is waited on, which the caller has entered
    /// @return the call's result, never `-EINTR`
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws AsynchronousCloseException if closed before the call succeeded
    public static long call(Lifetime lifetime, Call call)
            throws InterruptedException, AsynchronousCloseException {
        return call(lifetime, Deadline.NEVER, call);
    }

    /// Makes a call that cannot bound its waiting: it is called back at the deadline.
    ///
    /// @return the call's result, `-ETIMEDOUT` after the deadline
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws AsynchronousCloseException if closed before the call succeeded
    public static long call(Lifetime lifetime, Deadline deadline, Call call)
            throws InterruptedException, AsynchronousCloseException {
        return Thread.currentThread().isVirtual()
                ? Offload.call(() -> callDirectly(lifetime, deadline, call))
                : callDirectly(lifetime, deadline, call);
    }

    private static long callDirectly(Lifetime lifetime, Deadline deadline, Call call)
            throws InterruptedException, AsynchronousCloseException {
        var thread = BlockedThread.current();
        thread.enter();
        lifetime.add(thread);
        var alarm =
                deadline.isNever() ? null : Alarms.after(deadline.remainingNanos(), thread::wake);
        try {
            while (true) {
                Interruption.check();
                if (!lifetime.isOpen()) {
                    throw new AsynchronousCloseException();
                }
                long r = call.make();
                if (!Errno.EINTR.is(r)) {
                    return r;
                }
                if (deadline.isOver()) {
                    return -Errno.ETIMEDOUT.number();
                }
            }
        } finally {
            if (alarm != null) {
                alarm.cancel(false);
            }
            lifetime.remove(thread);
            thread.leave();
        }
    }
}
