package parley.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import parley.bench.Row.Alone;
import parley.bench.Row.Amount;
import parley.bench.Row.Comparison;
import parley.bench.Row.Missing;
import parley.bench.Row.Rate;
import parley.bench.Row.Standing;
import parley.bench.Row.Throughput;

/// Tables of comparisons, of throughput, of many who take part, and of amounts; on a terminal also
/// what is measured now.
final class TableReport implements Report {
    private static final String COMPARISON =
            "%-11s %-17s %-15s %9s %9s  %-11s %9s %9s  %5s %13s %5s  %s";
    private static final String AMOUNT = "%-11s %-28s %-27s %12s %-14s %5s  %s";
    private static final String STANDING =
            "%-11s %-17s %-27s %11s %8s %9s %8s  %6s %16s %5s  %-9s  %s";
    private static final List<String> COMPARISON_HEADINGS = headings("p50 µs", "p99 µs");
    private static final List<String> THROUGHPUT_HEADINGS = headings("per s", "MB/s");
    private static final List<String> TRIP_HEADINGS =
            standingHeadings("p50 ns", "p99 ns", "p99.9 ns");
    private static final List<String> RATE_HEADINGS = standingHeadings("per s", "MB/s", "");
    private static final List<String> AMOUNT_HEADINGS =
            List.of("MEASURE", "SUBJECT", "SETTING", "AMOUNT", "UNIT", "GOAL", "VERDICT");
    private static final int STANDING_COLUMNS = RATE_HEADINGS.size();
    private static final int FIGURE_COLUMNS = RATE_HEADINGS.indexOf("RATIO");
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean showsProgress;
    private List<String> table = List.of();

    TableReport(PrintWriter out, PrintWriter err, boolean showsProgress) {
        this.out = out;
        this.err = err;
        this.showsProgress = showsProgress;
    }

    private static List<String> headings(String first, String second) {
        return List.of(
                "MEASURE",
                "SUBJECT",
                "SETTING",
                first,
                second,
                "RIVAL",
                first,
                second,
                "RATIO",
                "95 % SURE",
                "GOAL",
                "VERDICT");
    }

    private static List<String> standingHeadings(String first, String second, String third) {
        return List.of(
                "MEASURE",
                "WHO",
                "SETTING",
                first,
                second,
                third,
                "GARBAGE",
                "RATIO",
                "95 % SURE",
                "GOAL",
                "VERDICT",
                "OF");
    }

    @Override
    public void begin(String command) throws IOException {
        out.println(
                "%s: %s, %d cpus, Linux %s, Java %s, load %.2f"
                        .formatted(
                                command,
                                Machine.processor(),
                                Machine.processors().size(),
                                Machine.kernel(),
                                Runtime.version(),
                                Machine.load()));
        out.flush();
    }

    @Override
    public void row(Row row) {
        clearProgress();
        switch (row.result()) {
            case Comparison comparison -> {
                head(COMPARISON, COMPARISON_HEADINGS);
                print(COMPARISON, cells(row, comparison));
            }
            case Throughput throughput -> {
                head(COMPARISON, THROUGHPUT_HEADINGS);
                print(COMPARISON, cells(row, throughput));
            }
            case Standing standing -> print(row, standing);
            case Alone alone -> {
                head(COMPARISON, COMPARISON_HEADINGS);
                print(COMPARISON, cells(row, alone));
            }
            case Amount amount -> {
                head(AMOUNT, AMOUNT_HEADINGS);
                print(AMOUNT, cells(row, amount));
            }
            case Missing missing ->
                    out.println(
                            "%-11s %-17s %-16s %s"
                                    .formatted(
                                            row.measure(),
                                            row.subject(),
                                            row.setting(),
                                            "missing: " + missing.reason()));
        }
        out.flush();
    }

