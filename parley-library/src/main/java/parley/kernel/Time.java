package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<time.h>`.
@Header("time.h")
public final class Time {
    public static final int CLOCK_REALTIME = 0;
    public static final int CLOCK_MONOTONIC = 1;
    public static final int CLOCK_BOOTTIME = 7;
    public static final int CLOCK_REALTIME_ALARM = 8;
    public static final int CLOCK_BOOTTIME_ALARM = 9;

    public static final StructLayout TIMESPEC =
            structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec"))
                    .withName("timespec");

    public static final long TV_SEC = TIMESPEC.byteOffset(groupElement("tv_sec"));
    public static final long TV_NSEC = TIMESPEC.byteOffset(groupElement("tv_nsec"));

    public static final StructLayout ITIMERSPEC =
            structLayout(TIMESPEC.withName("it_interval"), TIMESPEC.withName("it_value"))
                    .withName("itimerspec");

    public static final long IT_INTERVAL = ITIMERSPEC.byteOffset(groupElement("it_interval"));
    public static final long IT_VALUE = ITIMERSPEC.byteOffset(groupElement("it_value"));

    private static final Function CLOCK_GETTIME = Function.of("clock_gettime");

    private static final SegmentPool TIMESPECS = new SegmentPool(TIMESPEC);

    private Time() {}

    /// `int clock_gettime(clockid_t, struct timespec *)`
    public static int clock_gettime(int clock, MemorySegment to) {
        return CLOCK_GETTIME.call(clock, to.address());
    }

    /// `CLOCK_MONOTONIC` in nanoseconds, which cannot fail: see clock_gettime(2).
    public static long monotonicNanos() {
        var now = TIMESPECS.acquire();
        try {
            clock_gettime(CLOCK_MONOTONIC, now);
            long seconds = now.get(JAVA_LONG, TV_SEC);
            return SECONDS.toNanos(seconds) + now.get(JAVA_LONG, TV_NSEC);
        } finally {
            TIMESPECS.release(now);
        }
    }

    /// A timespec of nanoseconds, which nobody else uses until [#release].
    static MemorySegment acquireTimespec(long nanos) {
        var timespec = TIMESPECS.acquire();
        long seconds = NANOSECONDS.toSeconds(nanos);
        timespec.set(JAVA_LONG, TV_SEC, seconds);
        timespec.set(JAVA_LONG, TV_NSEC, nanos - SECONDS.toNanos(seconds));
        return timespec;
    }

    static void release(MemorySegment timespec) {
        TIMESPECS.release(timespec);
    }
}
