package parley.channel;

/// What becomes of a message for which there is no room.
public enum WhenFull {
    /// It waits for room.
    WAIT,
    /// It is refused: `EAGAIN`.
    REFUSE,
    /// It is lost, and counted.
    DROP_NEWEST,
    /// The oldest messages of this sender are lost, until there is room; and counted. Only where
    /// receivers compete ([parley.shm.Delivery#COMPETING]): one alone reads them where they lie.
    DROP_OLDEST
}
