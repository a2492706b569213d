package parley.os;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The life of something that is closed exactly once, and never while a call uses it.
///
/// A call brackets its use with [#enter] and [#exit]. Closing refuses new calls, wakes those that
/// wait, and the last to leave releases the thing: a descriptor number or an address can so never
/// be reused under a running call. Safe for many threads; enter and exit are lock-free.
public final class Lifetime {
    /// Somebody who waits inside a call, or keeps something, and wants to know when the thing is
    /// closed.
    public interface Waiter {
        /// Ends the wait soon, and does not itself wait for that; called by the thread that closes,
        /// when the lifetime is closed and the thing not yet released.
        void wake();
    }

    private static final int CLOSED = 1 << 31; // the other bits count the calls in flight

    private final AtomicInteger state = new AtomicInteger();
    private final AtomicReference<@Nullable Waiter> first = new AtomicReference<>(); // mostly alone
    private final IdentityHashMap<Waiter, Boolean> others = new IdentityHashMap<>(2); // no nodes
    private final Runnable release;

    /// @param release runs exactly once, when closed and no longer used
    public Lifetime(Runnable release) {
        this.release = release;
    }

    /// Begins a use; [#exit] must follow.
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

    /// True until [#close].
    public boolean isOpen() {
        return state.get() >= 0;
    }

    /// Refuses further uses, wakes all waiters, and releases when the last use ends. Does not wait
    /// for that; more calls do nothing.
    public void close() {
        // Counts itself as a use, so that nothing is released before all waiters know.
        int seen = state.getAndUpdate(s -> s < 0 ? s : (s + 1) | CLOSED);
        if (seen < 0) {
            return;
        }
        try {
            wakeAll(allWaiters().iterator());
        } finally {
            exit();
        }
    }

    private List<Waiter> allWaiters() {
        var all = new ArrayList<Waiter>();
        synchronized (others) {
            all.addAll(others.keySet());
        }
        var alone = first.get();
        if (alone != null) {
            all.add(alone);
        }
        return all;
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
        if (!first.compareAndSet(null, waiter)) {
            synchronized (others) {
                others.put(waiter, true);
            }
        }
    }

    /// Ends a registration.
    public void remove(Waiter waiter) {
        if (!first.compareAndSet(waiter, null)) {
            synchronized (others) {
                others.remove(waiter);
            }
        }
    }
}
