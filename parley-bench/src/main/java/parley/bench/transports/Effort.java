package parley.bench.transports;

import java.time.Duration;

/// How much is measured.
///
/// @param rounds turns of each side in one comparison
/// @param comparison how long all rounds of one comparison take together, all sides
/// @param warmUp messages of each side that are not counted, of the first length and kind
/// @param seed what chooses the order in each round
record Effort(int rounds, Duration comparison, int warmUp, long seed) {
    private static final int MESSAGES_MAX = 1 << 20;

    /// Messages in a round, when there are so many sides and one message takes so long.
    int messagesPerRound(int sides, double nanos) {
        double roundNanos = (double) comparison.toNanos() / (sides * rounds);
        return (int) Math.clamp(roundNanos / nanos, 2, MESSAGES_MAX);
    }
}
