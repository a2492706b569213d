package parley.tool;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import parley.ready.Deadline;
import picocli.CommandLine.Option;

/// How long a command waits for the other side, in all: the options that say so.
public final class Patience {
    /// Longer than anybody waits.
    public static final Duration EVER = Duration.ofSeconds(Long.MAX_VALUE);

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "end after this time, with status 124: 2s, 500ms, 1m")
    private @Nullable Duration timeout;

    @Option(names = "--nonblock", description = "rather end, with status 75, than wait")
    private boolean isNone;

    private @Nullable Deadline deadline;

    /// True if nothing shall be waited for.
    public boolean isNone() {
        return isNone;
    }

    /// Time that is left for the other side; the first call starts the clock.
    public Duration left() {
        return isNone ? Duration.ZERO : leftForInput();
    }

    /// Time that is left for our own input, which --nonblock does not speak of.
    public Duration leftForInput() {
        if (timeout == null) {
            return EVER;
        }
        if (deadline == null) {
            deadline = Deadline.after(timeout);
        }
        return Duration.ofNanos(deadline.remainingNanos());
    }

    /// What to throw when nothing is left.
    public OutOfTime over() {
        return isNone ? OutOfTime.wouldBlock() : OutOfTime.timedOut();
    }
}
