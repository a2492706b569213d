package parley.tool.demo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The README shows what the demonstration prints: a row for each mechanism, under today's heading.
class ReadmeTest {
    @Test
    void theReadmeShowsTheDemonstrationAsItIs() throws Exception {
        var readme = Files.readString(Path.of("..", "README.md"));
        var out = new StringWriter();
        var writer = new PrintWriter(out);
        new TableReport(writer, writer, true, false).begin();
        assertTrue(readme.contains(out.toString().strip()), out.toString());
        for (var mechanism : Mechanism.ALL) {
            assertTrue(
                    readme.lines().anyMatch(line -> line.startsWith(mechanism.name() + " ")),
                    mechanism.name());
        }
    }
}
