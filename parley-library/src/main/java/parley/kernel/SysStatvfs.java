package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/statvfs.h>`.
@Header("sys/statvfs.h")
public final class SysStatvfs {
    /// `struct statvfs`: sizes in units of `f_frsize` bytes.
    public static final StructLayout STATVFS =
            structLayout(
                            JAVA_LONG.withName("f_bsize"),
                            JAVA_LONG.withName("f_frsize"),
                            JAVA_LONG.withName("f_blocks"),
                            JAVA_LONG.withName("f_bfree"),
                            JAVA_LONG.withName("f_bavail"),
                            paddingLayout(72))
                    .withName("statvfs");

    public static final long F_FRSIZE = STATVFS.byteOffset(groupElement("f_frsize"));
    public static final long F_BLOCKS = STATVFS.byteOffset(groupElement("f_blocks"));
    public static final long F_BAVAIL = STATVFS.byteOffset(groupElement("f_bavail"));

    private static final Function STATVFS_CALL = Function.of("statvfs");
    private static final Function FSTATVFS = Function.of("fstatvfs");

    private SysStatvfs() {}

    /// `int statvfs(const char *path, struct statvfs *)`
    public static int statvfs(MemorySegment path, MemorySegment to) {
        return STATVFS_CALL.call(path.address(), to.address());
    }

    /// `int fstatvfs(int fd, struct statvfs *)`
    public static int fstatvfs(int fd, MemorySegment to) {
        return FSTATVFS.call(fd, to.address());
    }
}
