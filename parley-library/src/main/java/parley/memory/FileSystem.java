package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import parley.kernel.SysVfs;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.OsException;

/// What a descriptor's file lies on. See fstatfs(2).
///
/// @param type as in `<linux/magic.h>`
/// @param blockBytes of huge pages their size
record FileSystem(long type, long blockBytes) {
    static final long PAGE_BYTES = Unistd.sysconf(Unistd._SC_PAGESIZE);

    static FileSystem of(Fd fd) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var status = arena.allocate(SysVfs.STATFS);
            OsException.check("fstatfs", fd.toString(), SysVfs.fstatfs(number, status));
            return new FileSystem(
                    status.get(JAVA_LONG, SysVfs.F_TYPE), status.get(JAVA_LONG, SysVfs.F_BSIZE));
        } finally {
            fd.exit();
        }
    }

    /// The size of the pages that its files are mapped in.
    long pageBytes() {
        return isHuge() ? blockBytes : PAGE_BYTES;
    }

    boolean isHuge() {
        return type == SysVfs.HUGETLBFS_MAGIC;
    }

    boolean isSecret() {
        return type == SysVfs.SECRETMEM_MAGIC;
    }
}
