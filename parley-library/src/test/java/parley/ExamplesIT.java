package parley;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every program in `examples`, run as its page says, on the packaged jar: it prints what a page
/// says it prints, and leaves nothing behind.
class ExamplesIT {
    @TempDir private Path folder;

    static List<String> examples() throws IOException {
        return Docs.examples();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void anExamplePrintsWhatItsPageSays(String name) throws Exception {
        var expected = expectation(name);
        var process = Examples.start(folder, name);
        process.getOutputStream().close();
        var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(masked(expected), masked(printed.replace(folder.toString(), "/tmp")));
        assertEquals(0, process.waitFor());
        assertNothingIsLeftOf(process.pid());
    }

    private static String expectation(String name) throws IOException {
        var outputs =
                Docs.pages().stream()
                        .flatMap(page -> page.fences().stream())
                        .filter(fence -> fence.mark().equals("output"))
                        .filter(fence -> fence.path().equals("examples/" + name))
                        .map(Docs.Fence::text)
                        .distinct()
                        .toList();
        assertEquals(1, outputs.size(), "pages that say what examples/" + name + " prints");
        return outputs.getFirst();
    }

    /// Process numbers, sizes and limits are others on every host.
    private static String masked(String text) {
        return text.replaceAll("\\d+", "N");
    }

    private void assertNothingIsLeftOf(long pid) throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
        try (Stream<Path> left = Files.list(Path.of("/dev/shm"))) {
            var suffix = "parley-example-" + pid;
            assertEquals(List.of(), left.filter(each -> each.toString().endsWith(suffix)).toList());
        }
        for (var segment : Files.readAllLines(Path.of("/proc/sysvipc/shm"))) {
            assertFalse(
                    List.of(segment.strip().split("\\s+", -1)).contains("" + pid), // its creator
                    "a System V segment is left: " + segment);
        }
    }
}
