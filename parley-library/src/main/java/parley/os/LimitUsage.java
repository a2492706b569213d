package parley.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import parley.kernel.Unistd;

/// How much of a limit is used up, where the kernel says it.
@FunctionalInterface
interface LimitUsage {
    /// The kernel does not count it, or does not show it.
    LimitUsage NOT_SHOWN = OptionalLong::empty;

    /// What is used up now, in the limit's unit.
    ///
    /// @throws IOException if the file that says it cannot be read
    OptionalLong read() throws IOException;

    /// Objects of a System V kind.
    static LimitUsage systemVObjects(SystemVTable table) {
        return () -> OptionalLong.of(table.rows().size());
    }

    /// Semaphores in all sets.
    static OptionalLong semaphores() throws IOException {
        return OptionalLong.of(
                SystemVTable.SEM.rows().stream().mapToLong(row -> row.number("nsems")).sum());
    }

    /// Pages of all System V segments.
    static OptionalLong segmentPages() throws IOException {
        long page = Unistd.sysconf(Unistd._SC_PAGESIZE);
        return OptionalLong.of(
                SystemVTable.SHM.rows().stream()
                        .mapToLong(row -> Math.ceilDiv(row.number("size"), page))
                        .sum());
    }

    /// POSIX queues; for others than root only where their file system is mounted.
    static OptionalLong posixQueues() throws IOException {
        try (var folder = QueueFolder.open()) {
            return OptionalLong.of(entries(folder.path()));
        } catch (OsException _) {
            return OptionalLong.empty();
        }
    }

    /// Descriptors of this process.
    static OptionalLong descriptors() throws IOException {
        return OptionalLong.of(entries(Path.of("/proc/self/fd")) - 1); // less that of the listing
    }

    /// Open file descriptions of the whole system.
    static OptionalLong openFiles() throws IOException {
        return OptionalLong.of(Long.parseLong(ProcFile.fields("/proc/sys/fs/file-nr").getFirst()));
    }

    /// Mappings of this process.
    static OptionalLong mappings() throws IOException {
        var lines = ProcFile.lines("/proc/self/maps").stream();
        return OptionalLong.of(lines.filter(line -> !line.endsWith("[vsyscall]")).count());
    }

    /// Signals queued for this user.
    static OptionalLong queuedSignals() throws IOException {
        var text = status("SigQ");
        return OptionalLong.of(Long.parseLong(text.substring(0, text.indexOf('/'))));
    }

    /// A size in `/proc/self/status`, which has them in units of 1024 bytes.
    static LimitUsage memory(String field) {
        return () -> {
            var text = status(field);
            return OptionalLong.of(Long.parseLong(text.substring(0, text.indexOf(' '))) * 1024);
        };
    }

    private static String status(String field) throws IOException {
        for (var line : ProcFile.lines("/proc/self/status")) {
            if (line.startsWith(field + ":")) {
                return line.substring(field.length() + 1).strip();
            }
        }
        throw new IOException("no " + field + " in /proc/self/status");
    }

    private static long entries(Path directory) throws IOException {
        try (var list = Files.newDirectoryStream(directory)) {
            long count = 0;
            for (var _ : list) {
                count++;
            }
            return count;
        }
    }
}
