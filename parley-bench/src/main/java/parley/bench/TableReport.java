package parley.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import parley.bench.Row.Alone;
import parley.bench.Row.Amount;
import parley.bench.Row.Comparison;
import parley.bench.Row.Missing;
import parley.bench.Row.Throughput;

/// Tables of comparisons, of throughput and of amounts; on a terminal also what is measured now.
final class TableReport implements Report {
    private static final String COMPARISON =
            "%-11s %-17s %-15s %9s %9s  %-11s %9s %9s  %5s %13s %5s  %s";
    private static final String AMOUNT = "%-11s %-28s %-16s %12s %-14s %5s  %s";
    private static final List<String> COMPARISON_HEADINGS = headings("p50 µs", "p99 µs");
    private static final List<String> THROUGHPUT_HEADINGS = headings("per s", "MB/s");
    private static final List<String> AMOUNT_HEADINGS =
            List.of("MEASURE", "SUBJECT", "SETTING", "AMOUNT", "UNIT", "GOAL", "VERDICT");
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
                            "%-11s %-8s %-16s %s"
                                    .formatted(
                                            row.measure(),
                                            row.subject(),
                                            row.setting(),
                                            "missing: " + missing.reason()));
        }
        out.flush();
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
                comparison.goal().isPresent() ? decimal(2, comparison.goal().getAsDouble()) : "-",
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
