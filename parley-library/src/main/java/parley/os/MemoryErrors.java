package parley.os;

import static parley.os.ErrorCatalogue.Kind.LIMIT;
import static parley.os.ErrorCatalogue.Kind.NOT_PERMITTED;
import static parley.os.ErrorCatalogue.Kind.OTHER;
import static parley.os.ErrorRow.row;
import static parley.os.FileErrors.used;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Stream;

/// Rows of the catalogue for memory: shared, mapped, locked.
final class MemoryErrors {
    private static final String NO_MEMORY =
            "this host, or this cgroup, has not so much memory left. ";

    private static final String HUGE_PAGES = "/sys/kernel/mm/hugepages";

    static final List<ErrorRow> ROWS =
            List.of(
                    row(
                            "ftruncate fallocate posix_fallocate",
                            Errno.ENOSPC,
                            LIMIT,
                            MemoryErrors::noSpace),
                    row(
                            "ftruncate fallocate posix_fallocate memfd_create madvise",
                            Errno.ENOMEM,
                            LIMIT,
                            NO_MEMORY + "Try: free -h"),
                    row(
                            "shmget",
                            Errno.ENOMEM,
                            LIMIT,
                            NO_MEMORY
                                    + "Try: free -h; or, for huge pages: grep Huge /proc/meminfo,"
                                    + " and sysctl -w vm.nr_hugepages=N"),
                    row(
                            "ftruncate fallocate posix_fallocate",
                            Errno.EFBIG,
                            LIMIT,
                            _ -> "longer than a file may be here: " + Limit.RLIMIT_FSIZE.words()),
                    row(
                            "ftruncate fallocate posix_fallocate",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            MemoryErrors::sealed),
                    row(
                            "memfd_create",
                            Errno.EINVAL,
                            OTHER,
                            "a label has at most 249 bytes; or this kernel does not know a flag"),
                    row(
                            "memfd_create",
                            Errno.EACCES,
                            NOT_PERMITTED,
                            _ ->
                                    "vm.memfd_noexec = %s: only memory files that can never be run"
                                                    .formatted(
                                                            ProcFile.line(
                                                                    "/proc/sys/vm/memfd_noexec"))
                                            + " may be made in this PID namespace, which is what"
                                            + " is made if execution is not asked for. Try, as"
                                            + " root: sysctl -w vm.memfd_noexec=1"),
                    row("shm_open sem_open", Errno.ENOSPC, LIMIT, _ -> sharedMemoryFull()),
                    row("shm_open shm_unlink", Errno.EINVAL, OTHER, MemoryErrors::badName),
                    row(
                            "shm_open",
                            Errno.ENODEV,
                            OTHER,
                            "what has this name in /dev/shm is no memory. Try: ls -l /dev/shm"),
                    row("mmap mremap shmat", Errno.ENOMEM, LIMIT, _ -> addressSpace()),
                    row(
                            "mmap mremap",
                            Errno.EAGAIN,
                            LIMIT,
                            _ -> used(Limit.RLIMIT_MEMLOCK, " by memory that is locked")),
                    row(
                            "futex",
                            Errno.EFAULT,
                            OTHER,
                            "the word is not in memory any more: it was unmapped, or its file"
                                    + " shortened"),
                    row("mlock mlock2", Errno.ENOMEM, LIMIT, _ -> used(Limit.RLIMIT_MEMLOCK, "")),
                    row(
                            "mlock mlock2",
                            Errno.EPERM,
                            LIMIT,
                            _ -> "no memory may be locked: " + Limit.RLIMIT_MEMLOCK.words()),
                    row("MAP_HUGETLB MFD_HUGETLB", Errno.ENOMEM, LIMIT, MemoryErrors::hugePages),
                    row("MFD_HUGETLB", Errno.ENOSPC, LIMIT, MemoryErrors::hugePages),
                    row(
                            "MAP_HUGETLB",
                            Errno.EINVAL,
                            OTHER,
                            "this host has no pages of this size. Try: ls " + HUGE_PAGES),
                    row(
                            "memfd_create",
                            Errno.ENODEV,
                            OTHER,
                            "this host has no pages of this size. Try: ls " + HUGE_PAGES),
                    row(
                            "memfd_secret",
                            Errno.ENOSYS,
                            OTHER,
                            "secret memory is not in this kernel, or switched off. Try the boot"
                                    + " option secretmem.enable=1"),
                    row(
                            "mmap",
                            Errno.EEXIST,
                            OTHER,
                            "something is mapped at this address already. Try: cat"
                                    + " /proc/PID/maps"),
                    row(
                            "mmap mremap",
                            Errno.EOVERFLOW,
                            OTHER,
                            "what is mapped is shorter than that, and an access beyond its end"
                                    + " would kill the JVM"),
                    row(
                            "mprotect",
                            Errno.EACCES,
                            NOT_PERMITTED,
                            "what is mapped was not opened for stores, or is sealed against them"),
                    row(
                            "madvise",
                            Errno.EINVAL,
                            OTHER,
                            "this advice is not for such memory, or this kernel does not know it"),
                    row(
                            "madvise",
                            Errno.EFAULT,
                            OTHER,
                            "pages are not there: their file was shortened"),
                    row("msync", Errno.EBUSY, OTHER, "pages are locked in memory"),
                    row(
                            "mmap",
                            Errno.EACCES,
                            NOT_PERMITTED,
                            "the descriptor is not open for what the mapping is to do: reading"
                                    + " always, and writing for a shared writable one"),
                    row(
                            "mmap",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "it is sealed against writing, or the file system allows no execution"),
                    row(
                            "mmap",
                            Errno.EINVAL,
                            OTHER,
                            "the length is 0, or the offset not a multiple of the page size"),
                    row("mmap", Errno.ENODEV, OTHER, "such an object cannot be mapped"));

