package parley.bench;

import java.io.IOException;
import java.io.PrintWriter;
import parley.tool.Terminal;

/// Where results go, as they come.
public interface Report extends AutoCloseable {
    /// Says what the run is.
    ///
    /// @param command the arguments that make it again
    void begin(String command) throws IOException;

    /// What is measured now, for those who wait.
    void progress(String what);

    /// One result.
    void row(Row row);

    @Override
    void close();

    /// A table, or JSON.
    static Report to(PrintWriter out, PrintWriter err, boolean isJson) {
        boolean showsProgress = Terminal.isStandardError() && Terminal.canErase();
        return isJson ? new JsonReport(out) : new TableReport(out, err, showsProgress);
    }
}
