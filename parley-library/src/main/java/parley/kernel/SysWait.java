package parley.kernel;

import java.lang.foreign.MemorySegment;

/// `<sys/wait.h>`. See waitid(2).
@Header({"signal.h", "sys/wait.h"})
public final class SysWait {
    public static final int P_PID = 1;
    public static final int P_PIDFD = 3;
    public static final int WNOHANG = 0x1;
    public static final int WEXITED = 0x4;
    public static final int WNOWAIT = 0x01000000;

    private static final Function WAITID = Function.of("waitid");

    private SysWait() {}

    /// `int waitid(idtype_t, id_t, siginfo_t *, int options)`
    public static int waitid(int type, int id, MemorySegment info, int options) {
        return WAITID.call(type, id, info.address(), options);
    }
}
