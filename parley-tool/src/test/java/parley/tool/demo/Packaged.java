package parley.tool.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The packaged `parley demo` in a JVM of its own, with a directory of its own for its files.
///
/// @param directory where it puts what is temporary; unique, so that its processes are known by it
public record Packaged(Path directory) {
    /// Words before a command that is to have its signals as a terminal's job has them.
    public static final List<String> AS_A_JOB =
            List.of("env", "--default-signal=INT,TERM,HUP,QUIT,TSTP");

    /// How a command ended, and what it said.
    public record Result(int status, String out, String err) {
        public List<String> lines() {
            return out.lines().toList();
        }
    }

    /// `parley demo` with arguments, as the launcher starts it.
    List<String> demo(String... arguments) {
        var command = command("demo");
        command.add(1, "-Djava.io.tmpdir=" + directory);
        command.addAll(List.of(arguments));
        return command;
    }

    /// The packaged command with arguments, as the launcher starts it.
    public static List<String> command(String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xrs", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
        command.addAll(List.of("-p", System.getProperty("parley.module.path")));
        command.addAll(List.of("--enable-native-access=parley", "-m"));
        command.add("parley.tool/parley.tool.Main");
        command.addAll(List.of(arguments));
        return command;
    }

    /// Runs a command to its end.
    public static Result run(List<String> command) throws IOException, InterruptedException {
        return run(new ProcessBuilder(command));
    }

    public static Result run(ProcessBuilder builder) throws IOException, InterruptedException {
        var errors = Files.createTempFile("parley-test-", ".err");
        try {
            var process = builder.redirectError(errors.toFile()).start();
            process.getOutputStream().close();
            var out = text(process.getInputStream().readAllBytes());
            return new Result(process.waitFor(), out, text(Files.readAllBytes(errors)));
        } finally {
            Files.delete(errors);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// The processes that have the directory in their command line: both of the demonstration.
    List<Long> processes() throws IOException {
        var found = new ArrayList<Long>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (var entry : entries.toList()) {
                var name = entry.getFileName().toString();
                if (name.chars().allMatch(Character::isDigit) && isOurs(entry)) {
                    found.add(Long.valueOf(name));
                }
            }
        }
        return found;
    }

    private boolean isOurs(Path entry) {
        try {
            return text(Files.readAllBytes(entry.resolve("cmdline"))).contains(directory + "");
        } catch (IOException _) {
            return false; // it has ended
        }
    }

    /// What lies in the directory.
    List<Path> files() throws IOException {
        try (var paths = Files.list(directory)) {
            return paths.toList();
        }
    }
}
