package parley.os;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The life of something that is closed exactly once, and never while a call uses it.
///
/// A call brackets its use with [#enter()] and [#exit()]. Closing refuses new calls, wakes those
/// that wait, and the last to leave releases the thing: a descriptor number or an address can so
/// never be reused under a running call. Safe for many threads; enter and exit are lock-free.
public final class Lifetime {
    /// Somebody who waits inside a call, or keeps something, and wants to know when the thing is
    /// closed.
    public interface Waiter {
        /// Ends the wait soon, and does not itself wait for that; called by the thread that closes,
        /// when the lifetime is closed and the thing not yet released.
        void wake();
    }

    private static final int CLOSED = 1 << 31; // the other bits count the calls in flight
    private static final Waiter GONE = () -> {};

    private final AtomicInteger state = new AtomicInteger();

    /// The one that uses it and waits at once, if nobody did so before: mostly there is one, whom
    /// this spares two changes of [#state]. [#GONE] once closed.
    private final AtomicReference<@Nullable Waiter> alone = new AtomicReference<>();

    private final IdentityHashMap<Waiter, Boolean> others = new IdentityHashMap<>(2); // no nodes
    private final Runnable release;

    /// @param release runs exactly once, when closed and no longer used
    public Lifetime(Runnable release) {
        this.release = release;
    }

    /// Begins a use; [#exit()] must follow.
    ///
    /// @throws ClosedChannelException if closed
    public void enter() throws ClosedChannelException {
        int seen = state.get();
        while (true) {
            if (seen < 0) {
                throw new ClosedChannelException();
            }
            // An add that is undone on closed could release twice: two late callers, one release
            // each.
            int witness = state.compareAndExchange(seen, seen + 1);
            if (witness == seen) {
                return;
            }
            seen = witness;
        }
    }

    /// Ends a use.
    public void exit() {
        if (state.decrementAndGet() == CLOSED) {
            release.run();
        }
    }

    /// Begins a use by somebody who will wait in it: [#enter()] and [#add] in one; [#exit(Waiter)]
    /// must follow. A close may come at once: look at [#isOpen] afterwards.
    ///
    /// @throws ClosedChannelException if closed
    public void enter(Waiter waiter) throws ClosedChannelException {
        if (!alone.compareAndSet(null, waiter)) {
            enter();
            add(waiter);
        }
    }

    /// Ends such a use.
    public void exit(Waiter waiter) {
        if (!alone.compareAndSet(waiter, null)) { // it was not alone, or close has counted it
            remove(waiter);
            exit();
        }
    }

    /// True until [#close].
    public boolean isOpen() {
        return state.get() >= 0;
    }

    /// Refuses further uses, wakes all waiters, and releases when the last use ends. Does not wait
    /// for that; more calls do nothing.
    public void close() {
        // Two uses, so that nothing is released before all waiters know: its own, and that of the
        // one who is alone, who has not been counted and from now on leaves as the others do.
        int seen = state.getAndUpdate(s -> s < 0 ? s : (s + 2) | CLOSED);
        if (seen < 0) {
            return;
        }
        var waiters = new ArrayList<Waiter>();
        var counted = alone.getAndSet(GONE);
        if (counted == null) {
            exit();
        } else {
            waiters.add(counted);
        }
        synchronized (others) {
            waiters.addAll(others.keySet());
        }
        try {
            wakeAll(waiters.iterator());
        } finally {
            exit();
        }
    }

    /// One that cannot be woken keeps nobody else asleep; what it threw is thrown in the end.
    private static void wakeAll(Iterator<Waiter> rest) {
        while (rest.hasNext()) {
            boolean isWoken = false;
            try {
                rest.next().wake();
                isWoken = true;
            } finally {
                if (!isWoken) {
                    wakeAll(rest);
                }
            }
        }
    }

    /// Registers a waiter, once; it must look at [#isOpen] afterwards, for a close may have come
    /// before.
    public void add(Waiter waiter) {
        synchronized (others) {
            others.put(waiter, true);
        }
    }

    /// Ends a registration.
    public void remove(Waiter waiter) {
        synchronized (others) {
            others.remove(waiter);
        }
    }
}
