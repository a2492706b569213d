package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;

/// `<signal.h>`. See sigaction(2), tgkill(2).
@Header("signal.h")
public final class SignalH {
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGQUIT = 3;
    public static final int SIGILL = 4;
    public static final int SIGTRAP = 5;
    public static final int SIGABRT = 6;
    public static final int SIGBUS = 7;
    public static final int SIGFPE = 8;
    public static final int SIGKILL = 9;
    public static final int SIGUSR1 = 10;
    public static final int SIGSEGV = 11;
    public static final int SIGUSR2 = 12;
    public static final int SIGPIPE = 13;
    public static final int SIGALRM = 14;
    public static final int SIGTERM = 15;
    public static final int SIGSTKFLT = 16;
    public static final int SIGCHLD = 17;
    public static final int SIGCONT = 18;
    public static final int SIGSTOP = 19;
    public static final int SIGTSTP = 20;
    public static final int SIGTTIN = 21;
    public static final int SIGTTOU = 22;
    public static final int SIGURG = 23;
    public static final int SIGXCPU = 24;
    public static final int SIGXFSZ = 25;
    public static final int SIGVTALRM = 26;
    public static final int SIGPROF = 27;
    public static final int SIGWINCH = 28;
    public static final int SIGIO = 29;
    public static final int SIGPWR = 30;
    public static final int SIGSYS = 31;
    public static final int SIGPOLL = SIGIO;

    /// The kernel's signals are 1 to this.
    public static final int SIGNALS = 64;

    public static final long SIG_DFL = 0; // pointers in C
    public static final long SIG_IGN = 1;

    public static final int SIG_BLOCK = 0;
    public static final int SIG_UNBLOCK = 1;
    public static final int SIG_SETMASK = 2;

    public static final int SA_NOCLDSTOP = 1;
    public static final int SA_NOCLDWAIT = 2;
    public static final int SA_SIGINFO = 4;
    public static final int SA_ONSTACK = 0x08000000;
    public static final int SA_RESTART = 0x10000000;
    public static final int SA_NODEFER = 0x40000000;
    public static final long SA_RESETHAND = 0x80000000L; // unsigned in C

    public static final int SI_USER = 0;
    public static final int SI_KERNEL = 0x80;
    public static final int SI_QUEUE = -1;
    public static final int SI_TIMER = -2;
    public static final int SI_MESGQ = -3;
    public static final int SI_ASYNCIO = -4;
    public static final int SI_SIGIO = -5;
    public static final int SI_TKILL = -6;
    public static final int CLD_EXITED = 1;
    public static final int CLD_KILLED = 2;
    public static final int CLD_DUMPED = 3;
    public static final int CLD_TRAPPED = 4;
    public static final int CLD_STOPPED = 5;
    public static final int CLD_CONTINUED = 6;

    public static final int SIGEV_SIGNAL = 0;
    public static final int SIGEV_NONE = 1;
    public static final int SIGEV_THREAD = 2;

    /// `sigset_t`: a bit per signal, the first is signal 1.
    public static final StructLayout SIGSET_T =
            structLayout(paddingLayout(128)).withByteAlignment(8).withName("sigset_t");

    /// `struct sigaction` of libc (the kernel's own has another order).
    public static final StructLayout SIGACTION =
            structLayout(
                            JAVA_LONG.withName("sa_handler"),
                            SIGSET_T.withName("sa_mask"),
                            JAVA_INT.withName("sa_flags"),
                            paddingLayout(12))
                    .withName("sigaction");

    public static final long SA_HANDLER = SIGACTION.byteOffset(groupElement("sa_handler"));
    public static final long SA_MASK = SIGACTION.byteOffset(groupElement("sa_mask"));
    public static final long SA_FLAGS = SIGACTION.byteOffset(groupElement("sa_flags"));

    /// `siginfo_t` of a signal that a process sent: SI_USER, SI_TKILL, SI_QUEUE, SI_MESGQ.
    public static final StructLayout SIGINFO_SENT =
            structLayout(
                            JAVA_INT.withName("si_signo"),
                            JAVA_INT.withName("si_errno"),
                            JAVA_INT.withName("si_code"),
                            paddingLayout(4),
                            JAVA_INT.withName("si_pid"),
                            JAVA_INT.withName("si_uid"),
                            JAVA_LONG.withName("si_value"),
                            paddingLayout(96))
                    .withName("siginfo_t");

