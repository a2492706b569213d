package parley.tool;

import java.io.PrintWriter;
import java.util.List;

/// Columns of text: aligned for people, separated by tabs for programs.
public final class Columns {
    private final PrintWriter out;
    private final List<Column> columns;
    private final boolean isTable;

    /// One column.
    ///
    /// @param width characters: negative to the left, positive to the right, 0 as long as it is
    public record Column(String heading, int width) {}

    /// Columns of a width that is known before.
    ///
    /// @param isTable true for people
    public Columns(PrintWriter out, boolean isTable, List<Column> columns) {
        this.out = out;
        this.isTable = isTable;
        this.columns = List.copyOf(columns);
    }

    /// Prints the headings.
    public void begin() {
        row(columns.stream().map(Column::heading).toList());
    }

    /// Prints a row, at once.
    public void row(List<String> cells) {
        out.println(isTable ? aligned(cells) : String.join("\t", cells));
        out.flush();
    }

    private String aligned(List<String> cells) {
        var line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            int width = columns.get(i).width();
            line.append(width == 0 ? cells.get(i) : ("%" + width + "s").formatted(cells.get(i)));
            line.append("  ");
        }
        return line.toString().stripTrailing();
    }
}
