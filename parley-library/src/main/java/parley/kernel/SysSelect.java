package parley.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// `<sys/select.h>`. See select(2).
@Header("sys/select.h")
public final class SysSelect {
    /// Descriptors from this number on have no place in an `fd_set`: C writes beyond it.
    public static final int FD_SETSIZE = 1024;

    public static final int FD_SET_BYTES = FD_SETSIZE / Byte.SIZE;

    private static final Function PSELECT = Function.of("pselect");

    private SysSelect() {}

    /// `int pselect(int count, fd_set *read, fd_set *write, fd_set *except, const struct timespec
    /// *, const sigset_t *)`: a NULL timeout waits for ever. Never restarted after a signal
    /// handler: signal(7).
    public static int pselect(
            int count,
            MemorySegment read,
            MemorySegment write,
            MemorySegment except,
            MemorySegment timeout) {
        return PSELECT.call(
                count, read.address(), write.address(), except.address(), timeout.address(), 0);
    }

    /// `void FD_SET(int fd, fd_set *)`, but never outside of the set. Its longs are little-endian
    /// on all platforms of [Abi], so that its bytes are in order.
    public static void FD_SET(int fd, MemorySegment set) {
        long index = index(fd);
        set.set(JAVA_BYTE, index, (byte) (set.get(JAVA_BYTE, index) | bit(fd)));
    }

    /// `int FD_ISSET(int fd, const fd_set *)`
    public static boolean FD_ISSET(int fd, MemorySegment set) {
        return (set.get(JAVA_BYTE, index(fd)) & bit(fd)) != 0;
    }

    private static long index(int fd) {
        if (fd < 0 || fd >= FD_SETSIZE) {
            throw new IndexOutOfBoundsException(fd);
        }
        return fd / Byte.SIZE;
    }

    private static int bit(int fd) {
        return 1 << (fd % Byte.SIZE);
    }
}
