package parley.signal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;

/// What a process does with signals, and which wait for it, as `/proc` has it: any process, also of
/// other users. See proc_pid_status(5).
///
/// @param pid its number
/// @param command its name, of which the kernel keeps 15 bytes
/// @param uid its real user
/// @param caught those that it has a handler for: `SigCgt`
/// @param ignored those that it ignores: `SigIgn`
/// @param pending those sent to the process that wait until a thread unblocks them: `ShdPnd`
/// @param queued how many are queued for all processes of its user
/// @param queuedMax how many may be, for one more to be queued for this process:
///   `RLIMIT_SIGPENDING`
/// @param threads its threads', without those that ended meanwhile
public record ProcessSignals(
        long pid,
        String command,
        long uid,
        SignalSet caught,
        SignalSet ignored,
        SignalSet pending,
        long queued,
        long queuedMax,
        List<ThreadSignals> threads) {
    private static final long INIT = 1;
    private static final SignalSet CERTAIN = SignalSet.of(Signal.KILL, Signal.STOP);

    /// What becomes of a signal that is sent to a process.
    public enum Effect {
        /// All threads have it blocked: it waits until one unblocks or receives it.
        WAITS,
        /// It is thrown away.
        IGNORED,
        /// A handler is called.
        CAUGHT,
        /// Its [Signal#defaultAction] happens.
        DEFAULT
    }

    /// Keeps its own copy of the threads.
    public ProcessSignals {
        threads = List.copyOf(threads);
    }

    /// Those of a process now. Its threads are looked at one after the other.
    ///
    /// @throws NotFoundException if there is no such process
    /// @throws NotPermittedException if `/proc` does not show it to us
    public static ProcessSignals of(long pid) throws IOException {
        Signals.number(pid);
        try {
            return read("" + pid);
        } catch (IOException e) {
            Signals.probe(pid);
            throw e;
        }
    }

    private static ProcessSignals read(String pid) throws IOException {
        var status = StatusFile.read(Path.of("/proc", pid, "status"));
        if (!status.value("Tgid").equals(pid)) { // a thread's number leads there too
            throw OsException.of("open", "process " + pid, Errno.ESRCH.number());
        }
        var queue = List.of(status.value("SigQ").split("/", -1));
        var threads = ThreadSignals.ofProcess(pid);
        return new ProcessSignals(
                Long.parseLong(pid),
                status.value("Name"),
                Long.parseLong(List.of(status.value("Uid").split("\\s+", -1)).getFirst()),
                status.signals("SigCgt"),
                status.signals("SigIgn"),
                status.signals("ShdPnd"),
                Long.parseLong(queue.get(0)),
                limit(queue.get(1)),
                threads);
    }

    /// RLIM_INFINITY is written as 2^64-1.
    private static long limit(String text) {
        long limit = Long.parseUnsignedLong(text);
        return limit < 0 ? Long.MAX_VALUE : limit;
    }

    /// Those that all threads have blocked, so that they wait if they are sent to the process.
    public SignalSet blocked() {
        return threads.stream()
                .map(ThreadSignals::blocked)
                .reduce(SignalSet::and)
                .orElse(SignalSet.EMPTY);
    }

    /// What a signal that is sent to the process now does.
    public Effect effectOf(Signal signal) {
        if (CERTAIN.contains(signal)) {
            return pid == INIT ? Effect.IGNORED : Effect.DEFAULT;
        }
        if (blocked().contains(signal)) {
            return Effect.WAITS;
        }
        if (caught.contains(signal)) {
            return Effect.CAUGHT;
        }
        boolean isIgnoredByDefault = signal.defaultAction() == DefaultAction.IGNORE;
        boolean isForInit = pid == INIT; // to which nothing happens that it has not asked for
        return ignored.contains(signal) || isIgnoredByDefault || isForInit
                ? Effect.IGNORED
                : Effect.DEFAULT;
    }
}
