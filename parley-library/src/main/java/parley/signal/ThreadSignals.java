package parley.signal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One thread's signals, as `/proc` has them. See proc_pid_status(5).
///
/// @param tid the thread's number
/// @param blocked what waits until it unblocks it
/// @param pending what was sent to this thread and waits: `SigPnd`
public record ThreadSignals(int tid, SignalSet blocked, SignalSet pending) {
    private static final int ATTEMPTS_MAX = 50;
    private static final Set<String> HALTED = Set.of("D", "T", "t"); // proc_pid_stat(5)

    /// The threads of a process at about one moment.
    ///
    /// @param threads those that lived long enough to be looked at
    /// @param shared what is pending for the process
    /// @param halted those that take no signal now: traced, or waiting for a disk or for a child to
    ///   take another program
    /// @param isComplete false if one may be missing
    record Listing(
            List<ThreadSignals> threads,
            SignalSet shared,
            Set<Integer> halted,
            boolean isComplete) {}

    /// Those of all threads of a process. Where threads come and go all the time, one of them may
    /// be missing.
    ///
    /// @throws java.nio.file.NoSuchFileException if there is no such process
    static List<ThreadSignals> ofProcess(String pid) throws IOException {
        var listing = list(pid);
        for (int i = 1; i < ATTEMPTS_MAX && !listing.isComplete(); i++) {
            listing = list(pid);
        }
        return listing.threads();
    }

    /// The same at one look, and whether that was all: a listing of `/proc` ends early when the
    /// thread that it has come to ends.
    static Listing list(String pid) throws IOException {
        var all = new ArrayList<ThreadSignals>();
        var halted = new HashSet<Integer>();
        var file = Path.of("/proc", pid, "status");
        var before = StatusFile.read(file).value("Threads");
        boolean isComplete = true;
        try (var threads = Files.newDirectoryStream(Path.of("/proc", pid, "task"))) {
            for (var thread : threads) {
                var one = of(thread, halted);
                one.ifPresent(all::add);
                isComplete &= one.isPresent();
            }
        }
        var after = StatusFile.read(file);
        isComplete &= before.equals(after.value("Threads")) && before.equals("" + all.size());
        return new Listing(List.copyOf(all), after.signals("ShdPnd"), halted, isComplete);
    }

    /// Empty if it has ended; an error of another kind (no descriptor is left) is an error.
    private static Optional<ThreadSignals> of(Path thread, Set<Integer> halted) throws IOException {
        try {
            var status = StatusFile.read(thread.resolve("status"));
            int tid = Integer.parseInt(thread.getFileName().toString());
            if (HALTED.contains(status.value("State").substring(0, 1))) {
                halted.add(tid);
            }
            var blocked = status.signals("SigBlk").with(SignalMask.awaitedBy(tid));
            return Optional.of(new ThreadSignals(tid, blocked, status.signals("SigPnd")));
        } catch (IOException e) {
            if (Files.exists(thread.resolve("status"))) {
                throw e;
            }
            return Optional.empty();
        }
    }
}
