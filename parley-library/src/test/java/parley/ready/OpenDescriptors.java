package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.function.Executable;
import parley.os.Fd;

/// What `/proc` tells of this process's descriptors.
final class OpenDescriptors {
    private OpenDescriptors() {}

    /// How many of the kinds tested here are open.
    static long count() throws IOException {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return list.filter(OpenDescriptors::isOfOurs).count();
        }
    }

    private static boolean isOfOurs(Path link) {
        try {
            var target = Files.readSymbolicLink(link).toString();
            return target.startsWith("anon_inode:") || target.startsWith("pipe:");
        } catch (IOException _) {
            return false; // closed since
        }
    }

    static void assertNoneIsLeftBy(Executable test) throws Throwable {
        long before = count();
        test.execute();
        assertEquals(before, count());
    }

    static List<String> info(Fd fd) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd.number()));
    }
}
