package parley.bench.transports;

/// What is measured of a transport.
enum Measure {
    ROUND_TRIP("round-trip"),
    THROUGHPUT("throughput");

    private final String word;

    Measure(String word) {
        this.word = word;
    }

    /// What the report calls it.
    String word() {
        return word;
    }
}
