package parley.channel;

/// How a side of a channel waits: what it costs, and how soon it goes on.
public enum Waiting {
    /// Looks all the time: a processor is busy, and a message is seen within a tenth of a
    /// microsecond. Only where each side has a processor of its own.
    SPIN,
    /// Looks a little while, then lets others run between two looks.
    YIELD,
    /// Looks a little while if that was of use lately, then sleeps: no processor is used.
    PARK,
    /// Sleeps at once: where messages are rare, and each look would be for nothing.
    SLEEP;

    boolean isAsleepInTheEnd() {
        return this == PARK || this == SLEEP;
    }
}
