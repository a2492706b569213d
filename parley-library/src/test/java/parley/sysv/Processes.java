package parley.sysv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.os.Credentials;

/// Second processes: the system's own commands, C programs compiled on the spot, other JVMs.
final class Processes {
    private static final long ROOT = 0;

    private Processes() {}

    /// How a command ended, and what it said.
    record Result(int exitCode, String output) {}

    /// A process that runs until it is killed or its input ends.
    record Running(Process process, BufferedReader output) implements AutoCloseable {
        String readLine() throws IOException {
            return output.readLine();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            output.close();
        }
    }

    static Running start(List<String> command) throws IOException {
        assumeInstalled(command.getFirst());
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new Running(process, process.inputReader(StandardCharsets.UTF_8));
    }

    /// Runs a command to its end.
    static Result run(List<String> command) throws IOException, InterruptedException {
        try (var running = start(command)) {
            running.process().getOutputStream().close();
            var lines = running.output().lines().toList();
            return new Result(running.process().waitFor(), String.join("\n", lines));
        }
    }

    static Result run(String... command) throws IOException, InterruptedException {
        return run(List.of(command));
    }

    /// Runs a command that must succeed.
    static String output(String... command) throws IOException, InterruptedException {
        var result = run(command);
        assertEquals(0, result.exitCode(), result.output());
        return result.output();
    }

    /// Compiles a C program.
    static String compile(Path directory, String name, String source)
            throws IOException, InterruptedException {
        var file = Files.writeString(directory.resolve(name + ".c"), source);
        var program = directory.resolve(name).toString();
        var flags = List.of("gcc", "-Wall", "-Werror", "-D_GNU_SOURCE");
        var command = new ArrayList<>(flags);
        command.addAll(List.of("-o", program, file.toString()));
        var result = run(command);
        assertEquals(0, result.exitCode(), result.output());
        return program;
    }

    /// The command for another JVM with this one's class path.
    static List<String> java(Class<?> mainClass, String... arguments) {
        var command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-XX:+UseSerialGC", "-cp"));
        command.addAll(List.of(System.getProperty("java.class.path"), mainClass.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /// What a main class says in another JVM, started behind other words.
    static Result runJava(List<String> before, Class<?> mainClass, String... arguments)
            throws IOException, InterruptedException {
        var whole = new ArrayList<>(before);
        whole.addAll(java(mainClass, arguments));
        return run(whole);
    }

    /// The words before a command that make it run as a user without any rights; only root can.
    static List<String> asNobody() {
        assumeTrue(Credentials.own().uid() == ROOT, "only root can become somebody else");
        return List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    }

    /// The words before a command that give it an IPC namespace of its own, with its own limit.
    static List<String> withSysctl(String name, String value) {
        assumeTrue(Credentials.own().uid() == ROOT, "only root can make a namespace");
        var path = "/proc/sys/" + name.replace('.', '/');
        var script = "echo " + value + " > " + path + " || exit 77; exec \"$@\"";
        return List.of("unshare", "--ipc", "sh", "-c", script, "sh");
    }

    private static void assumeInstalled(String command) {
        boolean isThere =
                command.startsWith("/") || Files.isExecutable(Path.of("/usr/bin", command));
        assumeTrue(isThere, () -> command + " is not installed");
    }
}
