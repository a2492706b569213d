package parley.tool.signal;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import parley.signal.ProcessSignals;
import parley.signal.Signal;
import parley.signal.SignalPermission;
import parley.signal.Signals;
import parley.signal.ThreadSignals;
import parley.tool.Columns;
import parley.tool.Columns.Column;
import parley.tool.Json;
import parley.tool.Terminal;
import tools.jackson.core.JsonGenerator;

/// What a signal would do to a process, if it was sent now.
record Check(Signal signal, ProcessSignals state, SignalPermission permission) {
    private static final int NOT_PERMITTED = 4;
    private static final List<Column> COLUMNS = List.of(new Column("", -9), new Column("", 0));

    static Check of(Recipient recipient, Signal signal) throws IOException {
        long pid =
                switch (recipient) {
                    case Recipient.OfProcess(long process) -> process;
                    case Recipient.OfThread(long process, _) -> process;
                    case Recipient.OfGroup _ -> throw new IllegalArgumentException("a group");
                };
        return new Check(signal, ProcessSignals.of(pid), Signals.maySignal(pid, signal));
    }

    /// Prints it, and gives the exit status that says whether it is permitted.
    int print(PrintWriter out, boolean isJson) {
        if (isJson) {
            Json.print(out, this::write);
        } else {
            printRows(new Columns(out, Terminal.isStandardOutput(), COLUMNS));
        }
        return permission.isGranted() ? 0 : NOT_PERMITTED;
    }

    private void printRows(Columns columns) {
        columns.row(List.of("process", state.pid() + " (" + state.command() + ")"));
        columns.row(List.of("signal", signal + ", " + signal.number() + ": " + signal.cause()));
        columns.row(List.of("effect", effect()));
        columns.row(List.of("blocked", blockedBy() + " of " + state.threads().size() + " threads"));
        columns.row(List.of("pending", isPending() ? "yes" + coalesces() : "no"));
        columns.row(List.of("queue", queue()));
        columns.row(List.of("permitted", isOrNot() + permission.explanation()));
    }

    private String effect() {
        return switch (state.effectOf(signal)) {
            case WAITS -> "waits: every thread has it blocked";
            case IGNORED -> "ignored";
            case CAUGHT -> "caught: a handler is called";
            case DEFAULT -> "default action: " + signal.defaultAction().word();
        };
    }

    private String coalesces() {
        return signal.isRealTime() ? "" : "; one that is sent now is lost";
    }

    private String queue() {
        var most = state.queuedMax() == Long.MAX_VALUE ? "any number" : "" + state.queuedMax();
        return state.queued() + " of " + most + " signals of uid " + state.uid();
    }

    private String isOrNot() {
        return permission.isGranted() ? "yes: " : "no: ";
    }

    private long blockedBy() {
        return state.threads().stream().filter(thread -> thread.blocked().contains(signal)).count();
    }

    private boolean isPending() {
        return state.pending().contains(signal)
                || state.threads().stream()
                        .map(ThreadSignals::pending)
                        .anyMatch(pending -> pending.contains(signal));
    }

    private void write(JsonGenerator json) {
        json.writeNumberProperty("pid", state.pid());
        json.writeStringProperty("command", state.command());
        json.writeNumberProperty("uid", state.uid());
        json.writeStringProperty("signal", signal.toString());
        json.writeNumberProperty("number", signal.number());
        json.writeStringProperty("effect", state.effectOf(signal).name().toLowerCase(Locale.ROOT));
        json.writeStringProperty("action", signal.defaultAction().word());
        json.writeNumberProperty("threads", state.threads().size());
        json.writeNumberProperty("blockedBy", blockedBy());
        json.writeBooleanProperty("pending", isPending());
        json.writeNumberProperty("queued", state.queued());
        json.writeNumberProperty("queuedMax", state.queuedMax());
        json.writeBooleanProperty("permitted", permission.isGranted());
        json.writeStringProperty("why", permission.explanation());
    }
}
