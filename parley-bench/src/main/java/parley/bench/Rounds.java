package parley.bench;

import java.time.Duration;

/// How much is compared.
///
/// @param count turns of each side in one comparison
/// @param comparison how long all rounds of one comparison take together, all sides
/// @param warmUp messages, trips of each side that are not counted
/// @param seed what chooses the order in each round
public record Rounds(int count, Duration comparison, int warmUp, long seed) {
    private static final int IN_A_ROUND_MAX = 1 << 20;

    /// Messages, trips in a round, when there are so many sides and one takes so long.
    public int perRound(int sides, double nanos) {
        return (int) Math.clamp(turnNanos(sides) / nanos, 2, IN_A_ROUND_MAX);
    }

    /// How long one side's turn is in a round, when there are so many.
    public double turnNanos(int sides) {
        return (double) comparison.toNanos() / (sides * count);
    }
}
