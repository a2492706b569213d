package parley.shm;

/// What is to be done when a lease has ended.
@FunctionalInterface
public interface WhenLeaseEnds {
    /// Is called by who ended it.
    ///
    /// @param isDone true if the message is gone, and there may be room; false if another can have
    ///   it
    void ended(boolean isDone);
}
