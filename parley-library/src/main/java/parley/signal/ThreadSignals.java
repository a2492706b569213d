package parley.signal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One thread's signals, as `/proc` has them. See proc_pid_status(5).
///
/// @param tid the thread's number
/// @param blocked what waits until it unblocks it
/// @param pending what was sent to this thread and waits: `SigPnd`
public record ThreadSignals(int tid, SignalSet blocked, SignalSet pending) {
    /// Those of all threads of a process that live long enough to be looked at.
    ///
    /// @throws NoSuchFileException if there is no such process
    static List<ThreadSignals> ofProcess(String pid) throws IOException {
        var all = new ArrayList<ThreadSignals>();
        try (var threads = Files.newDirectoryStream(Path.of("/proc", pid, "task"))) {
            for (var thread : threads) {
                of(thread).ifPresent(all::add);
            }
        }
        return all;
    }

    private static Optional<ThreadSignals> of(Path thread) {
        try {
            var status = StatusFile.read(thread.resolve("status"));
            int tid = Integer.parseInt(thread.getFileName().toString());
            return Optional.of(
                    new ThreadSignals(tid, status.signals("SigBlk"), status.signals("SigPnd")));
        } catch (IOException _) { // it has ended
            return Optional.empty();
        }
    }
}
