package parley.tool.signal;

import java.io.PrintWriter;
import java.util.List;
import parley.signal.Signal;
import parley.tool.Columns;
import parley.tool.Columns.Column;
import parley.tool.Json;
import parley.tool.Terminal;
import tools.jackson.core.JsonGenerator;

/// The signals there are, with what they do by default and what they are sent for.
final class SignalList {
    private static final List<Column> COLUMNS =
            List.of(
                    new Column("NUMBER", 6),
                    new Column("NAME", -8),
                    new Column("ACTION", -6),
                    new Column("MEANING", 0));

    private SignalList() {}

    static void print(PrintWriter out, List<Signal> signals, boolean isJson) {
        if (isJson) {
            Json.print(out, json -> write(signals, json));
            return;
        }
        var columns = new Columns(out, Terminal.isStandardOutput(), COLUMNS);
        columns.begin();
        for (var signal : signals) {
            columns.row(
                    List.of(
                            "" + signal.number(),
                            signal.name(),
                            signal.defaultAction().word(),
                            signal.cause()));
        }
    }

    private static void write(List<Signal> signals, JsonGenerator json) {
        json.writeArrayPropertyStart("signals");
        for (var signal : signals) {
            json.writeStartObject();
            json.writeNumberProperty("number", signal.number());
            json.writeStringProperty("signal", signal.toString());
            json.writeStringProperty("action", signal.defaultAction().word());
            json.writeStringProperty("meaning", signal.cause());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
