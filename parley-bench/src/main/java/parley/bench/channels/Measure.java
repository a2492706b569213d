package parley.bench.channels;

/// What is measured of channels.
enum Measure {
    ROUND_TRIP("round-trip"), // of those who spin
    THROUGHPUT("throughput"),
    ASLEEP("asleep"), // round trips of those who sleep until there is something
    SENDERS("senders"), // throughput of several to one
    BROADCAST("broadcast"); // throughput of one to several

    private final String word;

    Measure(String word) {
        this.word = word;
    }

    /// What the report calls it.
    String word() {
        return word;
    }

    /// Are there messages back?
    boolean isOfTrips() {
        return this == ROUND_TRIP || this == ASLEEP;
    }
}
