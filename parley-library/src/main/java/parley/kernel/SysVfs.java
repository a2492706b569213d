package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/vfs.h>`, and the types of file systems of `<linux/magic.h>`.
@Header({"sys/vfs.h", "linux/magic.h"})
public final class SysVfs {
    public static final long HUGETLBFS_MAGIC = 0x958458f6L;
    public static final long SECRETMEM_MAGIC = 0x5345434dL;

    /// `struct statfs`, as far as it is used.
    public static final StructLayout STATFS =
            structLayout(
                            JAVA_LONG.withName("f_type"),
                            JAVA_LONG.withName("f_bsize"),
                            paddingLayout(104))
                    .withName("statfs");

    public static final long F_TYPE = STATFS.byteOffset(groupElement("f_type"));
    public static final long F_BSIZE = STATFS.byteOffset(groupElement("f_bsize"));

    private static final Function FSTATFS = Function.of("fstatfs");

    private SysVfs() {}

    /// `int fstatfs(int fd, struct statfs *)`
    public static int fstatfs(int fd, MemorySegment to) {
        return FSTATFS.call(fd, to.address());
    }
}
