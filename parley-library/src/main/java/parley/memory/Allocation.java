package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;

/// Gives a new object in memory all its pages at once, so that memory which runs out is an
/// exception then, and not a killed JVM when a page is touched for the first time.
public final class Allocation {
    private static final VarHandle WORD = JAVA_INT.varHandle();
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private Allocation() {}

    /// Allocates `bytes` of zeros in memory, which become the object's size.
    ///
    /// @param object what it is, as an address, for errors
    /// @throws OsException `ENOSPC` if its file system has not that much room, `ENOMEM` if the host
    ///   has not that much memory
    public static void allocate(Fd fd, String object, long bytes) throws IOException {
        requireAvailable("posix_fallocate", object, bytes);
        allocateOnDisk(fd, object, bytes);
    }

    /// Gives an object that somebody else has made, as large as it is now, the pages it lacks; what
    /// it holds stays.
    ///
    /// @param fd open for writing
    /// @throws OsException as [#allocate]
    public static void complete(Fd fd, String object) throws IOException {
        long bytes = FileStatus.of(fd).sizeBytes();
        long missing = bytes - FileStatus.allocatedBytes(fd);
        if (missing > 0) {
            requireAvailable("posix_fallocate", object, missing);
            allocateOnDisk(fd, object, bytes);
        }
    }

    /// Refuses what the host does not have. The kernel would try, and kill processes to get there.
    ///
    /// @param call what would try, for errors
    /// @throws OsException `ENOMEM` if the host has not that much memory
    public static void requireAvailable(String call, String object, long bytes) throws OsException {
        if (bytes > availableBytes()) {
            throw OsException.of(call, object, Errno.ENOMEM.number());
        }
    }

    /// Gives memory that is mapped shared, and for writing, all its pages; what is in it stays.
    ///
    /// @param address where it begins, which is not checked
    /// @throws OsException `ENOMEM` if there is not that much memory
    public static void populate(String object, long address, long bytes) throws OsException {
        int r = SysMman.madvise(address, bytes, SysMman.MADV_POPULATE_WRITE);
        if (Errno.EINVAL.is(r)) { // before Linux 5.14
            touch(address, bytes);
        } else {
            OsException.check("madvise", object, r);
        }
    }

    /// Adds nothing to each page, which writes it without a loss for those who write it just now.
    private static void touch(long address, long bytes) {
        long pageBytes = FileSystem.PAGE_BYTES;
        long wholePages = Math.ceilDiv(bytes, pageBytes) * pageBytes;
        try (var arena = Arena.ofConfined()) {
            var memory = SysMman.memory(address, wholePages, arena, _ -> {});
            for (long page = 0; page < wholePages; page += pageBytes) {
                var _ = (int) WORD.getAndAdd(memory, page, 0);
            }
        }
    }

    /// Allocates `bytes` of zeros in a file, which become its size.
    ///
    /// @throws OsException `ENOSPC` if its disk has not that much room
    static void allocateOnDisk(Fd fd, String object, long bytes) throws IOException {
        allocateNow("posix_fallocate", fd, object, bytes);
    }

    /// @param call its name in errors
    static void allocateNow(String call, Fd fd, String object, long bytes) throws IOException {
        int number = fd.enter();
        try {
            int r;
            do {
                r = Fcntl.posix_fallocate(number, 0, bytes);
            } while (Errno.EINTR.is(r));
            OsException.check(call, object, r);
        } finally {
            fd.exit();
        }
    }

    /// What the kernel says could be used now without killing anybody; everything if it says
    /// nothing.
    private static long availableBytes() {
        try {
            return availableBytes(Files.readAllLines(MEMINFO));
        } catch (IOException _) {
            return Long.MAX_VALUE;
        }
    }

    private static long availableBytes(List<String> lines) {
        long available = -1;
        long swap = 0;
        for (var line : lines) {
            if (line.startsWith("MemAvailable:")) {
                available = kibibytes(line);
            } else if (line.startsWith("SwapFree:")) {
                swap = kibibytes(line);
            }
        }
        return available < 0 ? Long.MAX_VALUE : (available + swap) * 1024;
    }

    private static long kibibytes(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
}
