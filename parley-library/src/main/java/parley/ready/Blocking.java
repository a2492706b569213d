package parley.ready;

import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import parley.os.Errno;
import parley.os.Lifetime;
import parley.os.OsException;

/// Makes system calls that wait, so that they can be interrupted, closed and timed.
///
/// On a platform thread the call is made directly. On a virtual thread, whose carrier it would
/// block for all others, a platform thread makes it, one per call that waits. If the call succeeded
/// its result is returned, whatever came meanwhile: nothing that was received is lost; an interrupt
/// stays pending then.
public final class Blocking {
    private static final ExecutorService THREADS =
            Executors.newCachedThreadPool(
                    Thread.ofPlatform()
                            .daemon()
                            .inheritInheritableThreadLocals(false)
                            .name("parley-blocking-", 0)
                            .factory());

    private Blocking() {}

    /// A system call that may wait: returns `>= 0` or `-errno`, and is made again after `-EINTR`.
    @FunctionalInterface
    public interface Call {
        /// Makes the call.
        long make();
    }

    /// A system call of three words, which keeps nothing that would have to be allocated.
    @FunctionalInterface
    public interface WordsCall {
        /// Makes the call.
        long make(long a, long b, long c);
    }

    /// Makes a call without a bound on the current thread, a platform thread; allocates nothing.
    ///
    /// @param lifetime of what is waited on: its close ends the wait
    /// @return the call's result, never `-EINTR`
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws AsynchronousCloseException if closed before the call succeeded
    public static long call(Lifetime lifetime, WordsCall call, long a, long b, long c)
            throws InterruptedException, AsynchronousCloseException {
        var thread = BlockedThread.current();
        thread.enter(lifetime);
        try {
            long r;
            do {
                BlockedThread.check(lifetime);
                r = call.make(a, b, c);
            } while (Errno.EINTR.is(r));
            return r;
        } finally {
            thread.leave(lifetime);
        }
    }

    /// Makes a call that bounds its waiting itself.
    ///
    /// @param lifetime of what is waited on: its close ends the wait
    /// @return the call's result, never `-EINTR`
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws AsynchronousCloseException if closed before the call succeeded
    /// @throws parley.os.LimitReachedException on a virtual thread, if there are as many threads as
    ///   there may be
    public static long call(Lifetime lifetime, Call call)
            throws OsException, InterruptedException, AsynchronousCloseException {
        return call(lifetime, Deadline.NEVER, call);
    }

    /// Makes a call that cannot bound its waiting: it is called back at the deadline.
    ///
    /// @return the call's result, `-ETIMEDOUT` after the deadline
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws AsynchronousCloseException if closed before the call succeeded
    /// @throws parley.os.LimitReachedException on a virtual thread, if there are as many threads as
    ///   there may be
    public static long call(Lifetime lifetime, Deadline deadline, Call call)
            throws OsException, InterruptedException, AsynchronousCloseException {
        if (!Thread.currentThread().isVirtual()) {
            return callDirectly(lifetime, deadline, call);
        }
        BlockedThread.check(lifetime);
        var thread = Thread.currentThread();
        return start(deadline, call, _ -> LockSupport.unpark(thread))
                .await(lifetime, Deadline.NEVER);
    }

    /// Makes a call on a thread of its own, without waiting for it.
    ///
    /// @param deadline when it is called back, and ends with `-ETIMEDOUT`
    /// @param whenEnded is given the result, on that thread, and must not block
    /// @throws parley.os.LimitReachedException if there are as many threads as there may be
    public static PendingCall start(Deadline deadline, Call call, LongConsumer whenEnded)
            throws OsException {
        var started = new OnItsOwnThread(deadline, call, whenEnded);
        try {
            THREADS.execute(started);
        } catch (OutOfMemoryError e) {
            throw noThread(e);
        }
        return started;
    }

    private static final class OnItsOwnThread extends PendingCall implements Runnable {
        private final Deadline deadline;
        private final Call call;
        private final Lifetime wanted = new Lifetime(() -> {}); // closed: cancelled

        OnItsOwnThread(Deadline deadline, Call call, LongConsumer whenEnded) {
            super(whenEnded);
            this.deadline = deadline;
            this.call = call;
        }

        @Override
        public void run() {
            try {
                end(callDirectly(wanted, deadline, call));
            } catch (InterruptedException | AsynchronousCloseException _) {
                end(-Errno.ECANCELED.number());
            } catch (Throwable e) {
                fail(e);
            }
        }

        @Override
        public void cancel() {
            wanted.close();
        }
    }

    /// On a platform thread.
    static long callDirectly(Lifetime lifetime, Deadline deadline, Call call)
            throws OsException, InterruptedException, AsynchronousCloseException {
        var thread = BlockedThread.current();
        thread.enter(lifetime);
        Future<?> alarm = null;
        try {
            if (!deadline.isNever()) {
                alarm = Alarms.after(deadline.remainingNanos(), thread::wake);
            }
            do {
                BlockedThread.check(lifetime);
                long r = call.make();
                if (!Errno.EINTR.is(r)) {
                    return r;
                }
            } while (!deadline.isOver());
            BlockedThread.check(lifetime);
            return -Errno.ETIMEDOUT.number();
        } catch (OutOfMemoryError e) {
            throw noThread(e);
        } finally {
            if (alarm != null) {
                alarm.cancel(false);
            }
            thread.leave(lifetime);
        }
    }

    /// How the JDK says EAGAIN of pthread_create(3).
    private static OsException noThread(OutOfMemoryError e) {
        if (!String.valueOf(e.getMessage()).contains("native thread")) {
            throw e;
        }
        var refused = OsException.of("pthread_create", "a thread", Errno.EAGAIN.number());
        refused.initCause(e);
        return refused;
    }
}
