package parley.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.tool.demo.Packaged;

/// The script that starts the command.
class LauncherIT {
    private static final String LAUNCHER = Path.of("..", "parley").toString();

    @TempDir private Path directory;

    /// The next file that the JVM opens would be it: its own classes would be sent.
    @Test
    void aClosedInputIsNotSomeOtherFile() throws Exception {
        var copy = directory.resolve("copy");
        var ended = shell("'" + LAUNCHER + "' send file:" + copy + " <&-");
        assertEquals(1, ended.status());
        assertTrue(ended.err().contains("read standard input: EBADF"), ended.err());
        assertEquals(0, Files.size(copy));
    }

    @ParameterizedTest
    @ValueSource(strings = {">&-", "<&- >&-", "<&- >&- 2>&-"})
    void aClosedOutputIsNotSomeOtherFile(String closed) throws Exception {
        assertEquals(1, shell("'" + LAUNCHER + "' receive exec:'echo x' " + closed).status());
    }

    private static Packaged.Result shell(String script) throws Exception {
        return Packaged.run(List.of("sh", "-c", script));
    }
}
