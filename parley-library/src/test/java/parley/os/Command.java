package parley.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// Other programs, as judges of what Parley says and as the other process in a test.
final class Command {
    private Command() {}

    /// What a program prints, without white space at the ends; it has to succeed.
    static String output(String... words) throws IOException, InterruptedException {
        require(words[0]);
        var process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var text =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        Assertions.assertEquals(0, process.waitFor(), () -> List.of(words) + ": " + text);
        return text;
    }

    /// Skips the test, with the reason, where a program is not installed.
    static void require(String program) {
        boolean isThere =
                Stream.of(System.getenv("PATH").split(":", -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder).resolve(program)));
        Assumptions.assumeTrue(isThere, program + " is not installed");
    }

    /// What the main class prints in a JVM of its own, which starts behind other words (`prlimit
    /// …`).
    static String java(List<String> before, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        return java(before, System.getProperty("java.class.path"), main, arguments);
    }

    /// The same with classes from elsewhere.
    static String java(List<String> before, String classPath, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        var words = new ArrayList<>(before);
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        main.getName()));
        words.addAll(List.of(arguments));
        return output(words.toArray(String[]::new));
    }
}
