package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/stat.h>`. Only `statx` and not `stat`: its structure is the same on every platform.
@Header("sys/stat.h")
public final class SysStat {
    public static final int S_IFMT = 0170000;
    public static final int S_IFSOCK = 0140000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFIFO = 0010000;
    public static final int STATX_BASIC_STATS = 0x7ff;

    /// `struct statx`: 256 bytes, of which we read these.
    public static final StructLayout STATX =
            structLayout(
                            paddingLayout(16),
                            JAVA_INT.withName("stx_nlink"),
                            JAVA_INT.withName("stx_uid"),
                            JAVA_INT.withName("stx_gid"),
                            JAVA_SHORT.withName("stx_mode"),
                            paddingLayout(2),
                            JAVA_LONG.withName("stx_ino"),
                            JAVA_LONG.withName("stx_size"),
                            JAVA_LONG.withName("stx_blocks"),
                            paddingLayout(80),
                            JAVA_INT.withName("stx_dev_major"),
                            JAVA_INT.withName("stx_dev_minor"),
                            paddingLayout(112))
                    .withName("statx");

    public static final long STX_NLINK = STATX.byteOffset(groupElement("stx_nlink"));
    public static final long STX_UID = STATX.byteOffset(groupElement("stx_uid"));
    public static final long STX_GID = STATX.byteOffset(groupElement("stx_gid"));
    public static final long STX_MODE = STATX.byteOffset(groupElement("stx_mode"));
    public static final long STX_INO = STATX.byteOffset(groupElement("stx_ino"));
    public static final long STX_SIZE = STATX.byteOffset(groupElement("stx_size"));
    public static final long STX_BLOCKS = STATX.byteOffset(groupElement("stx_blocks"));
    public static final long STX_DEV_MAJOR = STATX.byteOffset(groupElement("stx_dev_major"));
    public static final long STX_DEV_MINOR = STATX.byteOffset(groupElement("stx_dev_minor"));

    private static final Function STATX_CALL = Function.of("statx");
    private static final Function MKFIFO = Function.of("mkfifo");
    private static final Function FCHMOD = Function.of("fchmod");
    private static final Function CHMOD = Function.of("chmod");

    private SysStat() {}

    /// `int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *)`
    public static int statx(int dirfd, MemorySegment path, int flags, int mask, MemorySegment to) {
        return STATX_CALL.call(dirfd, path.address(), flags, mask, to.address(), 0);
    }

    /// `int mkfifo(const char *path, mode_t mode)`
    public static int mkfifo(MemorySegment path, int mode) {
        return MKFIFO.call(path.address(), mode);
    }

    /// `int fchmod(int fd, mode_t mode)`
    public static int fchmod(int fd, int mode) {
        return FCHMOD.call(fd, mode);
    }

    /// `int chmod(const char *path, mode_t mode)`
    public static int chmod(MemorySegment path, int mode) {
        return CHMOD.call(path.address(), mode);
    }
}
