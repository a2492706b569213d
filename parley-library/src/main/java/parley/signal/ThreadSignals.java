package parley.signal;

import java.io.IOException;
import java.nio.file.Files;
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
    /// The threads of a process at about one moment.
    ///
    /// @param threads those that lived long enough to be looked at
    /// @param isComplete false if one that was listed had ended when it was looked at
    record Listing(List<ThreadSignals> threads, boolean isComplete) {}

    /// Those of all threads of a process that live long enough to be looked at.
    ///
    /// @throws java.nio.file.NoSuchFileException if there is no such process
    static List<ThreadSignals> ofProcess(String pid) throws IOException {
        return list(pid).threads();
    }

    /// The same, and whether that was all.
    static Listing list(String pid) throws IOException {
        var all = new ArrayList<ThreadSignals>();
        boolean isComplete = true;
        try (var threads = Files.newDirectoryStream(Path.of("/proc", pid, "task"))) {
            for (var thread : threads) {
                var one = of(thread);
                one.ifPresent(all::add);
                isComplete &= one.isPresent();
            }
        }
        return new Listing(List.copyOf(all), isComplete);
    }

    /// Empty if it has ended; an error of another kind (no descriptor is left) is an error.
    private static Optional<ThreadSignals> of(Path thread) throws IOException {
        try {
            var status = StatusFile.read(thread.resolve("status"));
            int tid = Integer.parseInt(thread.getFileName().toString());
            return Optional.of(
                    new ThreadSignals(tid, status.signals("SigBlk"), status.signals("SigPnd")));
        } catch (IOException e) {
            if (Files.exists(thread.resolve("status"))) {
                throw e;
            }
            return Optional.empty();
        }
    }
}
