package parley.bench.trips;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import parley.bench.Latency;
import parley.bench.Rounds;
import parley.bench.Row.Comparison;
import parley.bench.Score;

/// Alternating rounds of two sides, so that whatever this machine is busy with hits both.
///
/// @param random decides who goes first in each round
public record Turns(Rounds rounds, SplittableRandom random) {
    /// The program in C, a resource beside this class.
    public static final String PROGRAM = "trips.c";

    /// Begins with the seed.
    public Turns(Rounds rounds) {
        this(rounds, new SplittableRandom(rounds.seed()));
    }

    /// One of the two: makes round trips.
    @FunctionalInterface
    public interface Side {
        /// Makes round trips.
        ///
        /// @return the nanoseconds of each
        long[] trips(int count) throws Exception;

        /// The same where only all trips of a round together mean something: it is their mean.
        default Side mean() {
            return count -> new long[] {Math.round(average(trips(count)))};
        }
    }

    private static double average(long[] nanos) {
        return Arrays.stream(nanos).average().orElseThrow();
    }

    /// One side's rounds.
    private static final class Turn {
        final Side side;
        final Score score = new Score();

        Turn(Side side) {
            this.side = side;
        }

        void take(int trips) throws Exception {
            score.add(side.trips(trips));
        }
    }

    /// Warms both up and compares them.
    ///
    /// @param goal as in [Comparison]
    public Comparison compare(Side ours, String rival, Side theirs, OptionalDouble goal)
            throws Exception {
        int trips = rounds.perRound(2, Math.max(warmUp(ours), warmUp(theirs)));
        var first = new Turn(ours);
        var second = new Turn(theirs);
        for (int round = 0; round < rounds.count(); round++) {
            boolean areWeFirst = random.nextBoolean();
            (areWeFirst ? first : second).take(trips);
            (areWeFirst ? second : first).take(trips);
        }
        return new Comparison(
                rival,
                first.score.latency(),
                second.score.latency(),
                first.score.ratioTo(second.score),
                goal);
    }

    /// One side alone.
    public Latency alone(Side ours) throws Exception {
        int trips = rounds.perRound(2, warmUp(ours));
        var turn = new Turn(ours);
        for (int round = 0; round < rounds.count(); round++) {
            turn.take(trips);
        }
        return turn.score.latency();
    }

    /// Trips that are not counted: until the compiler has seen enough, and the caches too.
    ///
    /// @return about how long one takes after that, in nanoseconds
    private double warmUp(Side side) throws Exception {
        long[] _ = side.trips(rounds.warmUp());
        return average(side.trips(rounds.warmUp() / 4 + 1));
    }
}
