package parley.socket;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import parley.peer.Peer;

/// A second process, of a program that is not ours: Python's socket module.
final class Python {
    private static final String HEAD =
            """
            import array, os, socket, sys
            def name(text): return '\\0' + text[1:] if text[0] == '@' else text
            def say(*words): print(*words, flush=True)
            a = sys.argv[1:]
            """;

    private Python() {}

    /// Runs a script: `a` holds its arguments, `say` prints a line, `name` takes a socket's
    /// address.
    static Peer run(String script, Object... arguments) throws IOException {
        var command = new ArrayList<>(List.of("python3", "-c", HEAD + script));
        for (var argument : arguments) {
            command.add(argument.toString());
        }
        return Peer.start(command);
    }
}
