package parley.shm;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.function.Supplier;

/// The use of a region's memory by its address, which must not be unmapped meanwhile: of one side
/// of a ring, by one thread at a time. [#enter] and [#exit] around each use are two stores of the
/// thread's own and two loads; whoever closes pays for that, with a handshake of all threads.
final class RingUse {
    private static final VarHandle IS_INSIDE = isInsideHandle();

    private final Runnable end;
    private final Supplier<ClosedChannelException> reason;
    private boolean isInside; // stored by the user alone
    private volatile boolean isClosed;
    private boolean isEnded; // guarded by this

    /// @param end what happens once it is closed, and not inside any more
    /// @param reason what a use ends with then
    RingUse(Runnable end, Supplier<ClosedChannelException> reason) {
        this.end = end;
        this.reason = reason;
    }

    private static VarHandle isInsideHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(RingUse.class, "isInside", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /// Begins a use; [#exit] must follow.
    ///
    /// @throws ClosedChannelException if closed
    /// @throws IllegalStateException within another use
    void enter() throws ClosedChannelException {
        if (isInside) {
            throw new IllegalStateException("in use: by another thread, or by who calls this");
        }
        IS_INSIDE.setOpaque(this, true);
        if (isClosed) {
            exit();
            throw reason.get();
        }
    }

    void exit() {
        IS_INSIDE.setRelease(this, false);
        if (isClosed) {
            endOnce();
        }
    }

    boolean isOpen() {
        return !isClosed;
    }

    /// Refuses further uses. Does not wait for one that goes on: that ends it then.
    void close() {
        closeAll(List.of(this));
    }

    /// Refuses further uses, and leaves the end of it to the next attempt, or to [#close].
    void refuse() {
        isClosed = true;
    }

    /// Closes many for the price of one.
    static void closeAll(List<RingUse> uses) {
        if (uses.isEmpty()) {
            return;
        }
        for (var use : uses) {
            use.isClosed = true;
        }
        // A handshake with all threads: who has entered without having seen this is seen now.
        Arena.ofShared().close();
        for (var use : uses) {
            if (!(boolean) IS_INSIDE.getAcquire(use)) {
                use.endOnce();
            }
        }
    }

    private void endOnce() {
        synchronized (this) {
            if (isEnded) {
                return;
            }
            isEnded = true;
        }
        end.run();
    }
}
