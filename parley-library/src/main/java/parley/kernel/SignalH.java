package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<signal.h>`. See sigaction(2), tgkill(2).
@Header("signal.h")
public final class SignalH {
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGQUIT = 3;
    public static final int SIGKILL = 9;
    public static final int SIGTERM = 15;
    public static final int SIGCHLD = 17;
    public static final int SIGCONT = 18;
    public static final int SIGSTOP = 19;
    public static final int SIGURG = 23;
    public static final int SIG_UNBLOCK = 1;

    /// `sigset_t`: a bit per signal, the first is signal 1.
    public static final StructLayout SIGSET_T =
            structLayout(paddingLayout(128)).withByteAlignment(8).withName("sigset_t");

    /// `struct sigaction` of libc (the kernel's own has another order).
    public static final StructLayout SIGACTION =
            structLayout(
                            JAVA_LONG.withName("sa_handler"),
                            paddingLayout(128), // sa_mask
                            JAVA_INT.withName("sa_flags"),
                            paddingLayout(12))
                    .withName("sigaction");

    public static final long SA_HANDLER = SIGACTION.byteOffset(groupElement("sa_handler"));
    public static final long SA_FLAGS = SIGACTION.byteOffset(groupElement("sa_flags"));

    private static final Function SIGACTION_CALL = Function.of("sigaction");
    private static final Function PTHREAD_SIGMASK = Function.of("pthread_sigmask");
    private static final Function TGKILL = Function.of("tgkill");
    private static final Function KILL = Function.of("kill");
    private static final Function GETTID = Function.of("gettid");

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

    /// The address of a function of libc that may stand as a handler that does nothing: `abs`,
    /// which is pure, and so async-signal-safe; see signal-safety(7).
    public static long emptyHandler() {
        return Native.find("abs").address();
    }
}
