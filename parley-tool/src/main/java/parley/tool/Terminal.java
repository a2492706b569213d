package parley.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether a person reads along.
public final class Terminal {
    private Terminal() {}

    public static boolean isStandardOutput() {
        return isTerminal(1);
    }

    public static boolean isStandardError() {
        return isTerminal(2);
    }

    /// The JDK only says it of input and output together.
    private static boolean isTerminal(int descriptor) {
        try {
            var target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException _) {
            return false;
        }
    }
}
