package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/resource.h>`. See getrlimit(2).
@Header("sys/resource.h")
public final class SysResource {
    public static final int RLIMIT_CPU = 0;
    public static final int RLIMIT_FSIZE = 1;
    public static final int RLIMIT_DATA = 2;
    public static final int RLIMIT_STACK = 3;
    public static final int RLIMIT_CORE = 4;
    public static final int RLIMIT_RSS = 5;
    public static final int RLIMIT_NPROC = 6;
    public static final int RLIMIT_NOFILE = 7;
    public static final int RLIMIT_MEMLOCK = 8;
    public static final int RLIMIT_AS = 9;
    public static final int RLIMIT_LOCKS = 10;
    public static final int RLIMIT_SIGPENDING = 11;
    public static final int RLIMIT_MSGQUEUE = 12;
    public static final int RLIMIT_NICE = 13;
    public static final int RLIMIT_RTPRIO = 14;
    public static final int RLIMIT_RTTIME = 15;
    public static final long RLIM_INFINITY = -1;

    public static final StructLayout RLIMIT =
            structLayout(JAVA_LONG.withName("rlim_cur"), JAVA_LONG.withName("rlim_max"))
                    .withName("rlimit");

    public static final long RLIM_CUR = RLIMIT.byteOffset(groupElement("rlim_cur"));
    public static final long RLIM_MAX = RLIMIT.byteOffset(groupElement("rlim_max"));

    private static final Function GETRLIMIT = Function.of("getrlimit");
    private static final Function SETRLIMIT = Function.of("setrlimit");

    private SysResource() {}

    /// `int getrlimit(int resource, struct rlimit *)`
    public static int getrlimit(int resource, MemorySegment to) {
        return GETRLIMIT.call(resource, to.address());
    }

    /// `int setrlimit(int resource, const struct rlimit *)`
    public static int setrlimit(int resource, MemorySegment limits) {
        return SETRLIMIT.call(resource, limits.address());
    }
}
