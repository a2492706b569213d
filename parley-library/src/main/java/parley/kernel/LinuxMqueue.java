package parley.kernel;

/// `<linux/mqueue.h>`: what the kernel sends to a netlink socket, the 32 bytes it was given of
/// which the last tells why. See mq_notify(3), "C library/kernel differences".
@Header("linux/mqueue.h")
public final class LinuxMqueue {
    public static final int NOTIFY_COOKIE_LEN = 32; // bytes
    public static final int NOTIFY_WOKENUP = 1;
    public static final int NOTIFY_REMOVED = 2;

    private LinuxMqueue() {}
}
