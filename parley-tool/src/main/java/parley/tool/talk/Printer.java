package parley.tool.talk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import parley.os.Fd;
import parley.ready.ByteSink;
import parley.tool.Json;
import tools.jackson.core.JsonGenerator;

/// Prints what arrives.
sealed interface Printer {
    /// Prints one, at once.
    ///
    /// @param buffer where its bytes are, those there is room for, with room for one more
    void print(Arrival arrival, MemorySegment buffer) throws IOException;

    /// How many of its bytes are in the buffer.
    private static int present(Arrival arrival, MemorySegment buffer) {
        return (int) Math.min(arrival.length(), buffer.byteSize() - 1);
    }

    /// What a descriptor leads to, as the kernel calls it: `/path`, `socket:[123]`.
    private static String target(Fd fd) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd.number())).toString();
        } catch (IOException e) {
            return "unknown: " + e.getMessage();
        }
    }

    /// The bytes alone, or each message on a line. Descriptors are named to people.
    record Plain(ByteSink out, PrintWriter err, boolean isByLine) implements Printer {
        @Override
        public void print(Arrival arrival, MemorySegment buffer) throws IOException {
            int length = present(arrival, buffer);
            if (isByLine) {
                buffer.set(JAVA_BYTE, length, (byte) '\n');
                length++;
            }
            if (length > 0) {
                out.write(buffer.asSlice(0, length));
            }
            arrival.descriptors().forEach(fd -> err.println("with a descriptor: " + target(fd)));
        }
    }

    /// A JSON object for each.
    record Lines(ByteSink out, String address) implements Printer {
        @Override
        public void print(Arrival arrival, MemorySegment buffer) throws IOException {
            var bytes = buffer.asSlice(0, present(arrival, buffer)).toArray(JAVA_BYTE);
            var line = new StringWriter();
            Json.print(new PrintWriter(line), json -> write(arrival, bytes, json));
            var _ = out.write(StandardCharsets.UTF_8.encode(line.toString()));
        }

        private void write(Arrival arrival, byte[] bytes, JsonGenerator json) {
            json.writeStringProperty("address", address);
            json.writeNumberProperty("bytes", arrival.length());
            writePayload(bytes, json);
            if (arrival.from() != null) {
                json.writeStringProperty("from", arrival.from().toString());
            }
            if (arrival.peer() != null) {
                json.writeNumberProperty("pid", arrival.peer().pid());
                json.writeNumberProperty("uid", arrival.peer().uid());
                json.writeNumberProperty("gid", arrival.peer().gid());
            }
            for (var rank : arrival.ranks()) {
                json.writeNumberProperty(rank.name(), rank.value());
            }
            if (!arrival.descriptors().isEmpty()) {
                json.writeArrayPropertyStart("descriptors");
                arrival.descriptors().forEach(fd -> json.writeString(target(fd)));
                json.writeEndArray();
            }
        }

        private static void writePayload(byte[] bytes, JsonGenerator json) {
            try {
                var decoder = StandardCharsets.UTF_8.newDecoder();
                var text = decoder.decode(ByteBuffer.wrap(bytes)).toString();
                json.writeStringProperty("text", text);
            } catch (CharacterCodingException _) {
                json.writeStringProperty("base64", Base64.getEncoder().encodeToString(bytes));
            }
        }
    }
}
