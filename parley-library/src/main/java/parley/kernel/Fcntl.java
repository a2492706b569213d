package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<fcntl.h>`.
@Header("fcntl.h")
public final class Fcntl {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_ACCMODE = 3;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_NONBLOCK = 04000;
    public static final int O_CLOEXEC = 02000000;
    public static final int O_PATH = 010000000;
    public static final int O_DIRECT = Abi.HOST.O_DIRECT();
    public static final int O_DIRECTORY = Abi.HOST.O_DIRECTORY();
    public static final int O_NOFOLLOW = Abi.HOST.O_NOFOLLOW();
    public static final int O_TMPFILE = Abi.HOST.O_TMPFILE();

    public static final int AT_FDCWD = -100;
    public static final int AT_SYMLINK_NOFOLLOW = 0x100;
    public static final int AT_SYMLINK_FOLLOW = 0x400;
    public static final int AT_EMPTY_PATH = 0x1000;

    public static final int F_GETFD = 1;
    public static final int F_SETFD = 2;
    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
    public static final int F_OFD_GETLK = 36;
    public static final int F_OFD_SETLK = 37;
    public static final int F_OFD_SETLKW = 38;
    public static final int F_SETPIPE_SZ = 1031;
    public static final int F_GETPIPE_SZ = 1032;
    public static final int F_ADD_SEALS = 1033;
    public static final int F_GET_SEALS = 1034;
    public static final int F_DUPFD_CLOEXEC = 1030;
    public static final int FD_CLOEXEC = 1;

    public static final short F_RDLCK = 0;
    public static final short F_WRLCK = 1;
    public static final short F_UNLCK = 2;

    public static final int F_SEAL_SEAL = 0x1;
    public static final int F_SEAL_SHRINK = 0x2;
    public static final int F_SEAL_GROW = 0x4;
    public static final int F_SEAL_WRITE = 0x8;
    public static final int F_SEAL_FUTURE_WRITE = 0x10;
    public static final int F_SEAL_EXEC = 0x20;

    public static final int SPLICE_F_MOVE = 1;
    public static final int SPLICE_F_NONBLOCK = 2;
    public static final int SPLICE_F_MORE = 4;
    public static final int SPLICE_F_GIFT = 8;

    /// `struct flock`, see fcntl(2): all zeros but the type is the whole file.
    public static final StructLayout FLOCK =
            structLayout(
                            JAVA_SHORT.withName("l_type"),
                            JAVA_SHORT.withName("l_whence"),
                            paddingLayout(4),
                            JAVA_LONG.withName("l_start"),
                            JAVA_LONG.withName("l_len"),
                            JAVA_INT.withName("l_pid"),
                            paddingLayout(4))
                    .withName("flock");

    public static final long L_TYPE = FLOCK.byteOffset(groupElement("l_type"));
    public static final long L_START = FLOCK.byteOffset(groupElement("l_start"));
    public static final long L_LEN = FLOCK.byteOffset(groupElement("l_len"));

    private static final Function OPEN = Function.of("open");
    private static final Function FCNTL = Function.of("fcntl");
    private static final Function SPLICE = Function.of("splice");
    private static final Function TEE = Function.of("tee");
    private static final Function VMSPLICE = Function.of("vmsplice");
    private static final Function POSIX_FALLOCATE = Function.of("posix_fallocate");

    private Fcntl() {}

    /// `int open(const char *path, int flags, mode_t mode)`
    public static int open(MemorySegment path, int flags, int mode) {
        return OPEN.call(path.address(), flags, mode);
    }

    /// `int fcntl(int fd, int command, int argument)`
    public static int fcntl(int fd, int command, int argument) {
        return FCNTL.call(fd, command, argument);
    }

    /// The same with a structure: `int fcntl(int fd, int command, struct flock *)`
    public static int fcntl(int fd, int command, MemorySegment argument) {
        return FCNTL.call(fd, command, argument.address());
    }

    /// `ssize_t splice(int in, off_t *offset, int out, off_t *offset, size_t, unsigned flags)`; the
    /// caller keeps the offsets alive, NULL for none.
    public static long splice(
            int in,
            MemorySegment inOffset,
            int out,
            MemorySegment outOffset,
            long bytes,
            int flags) {
        return SPLICE.callLong(in, inOffset.address(), out, outOffset.address(), bytes, flags);
    }

    /// `ssize_t tee(int in, int out, size_t, unsigned flags)`
    public static long tee(int in, int out, long bytes, int flags) {
        return TEE.callLong(in, out, bytes, flags, 0, 0);
    }

    /// `ssize_t vmsplice(int fd, const struct iovec *, size_t count, unsigned flags)`; the caller
    /// keeps the memory of the iovecs alive.
    public static long vmsplice(int fd, MemorySegment iovecs, long count, int flags) {
        return VMSPLICE.send(fd, iovecs, count, flags, 0);
    }

    /// `int posix_fallocate(int fd, off_t offset, off_t length)`, which returns the error itself.
    public static int posix_fallocate(int fd, long offset, long length) {
        return -Math.abs(POSIX_FALLOCATE.call(fd, offset, length));
    }
}
