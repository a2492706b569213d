package parley.socket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import parley.os.Fd;

/// The flags of an open descriptor, as `/proc` shows them.
final class Flags {
    private Flags() {}

    static String of(Fd fd) throws IOException {
        int number = fd.enter();
        try {
            return Files.readAllLines(Path.of("/proc/self/fdinfo/" + number)).stream()
                    .filter(line -> line.startsWith("flags:"))
                    .map(line -> line.substring("flags:".length()).strip())
                    .findFirst()
                    .orElseThrow();
        } finally {
            fd.exit();
        }
    }
}
