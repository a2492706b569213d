package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import parley.kernel.Time;

/// The moment at which waiting ends, on the monotonic clock; so a wait that begins anew after a
/// signal does not become longer.
public final class Deadline {
    /// Waits for ever.
    public static final Deadline NEVER = new Deadline(Long.MAX_VALUE);

    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 4); // 73 years

    private final long nanoTime; // of System.nanoTime(); Long.MAX_VALUE: never

    private Deadline(long nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// A deadline `timeout` from now; zero or negative: at once; more than 73 years: never.
    public static Deadline after(Duration timeout) {
        long nanos = nanos(timeout);
        if (nanos == Long.MAX_VALUE) {
            return NEVER;
        }
        long end = System.nanoTime() + nanos;
        return new Deadline(end == Long.MAX_VALUE ? end - 1 : end);
    }

    /// What [#remainingNanos] is of a deadline that begins now: for one that need not be kept.
    public static long nanos(Duration timeout) {
        if (timeout.compareTo(LONGEST) >= 0) {
            return Long.MAX_VALUE;
        }
        return timeout.isNegative() ? 0 : timeout.toNanos();
    }

    /// True for [#NEVER].
    public boolean isNever() {
        return nanoTime == Long.MAX_VALUE;
    }

    /// Nanoseconds left, at least 0; `Long.MAX_VALUE` for [#NEVER].
    public long remainingNanos() {
        return isNever() ? Long.MAX_VALUE : Math.max(0, nanoTime - System.nanoTime());
    }

    /// Negative if this comes before the other, 0 if it is the same moment.
    int compare(Deadline other) {
        if (isNever() || other.isNever()) {
            return Boolean.compare(isNever(), other.isNever());
        }
        return Long.signum(nanoTime - other.nanoTime); // as System.nanoTime() is to be compared
    }

    /// The one of both that comes first.
    public Deadline earlier(Deadline other) {
        return compare(other) <= 0 ? this : other;
    }

    /// True when the time is over.
    public boolean isOver() {
        return remainingNanos() == 0;
    }

    /// What is left as a `struct timespec` for a call with a relative timeout; NULL for [#NEVER].
    public MemorySegment remaining(Arena arena) {
        return isNever() ? MemorySegment.NULL : timespec(arena, remainingNanos());
    }

    /// A `struct timespec` of CLOCK_MONOTONIC for a call with an absolute one; not for [#NEVER].
    public MemorySegment absolute(Arena arena) {
        return timespec(arena, Time.monotonicNanos() + remainingNanos());
    }

    private static MemorySegment timespec(Arena arena, long nanos) {
        var timespec = arena.allocate(Time.TIMESPEC);
        timespec.set(JAVA_LONG, Time.TV_SEC, nanos / NANOS_PER_SECOND);
        timespec.set(JAVA_LONG, Time.TV_NSEC, nanos % NANOS_PER_SECOND);
        return timespec;
    }
}