    private MemoryErrors() {}

    /// How many of each size are left.
    private static String hugePages(Subject ignored) throws IOException {
        try (Stream<Path> pools = Files.list(Path.of(HUGE_PAGES))) {
            var words = new StringJoiner(", ");
            for (var pool : pools.sorted().toList()) {
                var free = Files.readString(pool.resolve("free_hugepages")).strip();
                words.add(free + " in " + pool.getFileName());
            }
            return "not enough huge pages are reserved and free: %s. Try: echo 10 > %s/%s"
                    .formatted(words, HUGE_PAGES, "hugepages-2048kB/nr_hugepages");
        }
    }

    /// The file system of shared memory has no room: how large it is, how much is left.
    static String sharedMemoryFull() {
        long size = Limit.DEV_SHM.value().orElse(0);
        long left = Math.max(0, size - Limit.DEV_SHM.used().orElse(0));
        return ("not enough room in %s: %d bytes are left. Try: ls -l /dev/shm, and rm what nobody"
                        + " uses, or: %s")
                .formatted(Limit.DEV_SHM.words(), left, Limit.DEV_SHM.howToRaise());
    }

    private static String noSpace(Subject subject) {
        if (subject.scheme().equals("memfd")) {
            return "not enough memory, or a memory limit of this cgroup. Try: free -h";
        }
        var path = subject.path().orElse("/dev/shm");
        return path.startsWith("/dev/shm")
                ? sharedMemoryFull()
                : "the file system of " + path + " is full. Try: df " + path;
    }

    private static String sealed(Subject subject) {
        return "%s is sealed against shrinking, growing or writing, or not open for writing"
                .formatted(subject.rest());
    }

    private static String badName(Subject subject) {
        return subject.rest().indexOf('/', 1) > 0
                ? "the name of shared memory has one slash, at its beginning, and no directories"
                : "a name such as /name is needed";
    }

    private static String addressSpace() {
        if (Limit.MAX_MAP_COUNT.isUsedUp()) {
            return used(Limit.MAX_MAP_COUNT, "");
        }
        long addressSpace = Limit.RLIMIT_AS.value().orElse(Limit.UNLIMITED);
        if (addressSpace != Limit.UNLIMITED) {
            return "no room for it in %s, of which %s bytes are used. %s"
                    .formatted(
                            Limit.RLIMIT_AS.words(),
                            Limit.amount(Limit.RLIMIT_AS.used()),
                            Limit.RLIMIT_AS.advice());
        }
        return "not enough memory or address space; of %s, %s are used. Try: free -h"
                .formatted(Limit.MAX_MAP_COUNT.words(), Limit.amount(Limit.MAX_MAP_COUNT.used()));
    }
}
