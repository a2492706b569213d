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

    /// Whether the terminal knows how to erase a line.
    public static boolean canErase() {
        var kind = System.getenv("TERM");
        return kind != null && !kind.equals("dumb");
    }

    /// The JDK only says it of input and output together.
    private static boolean isTerminal(int descriptor) {
        try {
            var target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console"); // a container's
        } catch (IOException | UnsupportedOperationException _) {
            return false;
        }
    }
}
