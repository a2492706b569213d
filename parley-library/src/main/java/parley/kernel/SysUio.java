package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/uio.h>`.
@Header("sys/uio.h")
public final class SysUio {
    /// For one call what O_NONBLOCK is for all users of an open file description. On pipes since
    /// Linux 6.4; before, `-EOPNOTSUPP`.
    public static final int RWF_NOWAIT = 0x8;

    public static final StructLayout IOVEC =
            structLayout(JAVA_LONG.withName("iov_base"), JAVA_LONG.withName("iov_len"))
                    .withName("iovec");

    public static final long IOV_BASE = IOVEC.byteOffset(groupElement("iov_base"));
    public static final long IOV_LEN = IOVEC.byteOffset(groupElement("iov_len"));

    private static final SegmentPool IOVECS = new SegmentPool(IOVEC);

    private static final Function PREADV2 = Function.of("preadv2");
    private static final Function PWRITEV2 = Function.of("pwritev2");

    private SysUio() {}

    /// `ssize_t preadv2(int fd, const struct iovec *, int count, off_t offset, int flags)` into one
    /// buffer; offset -1 is the file's own position.
    public static long preadv2(int fd, MemorySegment buffer, long offset, int flags) {
        return PREADV2.receiveVector(fd, buffer, offset, flags);
    }

    /// `ssize_t pwritev2(int fd, const struct iovec *, int count, off_t offset, int flags)` of one
    /// buffer; offset -1 is the file's own position.
    public static long pwritev2(int fd, MemorySegment buffer, long offset, int flags) {
        return PWRITEV2.sendVector(fd, buffer, offset, flags);
    }

    /// An iovec of `buffer`, which nobody else uses until [#release].
    static MemorySegment acquireIovec(MemorySegment buffer) {
        var iovec = IOVECS.acquire();
        iovec.set(JAVA_LONG, IOV_BASE, buffer.address());
        iovec.set(JAVA_LONG, IOV_LEN, buffer.byteSize());
        return iovec;
    }

    static void release(MemorySegment iovec) {
        IOVECS.release(iovec);
    }
}
