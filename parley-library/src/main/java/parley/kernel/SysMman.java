package parley.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// `<sys/mman.h>`.
@Header("sys/mman.h")
public final class SysMman {
    public static final int PROT_NONE = 0;
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int PROT_EXEC = 4;
    public static final int MAP_SHARED = 1;
    public static final int MAP_PRIVATE = 2;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_SHARED_VALIDATE = 3;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_POPULATE = 0x8000;
    public static final int MAP_HUGETLB = 0x40000;
    public static final int MAP_FIXED_NOREPLACE = 0x100000;

    /// Above it stands the binary logarithm of the size of huge pages.
    public static final int MAP_HUGE_SHIFT = 26;

    public static final int MREMAP_MAYMOVE = 1;
    public static final int MLOCK_ONFAULT = 1;

    public static final int MADV_NORMAL = 0;
    public static final int MADV_RANDOM = 1;
    public static final int MADV_SEQUENTIAL = 2;
    public static final int MADV_WILLNEED = 3;
    public static final int MADV_DONTNEED = 4;
    public static final int MADV_FREE = 8;
    public static final int MADV_REMOVE = 9;
    public static final int MADV_DONTFORK = 10;
    public static final int MADV_DOFORK = 11;
    public static final int MADV_MERGEABLE = 12;
    public static final int MADV_UNMERGEABLE = 13;
    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_NOHUGEPAGE = 15;
    public static final int MADV_DONTDUMP = 16;
    public static final int MADV_DODUMP = 17;
    public static final int MADV_WIPEONFORK = 18;
    public static final int MADV_KEEPONFORK = 19;
    public static final int MADV_COLD = 20;
    public static final int MADV_PAGEOUT = 21;
    public static final int MADV_POPULATE_READ = 22;
    public static final int MADV_POPULATE_WRITE = 23;
    public static final int MADV_COLLAPSE = 25;

    public static final int MS_ASYNC = 1;
    public static final int MS_INVALIDATE = 2;
    public static final int MS_SYNC = 4;
    public static final int MFD_CLOEXEC = 1;
    public static final int MFD_ALLOW_SEALING = 2;
    public static final int MFD_HUGETLB = 4;
    public static final int MFD_NOEXEC_SEAL = 8;
    public static final int MFD_EXEC = 0x10;

    private static final Function MMAP = Function.of("mmap");
    private static final Function MUNMAP = Function.of("munmap");
    private static final Function MPROTECT = Function.of("mprotect");
    private static final Function MSYNC = Function.of("msync");
    private static final Function MREMAP = Function.of("mremap");
    private static final Function MADVISE = Function.of("madvise");
    private static final Function MLOCK2 = Function.of("mlock2");
    private static final Function MUNLOCK = Function.of("munlock");
    private static final Function SHM_OPEN = Function.of("shm_open");
    private static final Function SHM_UNLINK = Function.of("shm_unlink");
    private static final Function MEMFD_CREATE = Function.of("memfd_create");
    private static final Function MEMFD_SECRET =
            Function.ofSystemCall("memfd_secret", SysSyscall.SYS_memfd_secret);

    private SysMman() {}

    /// `void *mmap(void *, size_t, int protection, int flags, int fd, off_t)`: an address or
    /// `-errno`.
    public static long mmap(
            long address, long bytes, int protection, int flags, int fd, long offset) {
        return MMAP.callLong(address, bytes, protection, flags, fd, offset);
    }

    /// The memory of a successful [#mmap] or shmat(2), ended by `arena`, which then runs `end`.
    public static MemorySegment memory(
            long address, long bytes, Arena arena, Consumer<MemorySegment> end) {
        return Native.memory(address, bytes, arena, end);
    }

    /// `int munmap(void *, size_t)`
    public static int munmap(long address, long bytes) {
        return MUNMAP.call(address, bytes);
    }

    /// `int mprotect(void *, size_t, int protection)`
    public static int mprotect(long address, long bytes, int protection) {
        return MPROTECT.call(address, bytes, protection);
    }

    /// `int msync(void *, size_t, int flags)`
    public static int msync(long address, long bytes, int flags) {
        return MSYNC.call(address, bytes, flags);
    }

    /// `void *mremap(void *, size_t, size_t newSize, int flags)`: an address or `-errno`.
    public static long mremap(long address, long bytes, long newBytes, int flags) {
        return MREMAP.callLong(address, bytes, newBytes, flags, 0, 0);
    }

    /// `int madvise(void *, size_t, int advice)`
    public static int madvise(long address, long bytes, int advice) {
        return MADVISE.call(address, bytes, advice);
    }

    /// `int mlock2(const void *, size_t, unsigned flags)`
    public static int mlock2(long address, long bytes, int flags) {
        return MLOCK2.call(address, bytes, flags);
    }

    /// `int munlock(const void *, size_t)`
    public static int munlock(long address, long bytes) {
        return MUNLOCK.call(address, bytes);
    }

    /// `int shm_open(const char *name, int flags, mode_t mode)`
    public static int shm_open(MemorySegment name, int flags, int mode) {
        return SHM_OPEN.call(name.address(), flags, mode);
    }

    /// `int shm_unlink(const char *name)`
    public static int shm_unlink(MemorySegment name) {
        return SHM_UNLINK.call(name.address());
    }

    /// `int memfd_create(const char *name, unsigned flags)`
    public static int memfd_create(MemorySegment name, int flags) {
        return MEMFD_CREATE.call(name.address(), flags);
    }

    /// `int memfd_secret(unsigned flags)`: Linux 5.14, else `-ENOSYS`.
    public static int memfd_secret(int flags) {
        return MEMFD_SECRET.system(flags, 0, 0, 0, 0, 0);
    }
}
