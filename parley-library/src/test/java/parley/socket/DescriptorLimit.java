package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import parley.kernel.SysResource;
import parley.os.OsException;

/// A lower limit of descriptors for this process, until closed.
public final class DescriptorLimit implements AutoCloseable {
    private final long before;

    private DescriptorLimit(long limit) throws OsException {
        this.before = exchange(limit);
    }

    /// Lets this process open so many more, and a few that the moment of counting takes.
    public static DescriptorLimit leaving(int free) throws IOException {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            var used =
                    list.map(path -> Long.parseLong(path.getFileName().toString()))
                            .collect(Collectors.toSet());
            long limit = 0;
            for (int left = free; left > 0; limit++) {
                left -= used.contains(limit) ? 0 : 1;
            }
            return new DescriptorLimit(limit);
        }
    }

    private static long exchange(long limit) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var limits = arena.allocate(SysResource.RLIMIT);
            int r = SysResource.getrlimit(SysResource.RLIMIT_NOFILE, limits);
            OsException.check("getrlimit", "", r);
            long before = limits.get(JAVA_LONG, SysResource.RLIM_CUR);
            limits.set(JAVA_LONG, SysResource.RLIM_CUR, limit);
            r = SysResource.setrlimit(SysResource.RLIMIT_NOFILE, limits);
            OsException.check("setrlimit", "", r);
            return before;
        }
    }

    @Override
    public void close() throws OsException {
        exchange(before);
    }
}
