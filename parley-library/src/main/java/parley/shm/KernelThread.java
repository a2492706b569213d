package parley.shm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A thread as the kernel has it, which ends a little later than the one of Java: after its robust
/// list has been walked.
///
/// @param folder in `/proc`, as that numbers it, which may be of another PID namespace
record KernelThread(Path folder) {
    private static final Path PROC = Path.of("/proc");

    static KernelThread current() throws IOException {
        return new KernelThread(PROC.resolve(Files.readSymbolicLink(PROC.resolve("thread-self"))));
    }

    boolean isGone() {
        return Files.notExists(folder);
    }
}
