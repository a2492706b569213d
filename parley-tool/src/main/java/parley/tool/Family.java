package parley.tool;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import parley.process.ChildProcess;

/// A shell that runs a command, and all that it has started.
public final class Family {
    private static final Duration ENDING_TIME_MAX = Duration.ofSeconds(2);

    private Family() {}

    /// Ends all of them: by SIGTERM, and if the shell outlives that, by SIGKILL.
    public static void end(ChildProcess shell) throws IOException, InterruptedException {
        var family =
                ProcessHandle.of(shell.pid()).stream()
                        .flatMap(first -> Stream.concat(Stream.of(first), first.descendants()))
                        .toList();
        family.forEach(ProcessHandle::destroy);
        if (shell.awaitExit(ENDING_TIME_MAX).isEmpty()) {
            family.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
