package parley.tool.demo;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import parley.tool.Columns;
import parley.tool.Columns.Column;

/// A table for people, or the same columns separated by tabs for programs; and a progress bar.
final class TableReport implements Report {
    private static final List<Column> COLUMNS =
            List.of(
                    new Column("MECHANISM", -10),
                    new Column("ADDRESS", -38),
                    new Column("BYTES", 10),
                    new Column("MESSAGES", 8),
                    new Column("MB/s", 7),
                    new Column("p50 µs", 7),
                    new Column("p99 µs", 7),
                    new Column("STATUS", 0));
    private static final int BAR_CELLS = 30;
    private static final String CLEAR_LINE = "\r\033[K";

    private final Columns columns;
    private final PrintWriter err;
    private final boolean showsProgress;

    TableReport(PrintWriter out, PrintWriter err, boolean isTable, boolean showsProgress) {
        this.columns = new Columns(out, isTable, COLUMNS);
        this.err = err;
        this.showsProgress = showsProgress;
    }

    @Override
    public void begin() {
        columns.begin();
    }

    @Override
    public void row(Row row) {
        clearProgress();
        boolean isOk = row.status() == Row.Status.OK;
        columns.row(
                List.of(
                        row.mechanism(),
                        row.address().isEmpty() ? "-" : row.address(),
                        Long.toString(row.bytes()),
                        Long.toString(row.messages()),
                        isOk ? decimal(row.bytesPerSecond() / 1e6) : "-",
                        isOk ? decimal(row.p50Nanos() / 1e3) : "-",
                        isOk ? decimal(row.p99Nanos() / 1e3) : "-",
                        isOk ? "ok" : row.status() + ": " + row.reason()));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    @Override
    public LongConsumer progress(String mechanism, long bytes) {
        if (!showsProgress) {
            return gone -> {};
        }
        drawProgress(mechanism, 0);
        var drawn = new int[1];
        return gone -> {
            int cells = (int) (bytes == 0 ? BAR_CELLS : gone * BAR_CELLS / bytes);
            if (cells != drawn[0]) { // some 30 times, not for every piece
                drawn[0] = cells;
                drawProgress(mechanism, cells);
            }
        };
    }

    private void drawProgress(String mechanism, int cells) {
        err.print(CLEAR_LINE);
        err.print(
                "%-10s [%s%s]"
                        .formatted(mechanism, "#".repeat(cells), ".".repeat(BAR_CELLS - cells)));
        err.flush();
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
