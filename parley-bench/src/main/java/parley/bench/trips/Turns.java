package parley.bench.trips;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import parley.bench.Latency;
import parley.bench.RatioOfMedians;
import parley.bench.Rounds;
import parley.bench.Row.Comparison;

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
        final double[] medians;
        final Latency.Recorder recorder = new Latency.Recorder();

        Turn(Side side, int count) {
            this.side = side;
            this.medians = new double[count];
        }

        void take(int round, int trips) throws Exception {
            medians[round] = recorder.add(side.trips(trips));
        }
    }

    /// Warms both up and compares them.
    ///
    /// @param goal as in [Comparison]
    public Comparison compare(Side ours, String rival, Side theirs, OptionalDouble goal)
            throws Exception {
        int count = rounds.count();
        int trips = rounds.perRound(2, Math.max(warmUp(ours), warmUp(theirs)));
        var first = new Turn(ours, count);
        var second = new Turn(theirs, count);
        for (int round = 0; round < count; round++) {
            boolean areWeFirst = random.nextBoolean();
            (areWeFirst ? first : second).take(round, trips);
            (areWeFirst ? second : first).take(round, trips);
        }
        return new Comparison(
                rival,
                first.recorder.latency(),
                second.recorder.latency(),
                RatioOfMedians.of(first.medians, second.medians),
                goal);
    }

    /// One side alone.
    public Latency alone(Side ours) throws Exception {
        int trips = rounds.perRound(2, warmUp(ours));
        var turn = new Turn(ours, rounds.count());
        for (int round = 0; round < rounds.count(); round++) {
            turn.take(round, trips);
        }
        return turn.recorder.latency();
    }

    /// Trips that are not counted: until the compiler has seen enough, and the caches too.
    ///
    /// @return about how long one takes after that, in nanoseconds
    private double warmUp(Side side) throws Exception {
        long[] _ = side.trips(rounds.warmUp());
        return average(side.trips(rounds.warmUp() / 4 + 1));
    }
}
