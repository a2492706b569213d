package parley.kernel;

import java.lang.foreign.MemorySegment;

/// `<sys/timerfd.h>`. See timerfd_create(2).
@Header("sys/timerfd.h")
public final class SysTimerfd {
    public static final int TFD_CLOEXEC = 02000000;
    public static final int TFD_NONBLOCK = 04000;
    public static final int TFD_TIMER_ABSTIME = 1;
    public static final int TFD_TIMER_CANCEL_ON_SET = 2;

    private static final Function TIMERFD_CREATE = Function.of("timerfd_create");
    private static final Function TIMERFD_SETTIME = Function.of("timerfd_settime");
    private static final Function TIMERFD_GETTIME = Function.of("timerfd_gettime");

    private SysTimerfd() {}

    /// `int timerfd_create(int clock, int flags)`
    public static int timerfd_create(int clock, int flags) {
        return TIMERFD_CREATE.call(clock, flags);
    }

    /// `int timerfd_settime(int fd, int flags, const struct itimerspec *, struct itimerspec *old)`
    public static int timerfd_settime(int fd, int flags, MemorySegment time, MemorySegment old) {
        return TIMERFD_SETTIME.call(fd, flags, time.address(), old.address());
    }

    /// `int timerfd_gettime(int fd, struct itimerspec *)`
    public static int timerfd_gettime(int fd, MemorySegment time) {
        return TIMERFD_GETTIME.call(fd, time.address());
    }
}
