package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

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

    /// `struct epoll_event`, of this platform.
    public static final StructLayout EPOLL_EVENT = Abi.HOST.epoll_event();

    public static final long EVENTS = EPOLL_EVENT.byteOffset(groupElement("events"));
    public static final long DATA = EPOLL_EVENT.byteOffset(groupElement("data"));

    private static final Function EPOLL_CREATE1 = Function.of("epoll_create1");
    private static final Function EPOLL_CTL = Function.of("epoll_ctl");
    private static final Function EPOLL_WAIT = Function.of("epoll_wait");

    private SysEpoll() {}

    /// `int epoll_create1(int flags)`
    public static int epoll_create1(int flags) {
        return EPOLL_CREATE1.call(flags);
    }

    /// `int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *)`
    public static int epoll_ctl(int epfd, int operation, int fd, MemorySegment event) {
        return EPOLL_CTL.call(epfd, operation, fd, event.address());
    }

    /// `int epoll_wait(int epfd, struct epoll_event *, int max, int timeoutMillis)`
    public static int epoll_wait(int epfd, MemorySegment events, int max, int timeoutMillis) {
        return EPOLL_WAIT.call(epfd, events.address(), max, timeoutMillis);
    }
}
