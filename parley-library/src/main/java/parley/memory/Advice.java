package parley.memory;

import parley.kernel.SysMman;

/// What a process means to do with memory, or wants done with it. See madvise(2).
///
/// The kernel may not follow the ones that are hints; it refuses what is not for such memory.
/// Poisoned pages and guard pages are not here: an access to one would kill the JVM.
public enum Advice {
    /// No other advice.
    NORMAL(SysMman.MADV_NORMAL),
    /// Pages are used in no order: do not read ahead.
    RANDOM(SysMman.MADV_RANDOM),
    /// Pages are used in their order: read ahead.
    SEQUENTIAL(SysMman.MADV_SEQUENTIAL),
    /// They are used soon: begin to read.
    WILL_NEED(SysMman.MADV_WILLNEED),
    /// They are not used soon. Private anonymous memory is zero then; of a file, what it holds is
    /// read again, and what was stored into a private mapping is lost.
    DONT_NEED(SysMman.MADV_DONTNEED),
    /// Private anonymous memory whose content is not needed any more; zero when the kernel took it.
    FREE(SysMman.MADV_FREE),
    /// A hole in the memory or file behind a shared mapping: zero for everybody.
    REMOVE(SysMman.MADV_REMOVE),
    /// Is not there in children of fork(2).
    DONT_FORK(SysMman.MADV_DONTFORK),
    /// The opposite.
    DO_FORK(SysMman.MADV_DOFORK),
    /// Private anonymous memory that is zero in children of fork(2).
    WIPE_ON_FORK(SysMman.MADV_WIPEONFORK),
    /// The opposite.
    KEEP_ON_FORK(SysMman.MADV_KEEPONFORK),
    /// Pages of the same content may become one.
    MERGEABLE(SysMman.MADV_MERGEABLE),
    /// The opposite.
    UNMERGEABLE(SysMman.MADV_UNMERGEABLE),
    /// Transparent huge pages, if `/sys/kernel/mm/transparent_hugepage` allows them.
    HUGE_PAGE(SysMman.MADV_HUGEPAGE),
    /// The opposite.
    NO_HUGE_PAGE(SysMman.MADV_NOHUGEPAGE),
    /// Makes huge pages of them now: Linux 6.1.
    COLLAPSE(SysMman.MADV_COLLAPSE),
    /// Is not in core dumps.
    DONT_DUMP(SysMman.MADV_DONTDUMP),
    /// The opposite.
    DO_DUMP(SysMman.MADV_DODUMP),
    /// They may go first when memory is short.
    COLD(SysMman.MADV_COLD),
    /// They go now, to the file or to swap.
    PAGE_OUT(SysMman.MADV_PAGEOUT),
    /// Reads them in, and says if one cannot be, where an access would kill the JVM: `EFAULT`.
    /// Linux 5.14.
    POPULATE_READ(SysMman.MADV_POPULATE_READ),
    /// The same, and makes room for stores. Linux 5.14.
    POPULATE_WRITE(SysMman.MADV_POPULATE_WRITE);

    private final int number;

    Advice(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
