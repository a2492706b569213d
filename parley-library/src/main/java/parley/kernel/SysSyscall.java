package parley.kernel;

/// `<sys/syscall.h>`: system calls by number, for what libc (from 2.31 on) does not wrap.
@Header("sys/syscall.h")
public final class SysSyscall {
    public static final int SYS_pidfd_send_signal = 424;
    public static final int SYS_fsopen = 430;
    public static final int SYS_fsconfig = 431;
    public static final int SYS_fsmount = 432;
    public static final int SYS_pidfd_open = 434;
    public static final int SYS_pidfd_getfd = 438;
    public static final int SYS_epoll_pwait2 = 441;
    public static final int SYS_memfd_secret = 447;
    public static final int SYS_futex_waitv = 449;
    public static final int SYS_io_uring_setup = 425;
    public static final int SYS_io_uring_enter = 426;
    public static final int SYS_io_uring_register = 427;

    private static final Function SYSCALL = Function.of("syscall");

    private SysSyscall() {}

    /// `long syscall(long number, ...)`
    public static long syscall(long number, long a, long b, long c, long d, long e) {
        return SYSCALL.callLong(number, a, b, c, d, e);
    }
}
