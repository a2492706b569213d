package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/signalfd.h>`. See signalfd(2).
@Header({"stdint.h", "sys/signalfd.h"})
public final class SysSignalfd {
    public static final int SFD_NONBLOCK = 04000;
    public static final int SFD_CLOEXEC = 02000000;

    /// What read(2) gives for one signal.
    public static final StructLayout SIGNALFD_SIGINFO =
            structLayout(
                            JAVA_INT.withName("ssi_signo"),
                            JAVA_INT.withName("ssi_errno"),
                            JAVA_INT.withName("ssi_code"),
                            JAVA_INT.withName("ssi_pid"),
                            JAVA_INT.withName("ssi_uid"),
                            JAVA_INT.withName("ssi_fd"),
                            JAVA_INT.withName("ssi_tid"), // of a timer
                            JAVA_INT.withName("ssi_band"),
                            JAVA_INT.withName("ssi_overrun"),
                            JAVA_INT.withName("ssi_trapno"),
                            JAVA_INT.withName("ssi_status"),
                            JAVA_INT.withName("ssi_int"),
                            JAVA_LONG.withName("ssi_ptr"),
                            JAVA_LONG.withName("ssi_utime"),
                            JAVA_LONG.withName("ssi_stime"),
                            JAVA_LONG.withName("ssi_addr"),
                            paddingLayout(48))
                    .withName("signalfd_siginfo");

    public static final long SSI_SIGNO = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_signo"));
    public static final long SSI_ERRNO = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_errno"));
    public static final long SSI_CODE = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_code"));
    public static final long SSI_PID = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_pid"));
    public static final long SSI_UID = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_uid"));
    public static final long SSI_FD = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_fd"));
    public static final long SSI_TID = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_tid"));
    public static final long SSI_BAND = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_band"));
    public static final long SSI_OVERRUN = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_overrun"));
    public static final long SSI_STATUS = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_status"));
    public static final long SSI_PTR = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_ptr"));
    public static final long SSI_UTIME = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_utime"));
    public static final long SSI_STIME = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_stime"));
    public static final long SSI_ADDR = SIGNALFD_SIGINFO.byteOffset(groupElement("ssi_addr"));

    private static final Function SIGNALFD = Function.of("signalfd");

    private SysSignalfd() {}

    /// `int signalfd(int fd, const sigset_t *, int flags)`: -1 makes a new descriptor
    public static int signalfd(int fd, MemorySegment set, int flags) {
        return SIGNALFD.call(fd, set.address(), flags);
    }
}
