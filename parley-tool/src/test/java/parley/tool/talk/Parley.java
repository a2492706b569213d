package parley.tool.talk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.peer.Peer;
import parley.tool.demo.Packaged;

/// The packaged command, run and started; and Python, as the other side.
public final class Parley {
    private Parley() {}

    /// Runs it to its end, without input.
    public static Packaged.Result run(String... arguments)
            throws IOException, InterruptedException {
        return Packaged.run(Packaged.command(arguments));
    }

    /// Runs it to its end, with a file for its input.
    public static Packaged.Result runWithInput(Path input, String... arguments)
            throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" <\"$0\"", input.toString()));
        words.addAll(Packaged.command(arguments));
        return Packaged.run(words);
    }

    /// Starts it, with the signals as a terminal's job has them, whatever they are here.
    public static Peer start(String... arguments) throws IOException {
        var words = new ArrayList<>(Packaged.AS_A_JOB);
        words.addAll(Packaged.command(arguments));
        return Peer.start(words);
    }

    /// Starts it, and returns when it says that it listens.
    public static Peer listening(String... arguments) throws IOException {
        var peer = start(arguments);
        var line = peer.line();
        if (!line.startsWith("listening on ")) {
            throw new AssertionError(line + "\n" + peer.rest());
        }
        return peer;
    }

    /// The command in a shell's words.
    public static String quoted(String... arguments) {
        return "'" + String.join("' '", Packaged.command(arguments)) + "'";
    }

    /// Starts Python, and returns when it has said "ready".
    public static Peer python(String script, String... arguments) throws IOException {
        var words = new ArrayList<>(List.of("python3", "-c", script));
        words.addAll(List.of(arguments));
        var peer = Peer.start(words);
        var line = peer.line();
        if (!line.equals("ready")) {
            throw new AssertionError(line + "\n" + peer.rest());
        }
        return peer;
    }
}
