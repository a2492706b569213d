package parley.kernel;

import java.lang.foreign.MemorySegment;

/// `<sys/mount.h>`: a file system that is mounted nowhere, reached by a descriptor alone. libc has
/// wrappers from 2.36 on. See fsopen(2), fsconfig(2), fsmount(2).
@Header("sys/mount.h")
public final class SysMount {
    public static final int FSOPEN_CLOEXEC = 1;
    public static final int FSCONFIG_CMD_CREATE = 6;
    public static final int FSMOUNT_CLOEXEC = 1;

    private static final Function FSOPEN = Function.ofSystemCall("fsopen", SysSyscall.SYS_fsopen);
    private static final Function FSCONFIG =
            Function.ofSystemCall("fsconfig", SysSyscall.SYS_fsconfig);
    private static final Function FSMOUNT =
            Function.ofSystemCall("fsmount", SysSyscall.SYS_fsmount);

    private SysMount() {}

    /// `int fsopen(const char *type, unsigned flags)`
    public static int fsopen(MemorySegment type, int flags) {
        return FSOPEN.system(type.address(), flags, 0, 0, 0, 0);
    }

    /// `int fsconfig(int fd, unsigned command, NULL, NULL, 0)`, for commands without more
    public static int fsconfig(int fd, int command) {
        return FSCONFIG.system(fd, command, 0, 0, 0, 0);
    }

    /// `int fsmount(int fd, unsigned flags, unsigned attributes)`
    public static int fsmount(int fd, int flags, int attributes) {
        return FSMOUNT.system(fd, flags, attributes, 0, 0, 0);
    }
}
