package parley.ready;

import java.io.IOException;
import java.util.function.LongConsumer;

/// Something without a descriptor that a [Waiter] can wait for: a futex word, or what is made of
/// such.
public interface Waitable {
    /// Begins to wait, and does not block.
    ///
    /// @param whenEnded is given the wait's result, once, on any thread, and must not block
    /// @return the wait, which can be cancelled
    PendingCall start(LongConsumer whenEnded) throws IOException;

    /// Called if a wait was cancelled and had succeeded all the same: whatever it took is for
    /// others who wait. Does not block.
    void passOn();
}
