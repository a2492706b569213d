package parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Where this runs: what stands over a report, and how a process is bound to a processor.
public final class Machine {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final Path KERNEL = Path.of("/proc/sys/kernel/osrelease");
    private static final Path LOAD = Path.of("/proc/loadavg");

    private Machine() {}

    /// The processor, as the kernel names it.
    public static String processor() throws IOException {
        return field(PROCESSOR, "model name").orElse(System.getProperty("java.vm.name", ""));
    }

    /// The kernel's release.
    public static String kernel() throws IOException {
        return Files.readString(KERNEL).strip();
    }

    /// Processes that ran or wanted to, on average in the last minute.
    public static double load() throws IOException {
        return Double.parseDouble(Files.readString(LOAD).split(" ", 2)[0]);
    }

    /// The processors that this process may use.
    public static List<Integer> processors() throws IOException {
        var all = new ArrayList<Integer>();
        for (var range : field(STATUS, "Cpus_allowed_list").orElse("0").split(",", -1)) {
            var ends = range.split("-", 2);
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[ends.length - 1]);
            for (int i = first; i <= last; i++) {
                all.add(i);
            }
        }
        return all;
    }

    /// Is there a program of this name?
    public static boolean has(String program) {
        var path = Optional.ofNullable(System.getenv("PATH")).orElse("/bin:/usr/bin");
        return Stream.of(path.split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /// What all threads of this process that live now have used of processors, in nanoseconds.
    public static long usedNanos() throws IOException {
        long used = 0;
        try (var threads = Files.list(Path.of("/proc/self/task"))) {
            for (var thread : threads.toList()) {
                var statistics = Files.readString(thread.resolve("schedstat"));
                used += Long.parseLong(statistics.split(" ", 2)[0]);
            }
        }
        return used;
    }

    private static Optional<String> field(Path file, String name) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        }
    }
}
