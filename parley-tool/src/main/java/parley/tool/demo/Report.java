package parley.tool.demo;

import java.io.PrintWriter;
import java.util.function.LongConsumer;
import parley.tool.Terminal;

/// Where the rows of the demonstration go: a table, tab-separated values, or JSON lines.
interface Report extends AutoCloseable {
    /// A report of the form that suits where `out` leads.
    static Report to(PrintWriter out, PrintWriter err, boolean isJson) {
        if (isJson) {
            return new JsonReport(out);
        }
        return new TableReport(
                out,
                err,
                Terminal.isStandardOutput(),
                Terminal.isStandardError() && Terminal.canErase());
    }

    /// Prints what comes before the rows.
    void begin();

    /// Prints a row, at once.
    void row(Row row);

    /// What to tell how many of `bytes` have gone.
    default LongConsumer progress(String mechanism, long bytes) {
        return gone -> {};
    }

    /// Takes away what is not to stay.
    @Override
    default void close() {}
}
