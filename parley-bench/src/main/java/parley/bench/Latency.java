package parley.bench;

import java.util.Arrays;
import org.HdrHistogram.Histogram;

/// How long something took, over all rounds of one side, in nanoseconds.
public record Latency(long count, long p50, long p99, long p999) implements Row.Figures {
    private static final int DIGITS = 3;

    /// Collects what the rounds of one side took.
    public static final class Recorder {
        private final Histogram histogram = new Histogram(DIGITS);

        /// Adds a round, and returns its own median.
        public double add(long[] nanos) {
            var sorted = nanos.clone();
            Arrays.sort(sorted);
            for (long each : sorted) {
                histogram.recordValue(each);
            }
            return sorted[sorted.length / 2];
        }

        /// All rounds so far.
        public Latency latency() {
            return new Latency(
                    histogram.getTotalCount(),
                    histogram.getValueAtPercentile(50),
                    histogram.getValueAtPercentile(99),
                    histogram.getValueAtPercentile(99.9));
        }
    }
}
