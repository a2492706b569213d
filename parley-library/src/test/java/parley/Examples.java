package parley;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Starts the programs in `examples`, as their page says, on the packaged jar.
final class Examples {
    /// The programs that an example starts, where it starts them.
    private static final List<String> TOOLS = List.of("python3", "cc", "ipcrm", "setsid");

    private static final int MINUTES_MAX = 3;

    private Examples() {}

    /// Starts one, both of its outputs in one; skips the test if it needs what is not installed.
    ///
    /// @param temporary where it makes its temporary files
    static Process start(Path temporary, String name, String... arguments) throws IOException {
        requireTools(Files.readString(Docs.root().resolve("examples").resolve(name)));
        var words = command(temporary, name);
        words.addAll(List.of(arguments));
        var process =
                new ProcessBuilder(words)
                        .directory(Docs.root().toFile())
                        .redirectErrorStream(true)
                        .start();
        endInTime(process);
        return process;
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

    /// As `examples/flags` has it, with the jar of this build.
    private static List<String> command(Path temporary, String name) throws IOException {
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
        words.add("-Djava.io.tmpdir=" + temporary);
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
}
