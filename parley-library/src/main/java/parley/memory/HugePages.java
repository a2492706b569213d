package parley.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import parley.kernel.SysMman;

/// Pages of a larger size, of which somebody has reserved some for those who ask: fewer entries in
/// the processor's tables, and never swapped. See "Huge page (Huge TLB) mappings" in mmap(2).
///
/// @param bytes a power of two; which sizes there are depends on the processor: [#sizes]
public record HugePages(long bytes) {
    /// 2 MiB, the usual one.
    public static final HugePages MIB_2 = new HugePages(2L << 20);

    /// 1 GiB.
    public static final HugePages GIB_1 = new HugePages(1L << 30);

    private static final Path SIZES = Path.of("/sys/kernel/mm/hugepages");
    private static final String PREFIX = "hugepages-";

    public HugePages {
        if (bytes <= 0 || Long.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("not the size of a page in bytes: " + bytes);
        }
    }

    /// The sizes that this host has; empty if it has none.
    public static List<HugePages> sizes() throws IOException {
        if (!Files.isDirectory(SIZES)) {
            return List.of();
        }
        try (Stream<Path> names = Files.list(SIZES)) {
            return names.map(name -> name.getFileName().toString())
                    .map(name -> name.substring(PREFIX.length()).replace("kB", ""))
                    .map(kibibytes -> new HugePages(Long.parseLong(kibibytes) * 1024))
                    .sorted((a, b) -> Long.compare(a.bytes, b.bytes))
                    .toList();
        }
    }

    /// How many of these are reserved on this host and not in use; 0 if it has not this size.
    public long free() throws IOException {
        var pool = SIZES.resolve(PREFIX + bytes / 1024 + "kB");
        if (!Files.isDirectory(pool)) {
            return 0;
        }
        return Math.max(0, number(pool, "free_hugepages") - number(pool, "resv_hugepages"));
    }

    private static long number(Path pool, String name) throws IOException {
        return Long.parseLong(Files.readString(pool.resolve(name)).strip());
    }

    /// The size in the flags of mmap(2) and memfd_create(2).
    int flags() {
        return Long.numberOfTrailingZeros(bytes) << SysMman.MAP_HUGE_SHIFT;
    }

    void requireWhole(long length) {
        if (length % bytes != 0) {
            throw new IllegalArgumentException(
                    "%d bytes are no whole number of pages of %d".formatted(length, bytes));
        }
    }
}