    /// The same of a child that changed.
    public static final StructLayout SIGINFO_CHILD =
            structLayout(
                            paddingLayout(24),
                            JAVA_INT.withName("si_status"),
                            paddingLayout(4),
                            JAVA_LONG.withName("si_utime"),
                            JAVA_LONG.withName("si_stime"),
                            paddingLayout(80))
                    .withName("siginfo_t");

    /// The same of a timer.
    public static final StructLayout SIGINFO_TIMER =
            structLayout(
                            paddingLayout(16),
                            JAVA_INT.withName("si_timerid"),
                            JAVA_INT.withName("si_overrun"),
                            paddingLayout(104))
                    .withByteAlignment(8)
                    .withName("siginfo_t");

    /// The same of a fault.
    public static final StructLayout SIGINFO_FAULT =
            structLayout(paddingLayout(16), JAVA_LONG.withName("si_addr"), paddingLayout(104))
                    .withName("siginfo_t");

    /// The same of a descriptor that is ready.
    public static final StructLayout SIGINFO_POLL =
            structLayout(
                            paddingLayout(16),
                            JAVA_LONG.withName("si_band"),
                            JAVA_INT.withName("si_fd"),
                            paddingLayout(100))
                    .withName("siginfo_t");

    /// `struct sigevent`, see sigevent(3type).
    public static final StructLayout SIGEVENT =
            structLayout(
                            JAVA_LONG.withName("sigev_value"),
                            JAVA_INT.withName("sigev_signo"),
                            JAVA_INT.withName("sigev_notify"),
                            paddingLayout(48))
                    .withName("sigevent");

    public static final long SIGEV_VALUE = SIGEVENT.byteOffset(groupElement("sigev_value"));
    public static final long SIGEV_SIGNO = SIGEVENT.byteOffset(groupElement("sigev_signo"));
    public static final long SIGEV_NOTIFY = SIGEVENT.byteOffset(groupElement("sigev_notify"));
    public static final long SI_SIGNO = SIGINFO_SENT.byteOffset(groupElement("si_signo"));
    public static final long SI_ERRNO = SIGINFO_SENT.byteOffset(groupElement("si_errno"));
    public static final long SI_CODE = SIGINFO_SENT.byteOffset(groupElement("si_code"));
    public static final long SI_PID = SIGINFO_SENT.byteOffset(groupElement("si_pid"));
    public static final long SI_UID = SIGINFO_SENT.byteOffset(groupElement("si_uid"));
    public static final long SI_VALUE = SIGINFO_SENT.byteOffset(groupElement("si_value"));
    public static final long SI_STATUS = SIGINFO_CHILD.byteOffset(groupElement("si_status"));
    public static final long SI_UTIME = SIGINFO_CHILD.byteOffset(groupElement("si_utime"));
    public static final long SI_STIME = SIGINFO_CHILD.byteOffset(groupElement("si_stime"));
    public static final long SI_TIMERID = SIGINFO_TIMER.byteOffset(groupElement("si_timerid"));
    public static final long SI_OVERRUN = SIGINFO_TIMER.byteOffset(groupElement("si_overrun"));
    public static final long SI_ADDR = SIGINFO_FAULT.byteOffset(groupElement("si_addr"));
    public static final long SI_BAND = SIGINFO_POLL.byteOffset(groupElement("si_band"));
    public static final long SI_FD = SIGINFO_POLL.byteOffset(groupElement("si_fd"));

