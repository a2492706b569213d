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

    /// A number, with words behind it that people read.
    record Count(int number, String words) {
        @Override
        public String toString() {
            return number + words;
        }
    }

    /// Adds one.
    ///
    /// @param label words; in JSON they become one: `last sender`, `lastSender`
    /// @param value a number, a count, a boolean, an instant, a list of texts; else its text
    Facts add(String label, Object value) {
        facts.put(label, value);
        return this;
    }

    /// Adds one that may be unknown, or not have come about.
    Facts add(String label, Optional<?> value) {
        value.ifPresent(known -> facts.put(label, known));
        return this;
    }

    void print(PrintWriter out, boolean isJson) {
        if (isJson) {
            Json.print(out, json -> facts.forEach((label, value) -> write(label, value, json)));
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
        return all.stream().map(Object::toString).toList();
    }

    private static void write(String label, Object value, JsonGenerator json) {
        var name = camelCase(label);
        switch (value) {
            case Integer number -> json.writeNumberProperty(name, number);
            case Count count -> json.writeNumberProperty(name, count.number());
            case Long number -> json.writeNumberProperty(name, number);
            case Boolean is -> json.writeBooleanProperty(name, is);
            case Instant time -> json.writeStringProperty(name, time.toString());
            case List<?> all -> {
                json.writeArrayPropertyStart(name);
                all.forEach(one -> {
                    if (one instanceof Integer number) {
                        json.writeNumber(number);
                    } else {
                        json.writeString(one.toString());
                    }
                });
                json.writeEndArray();
            }
            default -> json.writeStringProperty(name, value.toString());
        }
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
