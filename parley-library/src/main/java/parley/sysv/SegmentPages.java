package parley.sysv;

import parley.kernel.SysShm;

/// What pages a new segment of shared memory is made of. A value. See shmget(2).
public final class SegmentPages {
    /// Pages of the usual size, all of which the segment has from the beginning.
    public static final SegmentPages ORDINARY = new SegmentPages(0);

    private final int flags;

    private SegmentPages(int flags) {
        this.flags = flags;
    }

    /// Huge pages of the system's default size, taken from those that `vm.nr_hugepages` has set
    /// aside. (`SHM_HUGETLB`)
    public static SegmentPages huge() {
        return new SegmentPages(SysShm.SHM_HUGETLB);
    }

    /// Huge pages of one of the sizes in `/sys/kernel/mm/hugepages`.
    ///
    /// @param bytes the size of a page, such as `2 << 20`
    /// @throws IllegalArgumentException if it is not a power of two above that of usual pages
    public static SegmentPages huge(long bytes) {
        if (Long.bitCount(bytes) != 1 || bytes <= IpcKind.PAGE_BYTES) {
            throw new IllegalArgumentException("not a size of huge pages: " + bytes);
        }
        int logarithm = Long.numberOfTrailingZeros(bytes);
        return new SegmentPages(SysShm.SHM_HUGETLB | logarithm << SysShm.SHM_HUGE_SHIFT);
    }

    /// Pages of the usual size that the segment gets one by one, each when it is used for the first
    /// time, and that nothing is set aside for: for much memory of which little will be used.
    /// (`SHM_NORESERVE`) On a host that is out of memory the kernel kills a process then.
    public static SegmentPages unreserved() {
        return new SegmentPages(SysShm.SHM_NORESERVE);
    }

    boolean isOrdinary() {
        return flags == 0;
    }

    /// Those of shmget, beside `IPC_CREAT` and mode.
    int flags() {
        return flags;
    }
}
