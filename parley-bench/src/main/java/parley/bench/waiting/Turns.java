package parley.bench.waiting;

import java.util.Arrays;
import java.util.SplittableRandom;
import parley.bench.Latency;
import parley.bench.RatioOfMedians;
import parley.bench.Row.Comparison;

/// Alternating rounds of two sides, so that whatever this machine is busy with hits both.
///
/// @param random decides who goes first in each round
record Turns(Effort effort, SplittableRandom random) {
    /// One of the two: makes round trips.
    @FunctionalInterface
    interface Side {
        /// Makes round trips.
        ///
        /// @return the nanoseconds of each
        long[] trips(int count) throws Exception;
    }

    /// One side's rounds.
    private static final class Rounds {
        final Side side;
        final double[] medians;
        final Latency.Recorder recorder = new Latency.Recorder();

        Rounds(Side side, int count) {
            this.side = side;
            this.medians = new double[count];
        }

        void run(int round, int trips) throws Exception {
            medians[round] = recorder.add(side.trips(trips));
        }
    }

    /// Warms both up and compares them.
    Comparison compare(Side ours, String rival, Side theirs, double goal) throws Exception {
        int count = effort.rounds();
        int trips = effort.tripsPerRound(Math.max(warmUp(ours), warmUp(theirs)));
        var first = new Rounds(ours, count);
        var second = new Rounds(theirs, count);
        for (int round = 0; round < count; round++) {
            boolean areWeFirst = random.nextBoolean();
            (areWeFirst ? first : second).run(round, trips);
            (areWeFirst ? second : first).run(round, trips);
        }
        return new Comparison(
                rival,
                first.recorder.latency(),
                second.recorder.latency(),
                RatioOfMedians.of(first.medians, second.medians),
                goal);
    }

    /// One side alone.
    Latency alone(Side ours) throws Exception {
        int trips = effort.tripsPerRound(warmUp(ours));
        var rounds = new Rounds(ours, effort.rounds());
        for (int round = 0; round < effort.rounds(); round++) {
            rounds.run(round, trips);
        }
        return rounds.recorder.latency();
    }

    /// Trips that are not counted: until the compiler has seen enough, and the caches too.
    ///
    /// @return about how long one takes after that, in nanoseconds
    private double warmUp(Side side) throws Exception {
        long[] _ = side.trips(effort.warmUpTrips());
        return Arrays.stream(side.trips(effort.warmUpTrips() / 4 + 1)).average().orElseThrow();
    }
}
