package parley.shm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A thread as the kernel has it, which ends a little later than the one of Java: after its robust
/// list has been walked.
///
/// @param folder in `/proc`, as that numbers it, which may be of another PID namespace
record KernelThread(Path folder) {
    private static final Path PROC = Path.of("/proc");
    private static final ThreadLocal<@Nullable KernelThread> CURRENT = new ThreadLocal<>();

    /// That of the calling platform thread; looked up once.
    static KernelThread current() throws IOException {
        var known = CURRENT.get();
        if (known == null) {
            var self = Files.readSymbolicLink(PROC.resolve("thread-self"));
            known = new KernelThread(PROC.resolve(self));
            CURRENT.set(known);
        }
        return known;
    }

    boolean isGone() {
        return Files.notExists(folder);
    }
}
