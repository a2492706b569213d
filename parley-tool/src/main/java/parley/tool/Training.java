package parley.tool;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;

/// The training run for the AOT cache, made by the launcher after a build: the classes that are
/// loaded here are ready at once when the command starts. Nothing here may change the host.
final class Training {
    /// Harmless command lines that between them load what most commands need.
    private static final List<String[]> COMMAND_LINES =
            List.of(
                    new String[] {"--version"},
                    new String[] {"--help"},
                    new String[] {"version"},
                    new String[] {"signal", "--list"},
                    new String[] {"send", "file:/dev/null", "text"},
                    new String[] {"receive", "file:/dev/null"},
                    new String[] {"show", "" + ProcessHandle.current().pid(), "--signals"});

    private Training() {}

    static void main() {
        var nowhere = new PrintWriter(Writer.nullWriter());
        for (var line : COMMAND_LINES) {
            int _ = Main.run(nowhere, nowhere, line); // a failure costs some speed, no more
        }
        for (var verb : Verb.ALL) {
            int _ = Main.run(nowhere, nowhere, verb.name(), "--help");
        }
        Main.main(new String[] {"--version"}); // last: it ends the JVM
    }
}
