package parley.tool.demo;

import java.io.PrintWriter;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/// One JSON object per row and line.
record JsonReport(PrintWriter out) implements Report {
    // Without this option the writer would close stdout with itself, and the rest would be lost.
    private static final JsonFactory JSON =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    @Override
    public void begin() {}

    @Override
    public void row(Row row) {
        try (var json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeStringProperty("schema", "parley/1");
            json.writeStringProperty("mechanism", row.mechanism());
            json.writeStringProperty("address", row.address());
            if (row.status() == Row.Status.OK) { // else there is nothing that was measured
                json.writeNumberProperty("bytes", row.bytes());
                json.writeNumberProperty("messages", row.messages());
                json.writeNumberProperty("bytesPerSecond", row.bytesPerSecond());
                json.writeObjectPropertyStart("roundTripNanos");
                json.writeNumberProperty("p50", row.p50Nanos());
                json.writeNumberProperty("p99", row.p99Nanos());
                json.writeEndObject();
            }
            json.writeStringProperty("status", row.status().toString());
            if (!row.reason().isEmpty()) {
                json.writeStringProperty("reason", row.reason());
            }
            json.writeEndObject();
        }
        out.println();
        out.flush();
    }
}
