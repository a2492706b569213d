package parley.tool;

import java.io.PrintWriter;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/// The command's JSON: one object per line, which names its schema.
public final class Json {
    // Without this option the writer would close stdout with itself, and the rest would be lost.
    private static final JsonFactory FACTORY =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    private Json() {}

    /// Prints an object, at once.
    ///
    /// @param properties writes what is in it
    public static void print(PrintWriter out, Consumer<JsonGenerator> properties) {
        try (var json = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeStringProperty("schema", "parley/1");
            properties.accept(json);
            json.writeEndObject();
        }
        out.println();
        out.flush();
    }
}
