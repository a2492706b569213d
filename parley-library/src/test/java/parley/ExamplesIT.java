package parley;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every program in `examples`, run as its page says, on the packaged jar: it prints what a page
/// says it prints, and leaves nothing behind.
class ExamplesIT {
    /// The programs that an example starts, where it starts them.
    private static final List<String> TOOLS = List.of("python3", "cc", "ipcrm");

    private static final int MINUTES_MAX = 3;

    @TempDir private Path folder;

    static List<String> examples() throws IOException {
        return Docs.examples();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void anExamplePrintsWhatItsPageSays(String name) throws Exception {
        var expected = expectation(name);
        requireTools(Files.readString(Docs.root().resolve("examples").resolve(name)));
        var process =
                new ProcessBuilder(command(name))
                        .directory(Docs.root().toFile())
                        .redirectErrorStream(true)
                        .start();
        endInTime(process);
        process.getOutputStream().close();
        var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(masked(expected), masked(printed.replace(folder.toString(), "/tmp")));
        assertEquals(0, process.waitFor());
        assertNothingIsLeftOf(process.pid());
    }

    /// Ends a program that hangs, and what it started: they hold the output open that we read.
    private static void endInTime(Process process) {
        var _ =
                process.onExit()
                        .orTimeout(MINUTES_MAX, TimeUnit.MINUTES)
                        .exceptionally(_ -> {
                            process.descendants().forEach(ProcessHandle::destroyForcibly);
                            return process.destroyForcibly();
                        });
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

    /// As `examples/flags` has it, with the jar of this build.
    private List<String> command(String name) throws IOException {
        var words = new ArrayList<String>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (var line : Files.readAllLines(Docs.root().resolve("examples/flags"))) {
            words.addAll(Arrays.asList(line.split(" ", -1)));
        }
        assertTrue(words.contains("target/app/parley.jar"), words.toString());
        words.replaceAll(word ->
                word.equals("target/app/parley.jar")
                        ? System.getProperty("parley.module.path")
                        : word);
        words.add("--illegal-native-access=deny");
        words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")); // start quickly
        words.add("-Djava.io.tmpdir=" + folder);
        words.add("examples/" + name);
        return words;
    }

    private static void requireTools(String program) {
        boolean isRequired = "1".equals(System.getenv("PARLEY_REQUIRE_TOOLS"));
        for (var tool : TOOLS) {
            if (program.contains("\"" + tool + "\"") && !isRequired) {
                assumeTrue(isInstalled(tool), tool + " is not installed");
            }
        }
    }

    private static boolean isInstalled(String tool) {
        return Arrays.stream(System.getenv("PATH").split(":", -1))
                .anyMatch(each -> Files.isExecutable(Path.of(each).resolve(tool)));
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
