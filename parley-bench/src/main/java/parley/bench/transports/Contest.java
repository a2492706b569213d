package parley.bench.transports;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import parley.bench.Report;
import parley.bench.Rounds;
import parley.bench.Row;

/// One transport between processes on the same processors, Parley's and all rivals' in the same
/// rounds.
///
/// @param contestants Parley first
/// @param setting as the report has it
record Contest(
        Transport transport,
        List<Contestant> contestants,
        String setting,
        Rounds rounds,
        Report report) {
    private static final String C = "C";
    private static final double GOAL_OF_C = 1.1;
    private static final double GOAL = 1.0; // of rivals in Java
    private static final int FLOOD_BY_TRIP = 4; // messages to warm up: one way is the quicker
    private static final int KIB = 1024;
    private static final List<Integer> SIZES = List.of(Message.BYTES_MIN, KIB, 64 * KIB);

    /// One side's round.
    @FunctionalInterface
    private interface Turn {
        void take(Contestant contestant) throws Exception;
    }

    /// Measures all lengths.
    void run(List<Measure> measures) throws Exception {
        for (var measure : measures) {
            for (int size : SIZES) {
                int bytes = transport.messageBytes(size);
                var subject = transport.word() + " " + spelled(bytes);
                report.progress(measure.word() + " " + subject + ", " + setting);
                for (var contestant : contestants) {
                    contestant.pair().resize(bytes);
                }
                // Only the first time is nothing compiled.
                int warmUp = size == SIZES.getFirst() ? rounds.warmUp() : rounds.warmUp() / 4;
                switch (measure) {
                    case ROUND_TRIP -> compareTrips(subject, warmUp);
                    case THROUGHPUT -> compareFloods(subject, bytes, FLOOD_BY_TRIP * warmUp);
                }
            }
        }
    }

    private static String spelled(int bytes) {
        return bytes % KIB == 0 ? bytes / KIB + " KiB" : bytes + " B";
    }

    private void compareTrips(String subject, int warmUp) throws Exception {
        double slowest = 0;
        for (var contestant : contestants) {
            long[] _ = contestant.pair().trips(warmUp);
            var trips = contestant.pair().trips(warmUp / 4 + 1);
            slowest = Math.max(slowest, Arrays.stream(trips).average().orElseThrow());
        }
        int count = rounds.perRound(contestants.size(), slowest);
        takeTurns(contestant -> contestant.trips(count));
        var ours = contestants.getFirst();
        for (var rival : contestants.subList(1, contestants.size())) {
            report(
                    Measure.ROUND_TRIP,
                    subject,
                    new Row.Comparison(
                            rival.name(),
                            ours.score().latency(),
                            rival.score().latency(),
                            ours.score().ratioTo(rival.score()),
                            OptionalDouble.of(goal(rival))));
        }
    }

    private void compareFloods(String subject, int bytes, int warmUp) throws Exception {
        int window = transport.window(bytes);
        double slowest = 0;
        for (var contestant : contestants) {
            var _ = contestant.pair().flood(warmUp, window);
            int count = warmUp / 4 + 2;
            var flood = contestant.pair().flood(count, window);
            slowest = Math.max(slowest, (double) flood.nanos() / count);
        }
        int count = rounds.perRound(contestants.size(), slowest);
        takeTurns(contestant -> contestant.flood(count, window));
        var ours = contestants.getFirst();
        for (var rival : contestants.subList(1, contestants.size())) {
            report(
                    Measure.THROUGHPUT,
                    subject,
                    new Row.Throughput(
                            rival.name(),
                            ours.score().rate(bytes),
                            rival.score().rate(bytes),
                            ours.score().ratioTo(rival.score()),
                            goal(rival)));
        }
        reportGarbage(subject);
    }

    private void takeTurns(Turn turn) throws Exception {
        contestants.forEach(Contestant::begin);
        var order = new ArrayList<>(contestants);
        var random = new Random(rounds.seed());
        for (int round = 0; round < rounds.count(); round++) {
            Collections.shuffle(order, random);
            for (var contestant : order) {
                turn.take(contestant);
            }
        }
    }

    private static double goal(Contestant rival) {
        return rival.name().equals(C) ? GOAL_OF_C : GOAL;
    }

    private void report(Measure measure, String subject, Row.Result result) {
        report.row(new Row(measure.word(), subject, setting, result));
    }

    /// What one message leaves to the collectors of both processes together.
    private void reportGarbage(String subject) {
        for (var contestant : contestants) {
            if (!contestant.name().equals(C)) {
                boolean isOurs = contestant == contestants.getFirst();
                var goal = isOurs ? OptionalDouble.of(0) : OptionalDouble.empty();
                double bytes = Math.rint(contestant.bytesAllocated());
                var amount = new Row.Amount(bytes, "bytes a message", goal);
                report.row(new Row("garbage", subject + ", " + contestant.name(), setting, amount));
            }
        }
    }
}
