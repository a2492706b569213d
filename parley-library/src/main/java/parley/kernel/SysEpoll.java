package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/epoll.h>`. See epoll(7).
@Header("sys/epoll.h")
public final class SysEpoll {
    public static final int EPOLL_CLOEXEC = 02000000;
    public static final int EPOLL_CTL_ADD = 1;
    public static final int EPOLL_CTL_DEL = 2;
    public static final int EPOLL_CTL_MOD = 3;

    public static final int EPOLLIN = 0x1;
    public static final int EPOLLPRI = 0x2;
    public static final int EPOLLOUT = 0x4;
    public static final int EPOLLERR = 0x8;
    public static final int EPOLLHUP = 0x10;
    public static final int EPOLLRDHUP = 0x2000;
    public static final int EPOLLEXCLUSIVE = 1 << 28;
    public static final int EPOLLWAKEUP = 1 << 29;
    public static final int EPOLLONESHOT = 1 << 30;
    public static final long EPOLLET = 1L << 31; // unsigned in C

    /// `ioctl` requests on an epoll instance: since Linux 6.9.
    public static final long EPIOCSPARAMS = 0x40088A01;

    public static final long EPIOCGPARAMS = 0x80088A02L;

    /// `struct epoll_event`, of this platform.
    public static final StructLayout EPOLL_EVENT = Abi.HOST.epoll_event();

    public static final long EVENTS = EPOLL_EVENT.byteOffset(groupElement("events"));
    public static final long DATA = EPOLL_EVENT.byteOffset(groupElement("data"));

    /// `struct epoll_params`, see ioctl_eventpoll(2).
    public static final StructLayout EPOLL_PARAMS =
            structLayout(
                            JAVA_INT.withName("busy_poll_usecs"),
                            JAVA_SHORT.withName("busy_poll_budget"),
                            JAVA_BYTE.withName("prefer_busy_poll"),
                            paddingLayout(1)) // must be 0
                    .withName("epoll_params");

    public static final long BUSY_POLL_USECS =
            EPOLL_PARAMS.byteOffset(groupElement("busy_poll_usecs"));
    public static final long BUSY_POLL_BUDGET =
            EPOLL_PARAMS.byteOffset(groupElement("busy_poll_budget"));
    public static final long PREFER_BUSY_POLL =
            EPOLL_PARAMS.byteOffset(groupElement("prefer_busy_poll"));

    private static final Function EPOLL_CREATE1 = Function.of("epoll_create1");
    private static final Function EPOLL_CTL = Function.of("epoll_ctl");
    private static final Function EPOLL_WAIT = Function.of("epoll_wait");
    private static final Function EPOLL_PWAIT = Function.of("epoll_pwait");
    private static final Function EPOLL_PWAIT2 = Function.of("epoll_pwait2");

    private SysEpoll() {}

    /// `int epoll_create1(int flags)`
    public static int epoll_create1(int flags) {
        return EPOLL_CREATE1.call(flags);
    }

    /// `int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *)`
    public static int epoll_ctl(int epfd, int operation, int fd, MemorySegment event) {
        return EPOLL_CTL.call(epfd, operation, fd, event.address());
    }

    /// `int epoll_wait(int epfd, struct epoll_event *, int count, int milliseconds)`
    public static int epoll_wait(int epfd, MemorySegment events, int count, int milliseconds) {
        return EPOLL_WAIT.call(epfd, events.address(), count, milliseconds);
    }

    /// `int epoll_pwait(int epfd, struct epoll_event *, int count, int milliseconds, const sigset_t
    /// *)`: -1 milliseconds wait for ever, a NULL mask leaves the thread's own
    public static int epoll_pwait(
            int epfd, MemorySegment events, int count, int milliseconds, MemorySegment mask) {
        return EPOLL_PWAIT.call(epfd, events.address(), count, milliseconds, mask.address(), 0);
    }

    /// `int epoll_pwait2(int epfd, struct epoll_event *, int count, const struct timespec *, const
    /// sigset_t *)`: a NULL timeout waits for ever. Linux 5.11 and glibc 2.35, else `-ENOSYS`.
    public static int epoll_pwait2(
            int epfd, MemorySegment events, int count, MemorySegment timeout, MemorySegment mask) {
        return EPOLL_PWAIT2.call(
                epfd, events.address(), count, timeout.address(), mask.address(), 0);
    }
}
