package parley.kernel;

/// `<sys/eventfd.h>`. See eventfd(2).
@Header("sys/eventfd.h")
public final class SysEventfd {
    public static final int EFD_SEMAPHORE = 1;
    public static final int EFD_CLOEXEC = 02000000;
    public static final int EFD_NONBLOCK = 04000;

    private static final Function EVENTFD = Function.of("eventfd");

    private SysEventfd() {}

    /// `int eventfd(unsigned int initial, int flags)`
    public static int eventfd(int initial, int flags) {
        return EVENTFD.call(initial, flags);
    }
}