    private static final Function SIGACTION_CALL = Function.of("sigaction");
    private static final Function PTHREAD_SIGMASK = Function.of("pthread_sigmask");
    private static final Function TGKILL = Function.of("tgkill");
    private static final Function KILL = Function.of("kill");
    private static final Function GETTID = Function.of("gettid");
    private static final Function SIGPENDING = Function.of("sigpending");
    private static final Function SIGQUEUE = Function.of("sigqueue");
    private static final Function RT_SIGTIMEDWAIT =
            Function.ofSystemCall("rt_sigtimedwait", Abi.HOST.SYS_rt_sigtimedwait());
    private static final Function RT_SIGQUEUEINFO =
            Function.ofSystemCall("rt_sigqueueinfo", Abi.HOST.SYS_rt_sigqueueinfo());
    private static final Function RT_TGSIGQUEUEINFO =
            Function.ofSystemCall("rt_tgsigqueueinfo", Abi.HOST.SYS_rt_tgsigqueueinfo());
    private static final Function SIGRTMIN = Function.of("__libc_current_sigrtmin");

    private SignalH() {}

    /// `int sigaction(int signal, const struct sigaction *, struct sigaction *old)`
    public static int sigaction(int signal, MemorySegment action, MemorySegment old) {
        return SIGACTION_CALL.call(signal, action.address(), old.address());
    }

    /// `int pthread_sigmask(int how, const sigset_t *, sigset_t *old)`, which returns the error
    /// itself.
    public static int pthread_sigmask(int how, MemorySegment set, MemorySegment old) {
        return -Math.abs(PTHREAD_SIGMASK.call(how, set.address(), old.address()));
    }

    /// `int tgkill(pid_t process, pid_t thread, int signal)`
    public static int tgkill(int process, int thread, int signal) {
        return TGKILL.call(process, thread, signal);
    }

    /// `int kill(pid_t process, int signal)`
    public static int kill(int process, int signal) {
        return KILL.call(process, signal);
    }

    /// `pid_t gettid(void)`
    public static int gettid() {
        return GETTID.call();
    }

    /// `int sigpending(sigset_t *)`: of the thread and of the process
    public static int sigpending(MemorySegment set) {
        return SIGPENDING.call(set.address());
    }

    /// `int sigqueue(pid_t process, int signal, const union sigval)`
    public static int sigqueue(int process, int signal, long value) {
        return SIGQUEUE.call(process, signal, value);
    }

    /// `int rt_sigtimedwait(const sigset_t *, siginfo_t *, const struct timespec *, size_t)`: a
    /// NULL timeout waits for ever. libc's sigtimedwait says SI_USER where the kernel says
    /// SI_TKILL.
    public static int rt_sigtimedwait(
            MemorySegment set, MemorySegment info, MemorySegment timeout) {
        return RT_SIGTIMEDWAIT.system(
                set.address(),
                info.address(),
                timeout.address(),
                Long.BYTES /* of the kernel's set */,
                0,
                0);
    }

    /// `int rt_sigqueueinfo(pid_t process, int signal, siginfo_t *)`
    public static int rt_sigqueueinfo(int process, int signal, MemorySegment info) {
        return RT_SIGQUEUEINFO.system(process, signal, info.address(), 0, 0, 0);
    }

    /// `int rt_tgsigqueueinfo(pid_t process, pid_t thread, int signal, siginfo_t *)`
    public static int rt_tgsigqueueinfo(int process, int thread, int signal, MemorySegment info) {
        return RT_TGSIGQUEUEINFO.system(process, thread, signal, info.address(), 0, 0);
    }

    /// `SIGRTMIN`, the first real-time signal that libc does not use itself
    public static int sigrtmin() {
        return SIGRTMIN.call();
    }

    /// A `siginfo_t` of a signal that a process sends, for rt_sigqueueinfo(2) and its like.
    public static MemorySegment sent(
            SegmentAllocator allocator, int signal, int code, int pid, int uid, long value) {
        var info = allocator.allocate(SIGINFO_SENT);
        info.set(JAVA_INT, SI_SIGNO, signal);
        info.set(JAVA_INT, SI_CODE, code);
        info.set(JAVA_INT, SI_PID, pid);
        info.set(JAVA_INT, SI_UID, uid);
        info.set(JAVA_LONG, SI_VALUE, value);
        return info;
    }

    /// The address of a function of libc that may stand as a handler that does nothing: `abs`,
    /// which is pure, and so async-signal-safe; see signal-safety(7).
    public static long emptyHandler() {
        return Native.find("abs").address();
    }

    /// The same of one that ends the process: `abort`.
    public static long endingHandler() {
        return Native.find("abort").address();
    }
}
