package parley.kernel;

import java.lang.foreign.MemorySegment;

/// `<sys/ioctl.h>`.
@Header("sys/ioctl.h")
public final class SysIoctl {
    public static final int FIONREAD = 0x541B;

    private static final Function IOCTL = Function.of("ioctl");

    private SysIoctl() {}

    /// `int ioctl(int fd, unsigned long request, void *argument)`
    public static int ioctl(int fd, long request, MemorySegment argument) {
        return IOCTL.call(fd, request, argument.address());
    }
}
