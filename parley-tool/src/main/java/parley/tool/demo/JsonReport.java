package parley.tool.demo;

import java.io.PrintWriter;
import parley.tool.Json;
import tools.jackson.core.JsonGenerator;

/// One JSON object per row and line.
record JsonReport(PrintWriter out) implements Report {
    @Override
    public void begin() {}

    @Override
    public void row(Row row) {
        Json.print(out, json -> write(row, json));
    }

    private static void write(Row row, JsonGenerator json) {
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
    }
}
