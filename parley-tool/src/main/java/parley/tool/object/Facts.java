package parley.tool.object;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import parley.tool.Json;
import tools.jackson.core.JsonGenerator;

/// What is known of one object: a line for each fact, or one JSON object.
final class Facts {
    private static final int LABEL_WIDTH = 18;

    private final Map<String, Object> facts = new LinkedHashMap<>();
    private boolean isComplete = true;

    /// A process, and what it does if that is of interest.
    ///
    /// @param command its name; empty if it has ended
    /// @param call what it waits in; empty if that is not asked
    record SeenProcess(int pid, Optional<String> command, Optional<String> call) {
        @Override
        public String toString() {
            var who = pid + " (" + command.orElse("ended") + ")";
            return call.map(name -> who + " in " + name).orElse(who);
        }
    }

    /// Adds one.
    ///
    /// @param label words; in JSON they become one: `last sender`, `lastSender`
    /// @param value a number, a boolean, an instant, a process, a list of these, in which some may
    ///   be empty; else its text
    Facts add(String label, Object value) {
        facts.put(label, value);
        return this;
    }

    /// Adds one that may be unknown, or not have come about.
    Facts add(String label, Optional<?> value) {
        value.ifPresent(known -> facts.put(label, known));
        return this;
    }

    /// Adds that something cannot be seen, which is never guessed.
    ///
    /// @param words what people read of it
    Facts addHidden(String label, String words) {
        isComplete = false;
        facts.put(label, new Hidden(words));
        return this;
    }

    private record Hidden(String words) {
        @Override
        public String toString() {
            return words;
        }
    }

    void print(PrintWriter out, boolean isJson) {
        if (isJson) {
            Json.print(
                    out,
                    json -> {
                        facts.forEach((label, value) -> write(label, value, json));
                        json.writeBooleanProperty("complete", isComplete);
                    });
        } else {
            facts.forEach((label, value) -> out.println(line(label, value)));
            out.flush();
        }
    }

    private static String line(String label, Object value) {
        var text = value instanceof List<?> all ? String.join(", ", texts(all)) : value.toString();
        return ("%-" + LABEL_WIDTH + "s%s").formatted(label, text.isEmpty() ? "-" : text);
    }

    private static List<String> texts(List<?> all) {
        return all.stream()
                .map(one ->
                        one instanceof Optional<?> maybe
                                ? maybe.map(Object::toString).orElse("-")
                                : one.toString())
                .toList();
    }

    private static void write(String label, Object value, JsonGenerator json) {
        if (!(value instanceof Hidden)) {
            json.writeName(camelCase(label));
            write(value, json);
        }
    }

    private static void write(Object value, JsonGenerator json) {
        switch (value) {
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Boolean is -> json.writeBoolean(is);
            case Instant time -> json.writeString(time.toString());
            case SeenProcess process -> write(process, json);
            case Optional<?> none when none.isEmpty() -> json.writeNull();
            case Optional<?> some -> write(some.get(), json);
            case List<?> all -> {
                json.writeStartArray();
                all.forEach(one -> write(one, json));
                json.writeEndArray();
            }
            default -> json.writeString(value.toString());
        }
    }

    private static void write(SeenProcess process, JsonGenerator json) {
        json.writeStartObject();
        json.writeNumberProperty("pid", process.pid());
        process.command().ifPresent(name -> json.writeStringProperty("command", name));
        process.call().ifPresent(name -> json.writeStringProperty("call", name));
        json.writeEndObject();
    }

    private static String camelCase(String label) {
        var name = new StringBuilder();
        for (var word : label.split(" ", -1)) {
            name.append(
                    name.isEmpty()
                            ? word
                            : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return name.toString();
    }
}
