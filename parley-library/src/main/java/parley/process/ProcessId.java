package parley.process;

import java.io.IOException;
import java.util.Optional;

/// Which process: its number, and when it started, because numbers are used again.
///
/// Two that are equal mean the same process, as long as the host runs; so it can be written into a
/// file or a shared memory, and compared there. To hold on to a process take [PidFd].
///
/// @param pid its number, in the PID namespace of this process
/// @param startTicks clock ticks (mostly 1/100 s) from the host's boot to its start
public record ProcessId(long pid, long startTicks) {
    /// This process.
    public static ProcessId own() {
        return Own.ID;
    }

    /// The process that has this number now; empty if there is none.
    public static Optional<ProcessId> of(long pid) throws IOException {
        return ProcessStat.of(pid).map(stat -> new ProcessId(pid, stat.startTicks()));
    }

    /// True if it still runs: false once it has ended, even if its parent has not waited for it yet
    /// or its number belongs to another process by now.
    public boolean isAlive() throws IOException {
        var stat = ProcessStat.of(pid);
        return stat.isPresent() && stat.get().startTicks() == startTicks && stat.get().isAlive();
    }

    @Override
    public String toString() {
        return pid + "@" + startTicks;
    }

    private static final class Own {
        static final ProcessId ID = find();

        private static ProcessId find() {
            try {
                return of(ProcessHandle.current().pid()).orElseThrow();
            } catch (IOException e) {
                throw new AssertionError("/proc is not there", e);
            }
        }
    }
}
