package parley.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import parley.kernel.Fcntl;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;

/// Gives a new object in memory all its pages at once, so that memory which runs out is an
/// exception then, and not a killed JVM when a page is touched for the first time.
public final class Allocation {
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private Allocation() {}

    /// Allocates `bytes` of zeros in memory, which become the object's size.
    ///
    /// @param object what it is, as an address, for errors
    /// @throws OsException `ENOSPC` if its file system has not that much room, `ENOMEM` if the host
    ///   has not that much memory
    public static void allocate(Fd fd, String object, long bytes) throws IOException {
        refuseMoreThanThereIs(object, bytes);
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
            refuseMoreThanThereIs(object, missing);
            allocateOnDisk(fd, object, bytes);
        }
    }

    private static void refuseMoreThanThereIs(String object, long bytes) throws IOException {
        if (bytes > availableBytes()) {
            // The kernel would try, and kill processes to get there.
            throw OsException.of("posix_fallocate", object, Errno.ENOMEM.number());
        }
    }

    /// Allocates `bytes` of zeros in a file, which become its size.
    ///
    /// @throws OsException `ENOSPC` if its disk has not that much room
    static void allocateOnDisk(Fd fd, String object, long bytes) throws IOException {
        int number = fd.enter();
        try {
            int r;
            do {
                r = Fcntl.posix_fallocate(number, 0, bytes);
            } while (Errno.EINTR.is(r));
            OsException.check("posix_fallocate", object, r);
        } finally {
            fd.exit();
        }
    }

    /// What the kernel says could be used now without killing anybody; everything if it says
    /// nothing.
    private static long availableBytes() throws IOException {
        if (!Files.isReadable(MEMINFO)) {
            return Long.MAX_VALUE;
        }
        long available = -1;
        long swap = 0;
        for (var line : Files.readAllLines(MEMINFO)) {
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
