package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<poll.h>`.
@Header("poll.h")
public final class Poll {
    public static final short POLLIN = 0x1;
    public static final short POLLPRI = 0x2;
    public static final short POLLOUT = 0x4;
    public static final short POLLERR = 0x8;
    public static final short POLLHUP = 0x10;
    public static final short POLLNVAL = 0x20;
    public static final short POLLRDHUP = 0x2000;

    public static final StructLayout POLLFD =
            structLayout(
                            JAVA_INT.withName("fd"),
                            JAVA_SHORT.withName("events"),
                            JAVA_SHORT.withName("revents"))
                    .withName("pollfd");

    public static final long FD = POLLFD.byteOffset(groupElement("fd"));
    public static final long EVENTS = POLLFD.byteOffset(groupElement("events"));
    public static final long REVENTS = POLLFD.byteOffset(groupElement("revents"));

    private static final Function POLL = Function.of("poll");
    private static final Function PPOLL = Function.of("ppoll");

    private Poll() {}

    /// `int poll(struct pollfd *fds, nfds_t count, int milliseconds)`; -1 waits for ever.
    public static int poll(MemorySegment fds, long count, int milliseconds) {
        return POLL.call(fds.address(), count, milliseconds);
    }

    /// `int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *, const sigset_t *)`; a
    /// NULL timeout waits for ever. Never restarted after a signal handler: signal(7).
    public static int ppoll(MemorySegment fds, long count, MemorySegment timeout) {
        return PPOLL.call(fds.address(), count, timeout.address(), 0);
    }
}
