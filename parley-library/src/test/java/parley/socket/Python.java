package parley.socket;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A second process, of a program that is not ours: Python's socket module.
final class Python implements AutoCloseable {
    private static final String HEAD =
            """
            import array, os, socket, sys
            def name(text): return '\\0' + text[1:] if text[0] == '@' else text
            def say(*words): print(*words, flush=True)
            a = sys.argv[1:]
            """;

    private final Process process;
    private final BufferedReader output;

    private Python(Process process) {
        this.process = process;
        this.output =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /// Runs a script: `a` holds its arguments, `say` prints a line, `name` takes a socket's
    /// address.
    static Python run(String script, Object... arguments) throws IOException {
        var command = new ArrayList<>(List.of("python3", "-c", HEAD + script));
        for (var argument : arguments) {
            command.add(argument.toString());
        }
        var process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new Python(process);
    }

    /// The next line it says.
    String line() throws IOException {
        return String.valueOf(output.readLine());
    }

    /// Gives it a line to read.
    void tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    long pid() {
        return process.pid();
    }

    int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    /// Kills it, as `kill -9` does.
    void kill() throws InterruptedException {
        var _ = process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        output.close();
        process.getOutputStream().close();
    }
}
