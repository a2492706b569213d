package parley.ready;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import parley.os.Errno;
import parley.os.Lifetime;

/// A system call in its two forms, one that never waits and one that does, kept so that making it
/// allocates nothing on a platform thread.
///
/// A platform thread makes one of the two where its guess from the last calls is right: to try
/// first what will have to wait is a system call for nothing, and to be ready to be called back
/// from what need not wait is work for nothing. Safe for many threads if the forms are.
public final class PreparedCall {
    private static final long WOULD_WAIT = -Errno.EAGAIN.number();

    private final Blocking.Call trying;
    private final Blocking.Call waiting;
    private final Expectation expectation = new Expectation();

    /// @param trying returns `-EAGAIN` if it would have to wait
    /// @param waiting the same call, which waits
    public PreparedCall(Blocking.Call trying, Blocking.Call waiting) {
        this.trying = trying;
        this.waiting = waiting;
    }

    /// Makes the call once, without waiting.
    ///
    /// @param lifetime of what it uses
    /// @return its result, `-EAGAIN` if it would have to wait
    /// @throws ClosedChannelException if that is closed
    public long attempt(Lifetime lifetime) throws ClosedChannelException {
        lifetime.enter();
        try {
            long r;
            do {
                r = trying.make();
            } while (Errno.EINTR.is(r));
            return r;
        } finally {
            lifetime.exit();
        }
    }

    /// Makes the call, waiting until it can succeed or the deadline is over.
    ///
    /// @return its result, `-EAGAIN` if the deadline came first
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws ClosedChannelException if what it uses is closed, meanwhile too
    /// @throws parley.os.LimitReachedException on a virtual thread, if there are as many threads as
    ///   there may be
    public long await(Lifetime lifetime, Deadline deadline)
            throws IOException, InterruptedException {
        Interruption.check();
        boolean isVirtual = Thread.currentThread().isVirtual();
        if (isVirtual || !deadline.isNever() || expectation.isReady()) {
            long r = attempt(lifetime);
            if (!Errno.EAGAIN.is(r)) {
                expectation.met();
                return r;
            }
            expectation.missed();
            if (deadline.isOver()) {
                return r;
            }
        } else if (!lifetime.isOpen()) {
            throw new ClosedChannelException();
        }
        long r =
                isVirtual
                        ? awaitElsewhere(lifetime, deadline)
                        : Blocking.callDirectly(lifetime, deadline, waiting);
        return Errno.ETIMEDOUT.is(r) ? WOULD_WAIT : r;
    }

    /// By a lent thread; what it uses is in use meanwhile.
    private long awaitElsewhere(Lifetime lifetime, Deadline deadline)
            throws IOException, InterruptedException {
        lifetime.enter();
        try {
            return Blocking.call(lifetime, deadline, waiting);
        } finally {
            lifetime.exit();
        }
    }
}
