package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/wait.h>`. See waitid(2).
@Header({"signal.h", "sys/wait.h"})
public final class SysWait {
    public static final int P_PID = 1;
    public static final int P_PIDFD = 3;
    public static final int WNOHANG = 0x1;
    public static final int WEXITED = 0x4;
    public static final int WNOWAIT = 0x01000000;
    public static final int CLD_EXITED = 1;
    public static final int CLD_KILLED = 2;
    public static final int CLD_DUMPED = 3;

    /// `siginfo_t` as SIGCHLD and waitid(2) fill it.
    public static final StructLayout SIGINFO_T =
            structLayout(
                            JAVA_INT.withName("si_signo"),
                            JAVA_INT.withName("si_errno"),
                            JAVA_INT.withName("si_code"),
                            paddingLayout(4),
                            JAVA_INT.withName("si_pid"),
                            JAVA_INT.withName("si_uid"),
                            JAVA_INT.withName("si_status"),
                            paddingLayout(100))
                    .withByteAlignment(8)
                    .withName("siginfo_t");

    public static final long SI_CODE = SIGINFO_T.byteOffset(groupElement("si_code"));
    public static final long SI_PID = SIGINFO_T.byteOffset(groupElement("si_pid"));
    public static final long SI_STATUS = SIGINFO_T.byteOffset(groupElement("si_status"));

    private static final Function WAITID = Function.of("waitid");

    private SysWait() {}

    /// `int waitid(idtype_t, id_t, siginfo_t *, int options)`
    public static int waitid(int type, int id, MemorySegment info, int options) {
        return WAITID.call(type, id, info.address(), options);
    }
}
