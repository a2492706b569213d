package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<mqueue.h>`. See mq_overview(7).
@Header({"mqueue.h", "limits.h"})
public final class Mqueue {
    public static final int MQ_PRIO_MAX = 32768;

    /// `struct mq_attr`, see mq_getattr(3).
    public static final StructLayout MQ_ATTR =
            structLayout(
                            JAVA_LONG.withName("mq_flags"), // 0 or O_NONBLOCK
                            JAVA_LONG.withName("mq_maxmsg"), // messages
                            JAVA_LONG.withName("mq_msgsize"), // bytes
                            JAVA_LONG.withName("mq_curmsgs"), // messages
                            paddingLayout(32))
                    .withName("mq_attr");

    public static final long MQ_FLAGS = MQ_ATTR.byteOffset(groupElement("mq_flags"));
    public static final long MQ_MAXMSG = MQ_ATTR.byteOffset(groupElement("mq_maxmsg"));
    public static final long MQ_MSGSIZE = MQ_ATTR.byteOffset(groupElement("mq_msgsize"));
    public static final long MQ_CURMSGS = MQ_ATTR.byteOffset(groupElement("mq_curmsgs"));

    private static final Function MQ_OPEN = Function.of("mq_open");
    private static final Function MQ_CLOSE = Function.of("mq_close");
    private static final Function MQ_UNLINK = Function.of("mq_unlink");
    private static final Function MQ_GETATTR = Function.of("mq_getattr");
    private static final Function MQ_SETATTR = Function.of("mq_setattr");

    /// A time that is over: mq_timedsend and mq_timedreceive with it never wait.
    private static final MemorySegment PAST = Arena.global().allocate(Time.TIMESPEC);

    private static final Function MQ_TIMEDSEND = Function.of("mq_timedsend");
    private static final Function MQ_TIMEDRECEIVE = Function.of("mq_timedreceive");
    private static final Function MQ_SEND = Function.of("mq_send");
    private static final Function MQ_RECEIVE = Function.of("mq_receive");

    private static final Function MQ_NOTIFY =
            Function.ofSystemCall("mq_notify", Abi.HOST.SYS_mq_notify());

    private Mqueue() {}

    /// `mqd_t mq_open(const char *name, int flags, mode_t mode, struct mq_attr *)`
    public static int mq_open(MemorySegment name, int flags, int mode, MemorySegment attributes) {
        return MQ_OPEN.call(name.address(), flags, mode, attributes.address());
    }

    /// `int mq_close(mqd_t)`
    public static int mq_close(int mqd) {
        return MQ_CLOSE.call(mqd);
    }

    /// `int mq_unlink(const char *name)`
    public static int mq_unlink(MemorySegment name) {
        return MQ_UNLINK.call(name.address());
    }

    /// `int mq_getattr(mqd_t, struct mq_attr *)`
    public static int mq_getattr(int mqd, MemorySegment to) {
        return MQ_GETATTR.call(mqd, to.address());
    }

    /// `int mq_setattr(mqd_t, const struct mq_attr *new, struct mq_attr *old)`: mq_flags only
    public static int mq_setattr(int mqd, MemorySegment attributes, MemorySegment old) {
        return MQ_SETATTR.call(mqd, attributes.address(), old.address());
    }

    /// `int mq_send(mqd_t, const char *message, size_t, unsigned priority)`
    public static int mq_send(int mqd, MemorySegment message, int priority) {
        return MQ_SEND.pass(mqd, message, message.byteSize(), priority, 0);
    }

    /// `ssize_t mq_receive(mqd_t, char *buffer, size_t, unsigned *priority)`
    ///
    /// `priority` is an address, or 0
    public static long mq_receive(int mqd, MemorySegment buffer, long priority) {
        return MQ_RECEIVE.receive(mqd, buffer, buffer.byteSize(), priority, 0);
    }

    /// `int mq_timedsend(mqd_t, const char *message, size_t, unsigned priority, const struct
    /// timespec *end)` with an end that is over: `-ETIMEDOUT` instead of waiting
    public static int mq_trysend(int mqd, MemorySegment message, int priority) {
        return MQ_TIMEDSEND.pass(mqd, message, message.byteSize(), priority, PAST.address());
    }

    /// `ssize_t mq_timedreceive(mqd_t, char *buffer, size_t, unsigned *priority, const struct
    /// timespec *end)` with an end that is over: `-ETIMEDOUT` instead of waiting
    public static long mq_tryreceive(int mqd, MemorySegment buffer, long priority) {
        return MQ_TIMEDRECEIVE.receive(mqd, buffer, buffer.byteSize(), priority, PAST.address());
    }

    /// `int mq_notify(mqd_t, const struct sigevent *)`, that of the kernel: for SIGEV_THREAD libc's
    /// starts threads of its own and calls a function there; the kernel's sends what sigev_value
    /// points to, 32 bytes, to the netlink socket in sigev_signo.
    public static int mq_notify(int mqd, MemorySegment event) {
        return MQ_NOTIFY.system(mqd, event.address(), 0, 0, 0, 0);
    }
}
