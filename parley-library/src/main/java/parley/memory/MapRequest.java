package parley.memory;

import org.jspecify.annotations.Nullable;
import parley.kernel.SysMman;

/// Options of a mapping, put together.
final class MapRequest {
    private int flags = SysMman.MAP_SHARED;
    private long address; // 0: anywhere
    private @Nullable HugePages hugePages;
    private @Nullable Locking locking;

    static MapRequest of(MapOption... options) {
        var request = new MapRequest();
        for (var option : options) {
            request.add(option);
        }
        if (request.has(SysMman.MAP_NORESERVE)
                && (request.hugePages != null || !request.has(SysMman.MAP_PRIVATE))) {
            throw new IllegalArgumentException(
                    "only private memory in ordinary pages can go without reservation: an access to"
                            + " a page that is not there would kill the JVM");
        }
        return request;
    }

    private void add(MapOption option) {
        switch (option) {
            case MapOption.Flag flag -> add(flag);
            case Locking when -> locking = when;
            case MapOption.At(long where) -> {
                address = where;
                flags |= SysMman.MAP_FIXED_NOREPLACE;
            }
            case MapOption.Huge(var pages) -> {
                hugePages = pages;
                flags |= SysMman.MAP_HUGETLB | pages.flags();
            }
        }
    }

    private void add(MapOption.Flag flag) {
        switch (flag) {
            case PRIVATE -> flags = (flags & ~SysMman.MAP_SHARED) | SysMman.MAP_PRIVATE;
            case POPULATE -> flags |= SysMman.MAP_POPULATE;
            case NO_RESERVE -> flags |= SysMman.MAP_NORESERVE;
        }
    }

    boolean has(int flag) {
        return (flags & flag) == flag;
    }

    int flags() {
        return flags;
    }

    long address() {
        return address;
    }

    @Nullable HugePages hugePages() {
        return hugePages;
    }

    @Nullable Locking locking() {
        return locking;
    }

    /// The call's name in errors.
    String call() {
        return hugePages == null ? "mmap" : "mmap(MAP_HUGETLB)";
    }
}
