package parley.tool.demo;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/// Where the demonstration puts its names: a private directory for those in the file system, and a
/// stem for all others.
///
/// @param directory exists, belongs to this user alone
/// @param stem unique on this host
/// @param count of names given
record Workplace(Path directory, String stem, AtomicInteger count) {
    /// A file name of its own.
    Path path(String kind) {
        return directory.resolve(kind + "-" + count.incrementAndGet());
    }

    /// A name of its own, without a slash.
    String name(String kind) {
        return stem + "-" + kind + "-" + count.incrementAndGet();
    }
}
