package parley.tool.signal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import parley.signal.ProcessSignals;
import parley.signal.Signal;
import parley.signal.SignalSet;
import parley.signal.ThreadSignals;
import parley.tool.Columns;
import parley.tool.Columns.Column;
import parley.tool.Json;
import parley.tool.Terminal;
import tools.jackson.core.JsonGenerator;

/// A process's signals by name: a row for each one about which it has said something, or that waits
/// for it.
public record StateTable(ProcessSignals state) {
    private static final List<Column> COLUMNS =
            List.of(
                    new Column("NUMBER", 6),
                    new Column("SIGNAL", -8),
                    new Column("ACTION", -14),
                    new Column("BLOCKED", -16),
                    new Column("PENDING", 0));

    /// Prints it.
    public void print(PrintWriter out, PrintWriter err, boolean isJson) {
        if (isJson) {
            Json.print(out, this::write);
            return;
        }
        err.println(
                "process %d (%s) of uid %d, signals queued for it: %d; not listed: default action"
                        .formatted(state.pid(), state.command(), state.uid(), state.queued()));
        var columns = new Columns(out, Terminal.isStandardOutput(), COLUMNS);
        columns.begin();
        for (var signal : Signal.all()) {
            if (isOfInterest(signal)) {
                columns.row(row(signal));
            }
        }
    }

    private boolean isOfInterest(Signal signal) {
        return state.caught().contains(signal)
                || state.ignored().contains(signal)
                || !blockedBy(signal).isEmpty()
                || !pendingFor(signal).isEmpty();
    }

    private List<String> row(Signal signal) {
        return List.of(
                "" + signal.number(),
                signal.name(),
                action(signal),
                blocked(blockedBy(signal).size()),
                pendingFor(signal).isEmpty() ? "-" : String.join(", ", pendingFor(signal)));
    }

    private String action(Signal signal) {
        if (state.caught().contains(signal)) {
            return "caught";
        }
        return state.ignored().contains(signal)
                ? "ignored"
                : "default (" + signal.defaultAction().word() + ")";
    }

    private String blocked(int count) {
        if (count == 0) {
            return "-";
        }
        int all = state.threads().size();
        return count == all ? "all threads" : count + " of " + all + " threads";
    }

    private List<ThreadSignals> blockedBy(Signal signal) {
        return state.threads().stream().filter(each -> each.blocked().contains(signal)).toList();
    }

    private List<String> pendingFor(Signal signal) {
        var whom = new ArrayList<String>();
        if (state.pending().contains(signal)) {
            whom.add("process");
        }
        for (var thread : state.threads()) {
            if (thread.pending().contains(signal)) {
                whom.add("thread " + thread.tid());
            }
        }
        return whom;
    }

    private void write(JsonGenerator json) {
        json.writeNumberProperty("pid", state.pid());
        json.writeStringProperty("command", state.command());
        json.writeNumberProperty("uid", state.uid());
        json.writeNumberProperty("queued", state.queued());
        json.writeNumberProperty("queuedMax", state.queuedMax());
        write("caught", state.caught(), json);
        write("ignored", state.ignored(), json);
        write("pending", state.pending(), json);
        json.writeArrayPropertyStart("threads");
        for (var thread : state.threads()) {
            json.writeStartObject();
            json.writeNumberProperty("tid", thread.tid());
            write("blocked", thread.blocked(), json);
            write("pending", thread.pending(), json);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(String name, SignalSet signals, JsonGenerator json) {
        json.writeArrayPropertyStart(name);
        signals.forEach(signal -> json.writeString(signal.toString()));
        json.writeEndArray();
    }
}
