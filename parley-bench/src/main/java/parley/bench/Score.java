package parley.bench;

import java.util.Arrays;

/// What one side has shown in its rounds so far.
public final class Score {
    private final Latency.Recorder recorder = new Latency.Recorder();
    private double[] rounds = {};

    /// Adds a round of trips: its figure is their median.
    ///
    /// @param nanos of each
    public void add(long[] nanos) {
        add(recorder.add(nanos));
    }

    /// Adds a round of which only all together is known.
    ///
    /// @param nanos of one message, on average
    public void add(double nanos) {
        rounds = Arrays.copyOf(rounds, rounds.length + 1);
        rounds[rounds.length - 1] = nanos;
    }

    /// Of all trips.
    public Latency latency() {
        return recorder.latency();
    }

    /// Of the median round.
    ///
    /// @param bytes of a message
    public Row.Rate rate(int bytes) {
        var sorted = rounds.clone();
        Arrays.sort(sorted);
        return new Row.Rate(sorted[sorted.length / 2], bytes);
    }

    /// Compares the rounds of two sides, which had as many.
    public RatioOfMedians ratioTo(Score rival) {
        return RatioOfMedians.of(rounds, rival.rounds);
    }
}
