package parley.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// A second process that runs beside the test, until it ends, is killed or the test closes it.
public final class Peer implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private Peer(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    /// Starts a program; what it says on either stream can be read here.
    public static Peer start(List<String> words) throws IOException {
        Command.require(words.getFirst());
        return new Peer(new ProcessBuilder(words).redirectErrorStream(true).start());
    }

    /// The next line it says, `null` in letters when there is none any more.
    public String line() throws IOException {
        return String.valueOf(output.readLine());
    }

    /// All that it still says, without white space at the ends.
    public String rest() {
        return output.lines().collect(Collectors.joining("\n")).strip();
    }

    /// Gives it a line to read.
    public void tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /// Tells it that nothing more comes.
    public void endInput() throws IOException {
        process.getOutputStream().close();
    }

    public long pid() {
        return process.pid();
    }

    /// Waits for its end.
    public int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    /// Kills it, as `kill -9` does.
    public void kill() throws InterruptedException {
        var _ = process.toHandle().destroyForcibly(); // what it has said can still be read
        int _ = process.waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        output.close();
        process.getOutputStream().close();
    }
}
