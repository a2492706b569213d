package parley.channel;

/// What becomes of a message for which there is no room.
public enum WhenFull {
    /// It waits for room.
    WAIT,
    /// It is refused: `EAGAIN`.
    REFUSE,
    /// It is lost, and counted.
    DROP_NEWEST
}