    /// The first comparison stands in the line, each other one in a line of its own.
    private void print(Row row, Standing standing) {
        var figures =
                switch (standing.figures()) {
                    case Latency latency -> {
                        head(STANDING, TRIP_HEADINGS);
                        yield List.of(
                                Long.toString(latency.p50()),
                                Long.toString(latency.p99()),
                                Long.toString(latency.p999()));
                    }
                    case Rate rate -> {
                        head(STANDING, RATE_HEADINGS);
                        yield List.of(
                                decimal(0, rate.messagesPerSecond()),
                                decimal(0, rate.megabytesPerSecond()),
                                "");
                    }
                };
        var left = standing.bytesLeft();
        var cells = new ArrayList<>(List.of(row.measure(), row.subject(), row.setting()));
        cells.addAll(figures);
        cells.add(left.isPresent() ? number(left.getAsDouble()) : "-");
        if (standing.comparisons().isEmpty()) {
            cells.addAll(Collections.nCopies(STANDING_COLUMNS - cells.size(), ""));
            print(STANDING, cells);
        }
        for (var against : standing.comparisons()) {
            cells.add(decimal(2, against.ratio().median()));
            cells.add(interval(against.ratio()));
            cells.add(number(against.goal()));
            cells.add(against.verdict().word());
            cells.add(against.subject() + " by " + against.rival());
            print(STANDING, cells);
            cells = new ArrayList<>(Collections.nCopies(FIGURE_COLUMNS, ""));
        }
    }

    private static String number(OptionalDouble value) {
        return value.isPresent() ? decimal(2, value.getAsDouble()) : "-";
    }

    private static List<String> cells(Row row, Comparison comparison) {
        var ratio = comparison.ratio();
        return List.of(
                row.measure(),
                row.subject(),
                row.setting(),
                micros(comparison.ours().p50()),
                micros(comparison.ours().p99()),
                comparison.rival(),
                micros(comparison.theirs().p50()),
                micros(comparison.theirs().p99()),
                decimal(2, ratio.median()),
                interval(ratio),
                number(comparison.goal()),
                comparison.verdict().word());
    }

    private static List<String> cells(Row row, Throughput throughput) {
        var ratio = throughput.ratio();
        return List.of(
                row.measure(),
                row.subject(),
                row.setting(),
                decimal(0, throughput.ours().messagesPerSecond()),
                decimal(0, throughput.ours().megabytesPerSecond()),
                throughput.rival(),
                decimal(0, throughput.theirs().messagesPerSecond()),
                decimal(0, throughput.theirs().megabytesPerSecond()),
                decimal(2, ratio.median()),
                interval(ratio),
                decimal(2, throughput.goal()),
                throughput.verdict().word());
    }

    private static String interval(RatioOfMedians ratio) {
        return decimal(2, ratio.low()) + " to " + decimal(2, ratio.high());
    }

    private static List<String> cells(Row row, Alone alone) {
        return List.of(
                row.measure(),
                row.subject(),
                row.setting(),
                micros(alone.ours().p50()),
                micros(alone.ours().p99()),
                alone.rival(),
                "-",
                "-",
                "-",
                "-",
                "-",
                "missing: " + alone.reason());
    }

    private static List<String> cells(Row row, Amount amount) {
        var goal = amount.goal();
        return List.of(
                row.measure(),
                row.subject(),
                row.setting(),
                number(amount.value()),
                amount.unit(),
                goal.isPresent() ? number(goal.getAsDouble()) : "-",
                amount.verdict().word());
    }

    private void head(String format, List<String> headings) {
        if (!table.equals(headings)) {
            table = headings;
            out.println();
            print(format, headings);
        }
    }

    private void print(String format, List<String> cells) {
        out.println(format.formatted(cells.toArray()).stripTrailing());
    }

    private static String micros(long nanos) {
        return decimal(2, nanos / 1e3);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? decimal(0, value) : decimal(2, value);
    }

    private static String decimal(int digits, double value) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    @Override
    public void progress(String what) {
        if (showsProgress) {
            err.print(CLEAR_LINE + what + "…");
            err.flush();
        }
    }

    @Override
    public void close() {
        clearProgress();
    }

    private void clearProgress() {
        if (showsProgress) {
            err.print(CLEAR_LINE);
            err.flush();
        }
    }
}
