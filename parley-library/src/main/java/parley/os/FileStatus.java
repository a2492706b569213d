package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import parley.kernel.Fcntl;
import parley.kernel.SysStat;

/// What the file system knows of an object: kind, mode, owner, size, identity. See statx(2).
///
/// @param kind what it is
/// @param mode its permission bits
/// @param uid its owner
/// @param gid its group
/// @param sizeBytes for files and shared memory
/// @param device its file system, as `stat` gives it in `st_dev`
/// @param inode its number there; the same device and inode are the same object
public record FileStatus(
        Kind kind, FileMode mode, long uid, long gid, long sizeBytes, long device, long inode) {

    private static final int BLOCK_BYTES = 512; // of stx_blocks, on every file system

    /// The kinds of inode(7).
    public enum Kind {
        FILE(SysStat.S_IFREG, "a file"),
        DIRECTORY(SysStat.S_IFDIR, "a directory"),
        SYMBOLIC_LINK(SysStat.S_IFLNK, "a symbolic link"),
        FIFO(SysStat.S_IFIFO, "a FIFO"),
        SOCKET(SysStat.S_IFSOCK, "a socket"),
        CHARACTER_DEVICE(SysStat.S_IFCHR, "a character device"),
        BLOCK_DEVICE(SysStat.S_IFBLK, "a block device"),
        OTHER(0, "an object without a file type");

        private final int bits;
        private final String words;

        Kind(int bits, String words) {
            this.bits = bits;
            this.words = words;
        }

        static Kind of(int mode) {
            for (var kind : values()) {
                if (kind.bits == (mode & SysStat.S_IFMT)) {
                    return kind;
                }
            }
            return OTHER;
        }

        /// With its article: `a FIFO`.
        public String words() {
            return words;
        }
    }

    /// The status of a path, of a symbolic link itself and not of what it leads to; empty if
    /// nothing is there.
    ///
    /// @throws OsException `EACCES` if a directory on the way may not be searched
    public static Optional<FileStatus> of(String path) throws OsException {
        return of(path, Fcntl.AT_SYMLINK_NOFOLLOW);
    }

    /// The status of what a path leads to through symbolic links; empty if nothing is there.
    ///
    /// @throws OsException `EACCES` if a directory on the way may not be searched
    public static Optional<FileStatus> ofTarget(String path) throws OsException {
        return of(path, 0);
    }

    private static Optional<FileStatus> of(String path, int flags) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var status = arena.allocate(SysStat.STATX);
            int r =
                    SysStat.statx(
                            Fcntl.AT_FDCWD,
                            arena.allocateFrom(path),
                            flags,
                            SysStat.STATX_BASIC_STATS,
                            status);
            if (Errno.ENOENT.is(r)) {
                return Optional.empty();
            }
            OsException.check("statx", path, r);
            return Optional.of(of(status));
        }
    }

    /// The status of an open descriptor's object.
    ///
    /// @throws ClosedChannelException if closed
    public static FileStatus of(Fd fd) throws OsException, ClosedChannelException {
        try (var arena = Arena.ofConfined()) {
            return of(statx(fd, arena));
        }
    }

    /// How much of a file's, or shared memory's, size has storage: the rest are holes, which get
    /// some when they are touched.
    ///
    /// @throws ClosedChannelException if closed
    public static long allocatedBytes(Fd fd) throws OsException, ClosedChannelException {
        try (var arena = Arena.ofConfined()) {
            return statx(fd, arena).get(JAVA_LONG, SysStat.STX_BLOCKS) * BLOCK_BYTES;
        }
    }

    private static MemorySegment statx(Fd fd, Arena arena)
            throws OsException, ClosedChannelException {
        int number = fd.enter();
        try {
            var status = arena.allocate(SysStat.STATX);
            int r =
                    SysStat.statx(
                            number,
                            arena.allocateFrom(""),
                            Fcntl.AT_EMPTY_PATH,
                            SysStat.STATX_BASIC_STATS,
                            status);
            OsException.check("statx", fd.toString(), r);
            return status;
        } finally {
            fd.exit();
        }
    }

    /// The System V key that ftok(3) makes of this object and a number, of which the lowest 8 bits
    /// count. Another object may by chance have the same.
    public int ftok(int projectId) {
        long low = inode & 0xffff;
        long middle = device & 0xff;
        long high = projectId & 0xff;
        return (int) (high << 24 | middle << 16 | low);
    }

    private static FileStatus of(MemorySegment status) {
        int mode = Short.toUnsignedInt(status.get(JAVA_SHORT, SysStat.STX_MODE));
        long major = Integer.toUnsignedLong(status.get(JAVA_INT, SysStat.STX_DEV_MAJOR));
        long minor = Integer.toUnsignedLong(status.get(JAVA_INT, SysStat.STX_DEV_MINOR));
        return new FileStatus(
                Kind.of(mode),
                new FileMode(mode & 0777),
                Integer.toUnsignedLong(status.get(JAVA_INT, SysStat.STX_UID)),
                Integer.toUnsignedLong(status.get(JAVA_INT, SysStat.STX_GID)),
                status.get(JAVA_LONG, SysStat.STX_SIZE),
                device(major, minor),
                status.get(JAVA_LONG, SysStat.STX_INO));
    }

    /// The C library's `makedev`, see makedev(3).
    private static long device(long major, long minor) {
        return (minor & 0xff)
                | ((major & 0xfff) << 8)
                | ((minor & 0xffffff00L) << 12)
                | ((major & 0xfffff000L) << 32);
    }
}
