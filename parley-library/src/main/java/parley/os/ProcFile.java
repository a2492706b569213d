package parley.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Files of the kernel's under `/proc`, whose content is made while it is read. See proc(5).
///
/// Each is read in one piece: a number under `/proc/sys` is there for the first read(2) only, and
/// `Files.readString` begins with a single byte.
final class ProcFile {
    private ProcFile() {}

    /// The first line, without white space at its ends.
    static String line(String path) throws IOException {
        try (var reader = Files.newBufferedReader(Path.of(path), ISO_8859_1)) {
            var line = reader.readLine();
            if (line == null) {
                throw new IOException(path + " is empty");
            }
            return line.strip();
        }
    }

    /// The fields of the first line, which white space separates.
    static List<String> fields(String path) throws IOException {
        return fieldsOf(line(path));
    }

    /// All lines.
    static List<String> lines(String path) throws IOException {
        return Files.readAllLines(Path.of(path), ISO_8859_1);
    }

    /// The fields of a line, which white space separates.
    static List<String> fieldsOf(String line) {
        return List.of(line.strip().split("\\s+", -1));
    }
}
