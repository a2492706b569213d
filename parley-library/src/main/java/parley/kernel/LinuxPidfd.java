package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<linux/pidfd.h>`: what a pidfd tells by ioctl(2) (Linux 6.13, the exit code 6.15), and to whom
/// it sends signals (6.9).
@Header({"stdint.h", "sys/ioctl.h", "linux/pidfd.h"})
public final class LinuxPidfd {
    /// For the structure as it was first; the number has its size in it.
    public static final long PIDFD_GET_INFO = 0xC040FF0BL;

    public static final int PIDFD_SIGNAL_THREAD = 1;
    public static final int PIDFD_SIGNAL_THREAD_GROUP = 1 << 1;
    public static final int PIDFD_SIGNAL_PROCESS_GROUP = 1 << 2;

    public static final long PIDFD_INFO_PID = 1;
    public static final long PIDFD_INFO_CREDS = 1 << 1;
    public static final long PIDFD_INFO_CGROUPID = 1 << 2;
    public static final long PIDFD_INFO_EXIT = 1 << 3;

    /// `struct pidfd_info` as Linux 6.13 has it; later versions are longer, and know this size.
    public static final StructLayout PIDFD_INFO =
            structLayout(
                            JAVA_LONG.withName("mask"), // what is asked for, then what was filled
                            JAVA_LONG.withName("cgroupid"),
                            JAVA_INT.withName("pid"),
                            JAVA_INT.withName("tgid"),
                            JAVA_INT.withName("ppid"),
                            JAVA_INT.withName("ruid"),
                            JAVA_INT.withName("rgid"),
                            JAVA_INT.withName("euid"),
                            JAVA_INT.withName("egid"),
                            JAVA_INT.withName("suid"),
                            JAVA_INT.withName("sgid"),
                            JAVA_INT.withName("fsuid"),
                            JAVA_INT.withName("fsgid"),
                            JAVA_INT.withName("exit_code")) // as wait(2) gives it
                    .withName("pidfd_info");

    public static final long MASK = PIDFD_INFO.byteOffset(groupElement("mask"));
    public static final long CGROUPID = PIDFD_INFO.byteOffset(groupElement("cgroupid"));
    public static final long PID = PIDFD_INFO.byteOffset(groupElement("pid"));
    public static final long TGID = PIDFD_INFO.byteOffset(groupElement("tgid"));
    public static final long PPID = PIDFD_INFO.byteOffset(groupElement("ppid"));
    public static final long RUID = PIDFD_INFO.byteOffset(groupElement("ruid"));
    public static final long RGID = PIDFD_INFO.byteOffset(groupElement("rgid"));
    public static final long EUID = PIDFD_INFO.byteOffset(groupElement("euid"));
    public static final long EGID = PIDFD_INFO.byteOffset(groupElement("egid"));
    public static final long SUID = PIDFD_INFO.byteOffset(groupElement("suid"));
    public static final long SGID = PIDFD_INFO.byteOffset(groupElement("sgid"));
    public static final long FSUID = PIDFD_INFO.byteOffset(groupElement("fsuid"));
    public static final long FSGID = PIDFD_INFO.byteOffset(groupElement("fsgid"));
    public static final long EXIT_CODE = PIDFD_INFO.byteOffset(groupElement("exit_code"));

    private static final Function PIDFD_OPEN =
            Function.ofSystemCall("pidfd_open", SysSyscall.SYS_pidfd_open);
    private static final Function PIDFD_GETFD =
            Function.ofSystemCall("pidfd_getfd", SysSyscall.SYS_pidfd_getfd);
    private static final Function PIDFD_SEND_SIGNAL =
            Function.ofSystemCall("pidfd_send_signal", SysSyscall.SYS_pidfd_send_signal);

    private LinuxPidfd() {}

    /// `int pidfd_open(pid_t process, unsigned flags)`
    public static int pidfd_open(int process, int flags) {
        return PIDFD_OPEN.system(process, flags, 0, 0, 0, 0);
    }

    /// `int pidfd_getfd(int pidfd, int fd, unsigned flags)`
    public static int pidfd_getfd(int pidfd, int fd, int flags) {
        return PIDFD_GETFD.system(pidfd, fd, flags, 0, 0, 0);
    }

    /// `int pidfd_send_signal(int pidfd, int signal, siginfo_t *, unsigned flags)`: NULL sends as
    /// kill(2) does
    public static int pidfd_send_signal(int pidfd, int signal, MemorySegment info, int flags) {
        return PIDFD_SEND_SIGNAL.system(pidfd, signal, info.address(), flags, 0, 0);
    }
}
