package parley.bench;

import java.util.ArrayList;
import java.util.List;

/// Keeps the rows.
public final class Rows implements Report {
    private final List<Row> all = new ArrayList<>();

    /// What has been reported.
    public List<Row> all() {
        return all;
    }

    @Override
    public void begin(String command) {}

    @Override
    public void progress(String what) {}

    @Override
    public void row(Row row) {
        all.add(row);
    }

    @Override
    public void close() {}
}
