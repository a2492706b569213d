package parley.bench.waiting;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalDouble;
import parley.bench.Machine;
import parley.bench.Measure;
import parley.bench.Report;
import parley.bench.Row;
import parley.os.LimitReachedException;

/// Many virtual threads that wait, each on something of its own: what it costs to wake them,
/// whether all wake-ups arrive, and what they cost while nothing happens.
record Crowds(Effort effort) implements Measure {
    private static final Duration SETTLING = Duration.ofMillis(500);
    private static final double IDLE_PERCENT_GOAL = 1;

    @Override
    public void run(Report report) throws Exception {
        report.progress("idle, nobody waits");
        var nobody = new Row.Amount(idlePercent(), "% of a cpu", OptionalDouble.empty());
        report.row(new Row("idle", "this JVM", "nobody waits", nobody));
        for (var kind : Cell.ALL) {
            try {
                run(kind, report);
            } catch (LimitReachedException e) {
                var missing = new Row.Missing(String.valueOf(e.getMessage()));
                report.row(new Row("wake-up", kind.name(), waiting(), missing));
            }
        }
    }

    private void run(Cell.Kind kind, Report report) throws Exception {
        report.progress("wake-up, " + kind.name());
        try (var crowd = new Crowd(kind, effort.waiters(), effort.rounds().seed())) {
            var rounds = new long[Math.toIntExact(effort.wakeUps() / effort.waiters())];
            for (int i = 0; i < rounds.length && crowd.lost() == 0; i++) {
                rounds[i] = crowd.wakeAll();
            }
            Arrays.sort(rounds);
            double micros = rounds[rounds.length / 2] / 1e3 / effort.waiters();
            row(report, "wake-up", kind, micros, "µs each", OptionalDouble.empty());
            row(report, "woken", kind, (double) crowd.woken(), "in all", OptionalDouble.empty());
            row(report, "lost", kind, (double) crowd.lost(), "of them", OptionalDouble.of(0));
            report.progress("idle, " + kind.name());
            double percent = idlePercent();
            row(report, "idle", kind, percent, "% of a cpu", OptionalDouble.of(IDLE_PERCENT_GOAL));
        }
    }

    private void row(
            Report report,
            String measure,
            Cell.Kind kind,
            double value,
            String unit,
            OptionalDouble goal) {
        var amount = new Row.Amount(value, unit, goal);
        report.row(new Row(measure, kind.name(), waiting(), amount));
    }

    private String waiting() {
        return effort.waiters() + " wait";
    }

    /// What all threads of this JVM use of one processor.
    private double idlePercent() throws IOException, InterruptedException {
        // What was before shall not count: the last to park, the collector, the compiler. No test
        // waits so; this is the measurement, of a time in which nothing happens.
        Thread.sleep(SETTLING);
        long start = System.nanoTime();
        long used = Machine.usedNanos();
        Thread.sleep(effort.idle());
        used = Machine.usedNanos() - used;
        return 100.0 * used / (System.nanoTime() - start);
    }
}
