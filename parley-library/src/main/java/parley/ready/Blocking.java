package parley.ready;

import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
        thread.enter(lifetime);
        var timer = deadline.isNever() ? null : Timer.wakeAt(deadline, thread);
        try {
            while (true) {
                long r = call.make();
                if (!Errno.EINTR.is(r)) {
                    return r;
                }
                BlockedThread.check(lifetime);
                if (deadline.isOver()) {
                    return -Errno.ETIMEDOUT.number();
                }
            }
        } finally {
            if (timer != null) {
                timer.cancel(false);
            }
            thread.leave(lifetime);
        }
    }

    /// Started with the first call that has to be called back in time.
    private static final class Timer {
        private static final ScheduledExecutorService SCHEDULER =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("parley-deadlines").factory());

        static Future<?> wakeAt(Deadline deadline, BlockedThread thread) {
            return SCHEDULER.schedule(
                    thread::wake, deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        }
    }
}
