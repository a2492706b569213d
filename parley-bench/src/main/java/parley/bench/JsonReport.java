package parley.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import parley.bench.Row.Alone;
import parley.bench.Row.Amount;
import parley.bench.Row.Comparison;
import parley.bench.Row.Missing;
import parley.bench.Row.Rate;
import parley.bench.Row.Standing;
import parley.bench.Row.Throughput;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/// One JSON object per line: first the machine, then the rows.
record JsonReport(PrintWriter out) implements Report {
    // Without this option the writer would close stdout with itself, and the rest would be lost.
    private static final JsonFactory JSON =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    @Override
    public void begin(String command) throws IOException {
        var processor = Machine.processor();
        var kernel = Machine.kernel();
        int processors = Machine.processors().size();
        double load = Machine.load();
        line(json -> {
            json.writeStringProperty("command", command);
            json.writeStringProperty("processor", processor);
            json.writeNumberProperty("processors", processors);
            json.writeStringProperty("kernel", kernel);
            json.writeStringProperty("java", Runtime.version().toString());
            json.writeNumberProperty("load", load);
        });
    }

    @Override
    public void row(Row row) {
        line(json -> {
            json.writeStringProperty("measure", row.measure());
            json.writeStringProperty("subject", row.subject());
            json.writeStringProperty("setting", row.setting());
            switch (row.result()) {
                case Comparison comparison -> write(json, comparison);
                case Throughput throughput -> write(json, throughput);
                case Standing standing -> write(json, standing);
                case Alone alone -> {
                    write(json, "parley", alone.ours());
                    json.writeStringProperty("missing", alone.rival() + ": " + alone.reason());
                }
                case Amount amount -> write(json, amount);
                case Missing missing -> json.writeStringProperty("missing", missing.reason());
            }
        });
    }

    private static void write(JsonGenerator json, Comparison comparison) {
        write(json, "parley", comparison.ours());
        write(json, comparison.rival(), comparison.theirs());
        write(json, comparison.ratio());
        write(json, comparison.goal(), comparison.verdict());
    }

    private static void write(JsonGenerator json, Throughput throughput) {
        write(json, "parley", throughput.ours());
        write(json, throughput.rival(), throughput.theirs());
        write(json, throughput.ratio());
        write(json, OptionalDouble.of(throughput.goal()), throughput.verdict());
    }

    private static void write(JsonGenerator json, Standing standing) {
        switch (standing.figures()) {
            case Latency latency -> write(json, "figures", latency);
            case Rate rate -> write(json, "figures", rate);
        }
        standing.bytesLeft().ifPresent(left -> json.writeNumberProperty("garbageBytes", left));
        json.writeArrayPropertyStart("comparisons");
        for (var against : standing.comparisons()) {
            json.writeStartObject();
            json.writeStringProperty("subject", against.subject());
            json.writeStringProperty("rival", against.rival());
            write(json, against.ratio());
            write(json, against.goal(), against.verdict());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, String side, Rate rate) {
        json.writeObjectPropertyStart(side);
        json.writeNumberProperty("messageBytes", rate.bytes());
        json.writeNumberProperty("messagesPerSecond", rate.messagesPerSecond());
        json.writeNumberProperty("megabytesPerSecond", rate.megabytesPerSecond());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, RatioOfMedians ratio) {
        json.writeObjectPropertyStart("ratioOfMedians");
        json.writeNumberProperty("rounds", ratio.rounds());
        json.writeNumberProperty("median", ratio.median());
        json.writeNumberProperty("low", ratio.low());
        json.writeNumberProperty("high", ratio.high());
        json.writeNumberProperty("min", ratio.min());
        json.writeNumberProperty("max", ratio.max());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, OptionalDouble goal, Row.Verdict verdict) {
        if (goal.isPresent()) {
            json.writeNumberProperty("goal", goal.getAsDouble());
            json.writeStringProperty("verdict", verdict.word());
        }
    }

    private static void write(JsonGenerator json, String side, Latency latency) {
        json.writeObjectPropertyStart(side);
        json.writeNumberProperty("count", latency.count());
        json.writeNumberProperty("p50Nanos", latency.p50());
        json.writeNumberProperty("p99Nanos", latency.p99());
        json.writeNumberProperty("p999Nanos", latency.p999());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Amount amount) {
        json.writeNumberProperty("value", amount.value());
        json.writeStringProperty("unit", amount.unit());
        write(json, amount.goal(), amount.verdict());
    }

    private void line(Consumer<JsonGenerator> content) {
        try (var json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeStringProperty("schema", "parley/1");
            content.accept(json);
            json.writeEndObject();
        }
        out.println();
        out.flush();
    }

    @Override
    public void progress(String what) {}

    @Override
    public void close() {}
}
