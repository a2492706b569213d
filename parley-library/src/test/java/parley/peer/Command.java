package parley.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import parley.os.Credentials;

/// Other programs, as judges of what Parley says and as the other process in a test.
public final class Command {
    private Command() {}

    /// How a program ended, and what it printed, without white space at the ends.
    public record Result(int exitCode, String output) {}

    /// Runs a program to its end, without input.
    public static Result run(List<String> words) throws IOException, InterruptedException {
        try (var peer = Peer.start(words)) {
            peer.endInput();
            var output = peer.rest();
            return new Result(peer.exitCode(), output);
        }
    }

    /// What a program prints that has to succeed.
    public static String output(List<String> words) throws IOException, InterruptedException {
        var result = run(words);
        assertEquals(0, result.exitCode(), () -> words + ": " + result.output());
        return result.output();
    }

    public static String output(String... words) throws IOException, InterruptedException {
        return output(List.of(words));
    }

    /// Skips the test, with the reason, where a program is not installed.
    public static void require(String program) {
        boolean isThere =
                program.startsWith("/")
                        || Stream.of(System.getenv("PATH").split(":", -1))
                                .anyMatch(folder ->
                                        Files.isExecutable(Path.of(folder).resolve(program)));
        assumeTrue(isThere, program + " is not installed");
    }

    /// The words that start the main class in a JVM of its own, behind other words (`prlimit …`).
    public static List<String> java(List<String> before, Class<?> main, String... arguments) {
        return java(before, System.getProperty("java.class.path"), main, arguments);
    }

    /// The same with classes from elsewhere.
    public static List<String> java(
            List<String> before, String classPath, Class<?> main, String... arguments) {
        var quick = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
        return java(before, quick, classPath, main, arguments);
    }

    /// The same in a JVM with options of its own.
    public static List<String> javaWith(List<String> options, Class<?> main, String... arguments) {
        var classPath = System.getProperty("java.class.path");
        return java(List.of(), options, classPath, main, arguments);
    }

    private static List<String> java(
            List<String> before,
            List<String> options,
            String classPath,
            Class<?> main,
            String... arguments) {
        var words = new ArrayList<>(before);
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(options);
        words.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dparley.faults=" + Boolean.getBoolean("parley.faults"),
                        "-cp",
                        classPath,
                        main.getName()));
        words.addAll(List.of(arguments));
        return words;
    }

    /// The words before a command that give it an IPC namespace of its own, with a value under
    /// `/proc/sys/kernel`; it ends with 77 where that cannot be set.
    public static List<String> inIpcNamespace(String name, String value) {
        require("unshare");
        assumeTrue(Credentials.own().uid() == 0, "only root can have an IPC namespace of its own");
        var script = "echo \"$1\" > /proc/sys/kernel/\"$0\" || exit 77; shift; exec \"$@\"";
        return List.of("unshare", "--ipc", "sh", "-c", script, name, value);
    }

    /// Compiles a C program.
    public static String compile(Path directory, String name, String source)
            throws IOException, InterruptedException {
        var file = Files.writeString(directory.resolve(name + ".c"), source);
        var program = directory.resolve(name).toString();
        output(
                "gcc",
                "-Wall",
                "-Werror",
                "-pthread",
                "-D_GNU_SOURCE",
                "-o",
                program,
                file.toString());
        return program;
    }
}
