package parley.tool.signal;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import parley.signal.SignalInfo;
import parley.signal.SignalInfo.Sender;
import parley.tool.Columns;
import parley.tool.Columns.Column;
import parley.tool.Json;
import parley.tool.Terminal;
import tools.jackson.core.JsonGenerator;

/// Tells of signals that came, one line each.
sealed interface ListenReport {
    static ListenReport to(PrintWriter out, boolean isJson) {
        return isJson
                ? new Lines(out)
                : new Table(new Columns(out, Terminal.isStandardOutput(), Table.COLUMNS));
    }

    /// Prints what comes before.
    void begin();

    /// Prints one, at once.
    void received(SignalInfo info);

    /// What was sent with it.
    static OptionalLong value(SignalInfo info) {
        return switch (info) {
            case SignalInfo.Queued queued -> OptionalLong.of(queued.value());
            case SignalInfo.MessageQueue queue -> OptionalLong.of(queue.value());
            case SignalInfo.Timer timer -> OptionalLong.of(timer.value());
            default -> OptionalLong.empty();
        };
    }

    /// The name of the sender's program, if it is still there.
    private static Optional<String> command(Sender sender) {
        try {
            var file = Path.of("/proc/" + sender.pid() + "/comm");
            return Optional.of(Files.readString(file, StandardCharsets.ISO_8859_1).strip());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// For people, and for programs that read columns.
    record Table(Columns columns) implements ListenReport {
        private static final List<Column> COLUMNS =
                List.of(
                        new Column("SIGNAL", -12),
                        new Column("CODE", -10),
                        new Column("PID", 7),
                        new Column("UID", 6),
                        new Column("COMMAND", -16),
                        new Column("VALUE", 0));

        @Override
        public void begin() {
            columns.begin();
        }

        @Override
        public void received(SignalInfo info) {
            var sender = info.sender();
            var value = value(info);
            columns.row(
                    List.of(
                            info.signal().toString(),
                            info.codeName(),
                            sender.map(known -> "" + known.pid()).orElse("-"),
                            sender.map(known -> "" + known.uid()).orElse("-"),
                            sender.flatMap(ListenReport::command).orElse("-"),
                            value.isPresent() ? "" + value.getAsLong() : "-"));
        }
    }

    /// JSON.
    record Lines(PrintWriter out) implements ListenReport {
        @Override
        public void begin() {}

        @Override
        public void received(SignalInfo info) {
            Json.print(out, json -> write(info, json));
        }

        private static void write(SignalInfo info, JsonGenerator json) {
            json.writeStringProperty("signal", info.signal().toString());
            json.writeNumberProperty("number", info.signal().number());
            json.writeStringProperty("code", info.codeName());
            info.sender().ifPresent(sender -> write(sender, json));
            value(info).ifPresent(value -> json.writeNumberProperty("value", value));
            switch (info) {
                case SignalInfo.Child child -> json.writeNumberProperty("status", child.status());
                case SignalInfo.Timer timer -> json.writeNumberProperty("overrun", timer.overrun());
                case SignalInfo.Fault fault -> json.writeNumberProperty("address", fault.address());
                default -> {}
            }
        }

        private static void write(Sender sender, JsonGenerator json) {
            json.writeNumberProperty("pid", sender.pid());
            json.writeNumberProperty("uid", sender.uid());
            command(sender).ifPresent(name -> json.writeStringProperty("command", name));
        }
    }
}
