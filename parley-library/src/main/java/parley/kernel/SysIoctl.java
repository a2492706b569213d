package parley.kernel;

import java.lang.foreign.MemorySegment;

/// `<sys/ioctl.h>`, `<linux/sockios.h>`.
@Header({"sys/ioctl.h", "linux/sockios.h"})
public final class SysIoctl {
    public static final int FIONREAD = 0x541B;
    public static final int TIOCOUTQ = 0x5411;
    public static final int SIOCATMARK = 0x8905;

    private static final Function IOCTL = Function.of("ioctl");

    private SysIoctl() {}

    /// `int ioctl(int fd, unsigned long request, void *argument)`
    public static int ioctl(int fd, long request, MemorySegment argument) {
        return IOCTL.call(fd, request, argument.address());
    }
}
