package parley.tool.demo;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// Where the demonstration puts its names: a private directory for those in the file system, and a
/// stem, the directory's own name, for all others. Short, as people read them.
///
/// @param directory belongs to this user alone, and goes with its content when this is closed
/// @param count of names given
record Workplace(Path directory, AtomicInteger count) implements AutoCloseable {
    private static final int NAMES = 36 * 36 * 36 * 36 * 36; // five digits to the base of 36

    /// Makes the directory.
    static Workplace create() throws IOException {
        var parent = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
        var mode =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        while (true) {
            int random = ThreadLocalRandom.current().nextInt(NAMES);
            var name = "parley-demo-" + Integer.toString(random, Character.MAX_RADIX);
            try {
                return new Workplace(
                        Files.createDirectory(parent.resolve(name), mode), new AtomicInteger());
            } catch (FileAlreadyExistsException _) {
                // Another one then.
            }
        }
    }

    /// A file name of its own.
    Path path() {
        return directory.resolve(Integer.toString(count.incrementAndGet()));
    }

    /// A name of its own, without a slash.
    String name() {
        return directory.getFileName() + "-" + count.incrementAndGet();
    }

    @Override
    public void close() throws IOException {
        try (var paths = Files.walk(directory)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
