package parley.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;

/// A file in memory without a name (memfd), shared by handing its descriptor to another process.
///
/// It goes when the last descriptor and the last mapping go; nothing is left behind. See
/// memfd_create(2).
public final class MemoryFile implements AutoCloseable {
    private final String address;
    private final Fd fd;

    private MemoryFile(String address, Fd fd) {
        this.address = address;
        this.fd = fd;
    }

    /// Whether what is in a memory file can be run as a program.
    public enum Execution {
        /// It cannot, and nobody can change that: [Seal#EXEC]. Before Linux 6.3 nothing is done
        /// about it.
        NEVER(SysMman.MFD_NOEXEC_SEAL),
        /// It can.
        ALLOWED(SysMman.MFD_EXEC);

        private final int flags;

        Execution(int flags) {
            this.flags = flags;
        }
    }

    /// Makes a memory file of a fixed size, full of zeros, all of it allocated, and sealed so that
    /// nobody can change the size, or run it.
    ///
    /// @param label shown in `/proc/PID/fd`; need not be unique, at most 249 bytes
    /// @throws OsException `ENOMEM`, `ENOSPC` if there is not that much memory
    public static MemoryFile create(String label, long bytes) throws IOException {
        return create(label, bytes, EnumSet.of(Seal.SHRINK, Seal.GROW, Seal.SEAL));
    }

    /// Makes a memory file, full of zeros, all of it allocated, with the given seals and
    /// [Execution#NEVER].
    public static MemoryFile create(String label, long bytes, Set<Seal> seals) throws IOException {
        return create(label, bytes, seals, Execution.NEVER);
    }

    /// Makes a memory file, full of zeros, all of it allocated, with the given seals.
    public static MemoryFile create(String label, long bytes, Set<Seal> seals, Execution execution)
            throws IOException {
        requireSize(bytes);
        var file = open(label, execution.flags);
        file.allocate(seals, () -> Allocation.allocate(file.fd, file.address, bytes));
        return file;
    }

    /// Makes a memory file of huge pages, full of zeros, all of it allocated, with the given seals.
    ///
    /// @param bytes a multiple of the size of the pages
    /// @throws parley.os.LimitReachedException `ENOSPC`, `ENOMEM` if not that many are reserved
    /// @throws OsException `ENODEV` if this host has no pages of this size
    public static MemoryFile create(String label, long bytes, Set<Seal> seals, HugePages pages)
            throws IOException {
        requireSize(bytes);
        pages.requireWhole(bytes);
        var file = open(label, Execution.NEVER.flags | SysMman.MFD_HUGETLB | pages.flags());
        var call = "posix_fallocate(MFD_HUGETLB)";
        file.allocate(seals, () -> Allocation.allocateNow(call, file.fd, file.address, bytes));
        return file;
    }

    private static void requireSize(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
    }

    private static MemoryFile open(String label, int flags) throws OsException {
        if (label.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a label has no NUL: " + label.replace('\0', '?'));
        }
        var address = "memfd:" + label;
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(label);
            int always = SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING;
            int r = SysMman.memfd_create(name, always | flags);
            int execution = SysMman.MFD_NOEXEC_SEAL | SysMman.MFD_EXEC;
            if (Errno.EINVAL.is(r) && (flags & execution) != 0) { // before Linux 6.3
                r = SysMman.memfd_create(name, always | (flags & ~execution));
            }
            return new MemoryFile(address, Fd.of("memfd_create", address, r));
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private void allocate(Set<Seal> seals, Step allocation) throws IOException {
        try {
            allocation.run();
            seal(seals);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /// Copies a memory file that came from another process and is not sealed, so that whatever
    /// becomes of it the copy stays as it is. If it changes meanwhile, the copy is of no one
    /// moment.
    ///
    /// @param source stays open
    /// @param bytesMax the most that is to be copied
    /// @return as [#create(String, long)] makes it
    /// @throws OsException `EINVAL` if it is no memory file or is empty, `EFBIG` if it is longer
    public static MemoryFile copyOf(Fd source, long bytesMax) throws IOException {
        var theirs = new MemoryFile("memfd:" + source, source);
        var _ = theirs.seals(); // of which a memory file has a set at least
        long bytes = theirs.bytes();
        if (bytes < 1 || bytes > bytesMax) {
            var refused = bytes < 1 ? Errno.EINVAL : Errno.EFBIG;
            throw OsException.of("pread", theirs.address, refused.number());
        }
        var copy = create("copy", bytes);
        try (var mapping = copy.map(Protection.READ_WRITE)) {
            theirs.readInto(mapping.segment());
            return copy;
        } catch (IOException | RuntimeException e) {
            copy.close();
            throw e;
        }
    }

    private void readInto(MemorySegment segment) throws IOException {
        int number = fd.enter();
        try {
            long done = 0;
            long r = 1;
            while (done < segment.byteSize() && r > 0) { // 0: shortened meanwhile
                r = Unistd.pread(number, segment.asSlice(done), done);
                done += OsException.check("pread", address, r);
            }
        } finally {
            fd.exit();
        }
    }

    /// Takes a memory file that came from another process, which may be hostile: it is refused
    /// unless it is sealed against shrinking, because an access beyond the end would kill the JVM.
    /// One of huge pages must also be sealed against writing, now or in future: whoever writes it
    /// could take pages out, for which there may be no others.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `EPERM` if it is not so sealed, `EINVAL` if it is no memory file
    public static MemoryFile of(Fd fd) throws IOException {
        var file = new MemoryFile("memfd:" + fd, fd);
        try {
            var seals = file.seals();
            if (!seals.contains(Seal.SHRINK)) {
                throw OsException.of("fcntl(F_GET_SEALS)", file.address, Errno.EPERM.number());
            }
            if (!keepsItsPages(fd, seals)) {
                var call = "fcntl(F_GET_SEALS, MFD_HUGETLB)";
                throw OsException.of(call, file.address, Errno.EPERM.number());
            }
            return file;
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /// True of a memory file that [#of] takes.
    public static boolean isTaken(Fd fd) throws IOException {
        int number = fd.enter();
        try {
            int bits = Fcntl.fcntl(number, Fcntl.F_GET_SEALS, 0);
            var seals = bits < 0 ? EnumSet.noneOf(Seal.class) : Seal.of(bits);
            return seals.contains(Seal.SHRINK) && keepsItsPages(fd, seals);
        } finally {
            fd.exit();
        }
    }

    /// Ordinary pages that were taken out are given anew at the next access.
    private static boolean keepsItsPages(Fd fd, Set<Seal> seals) throws IOException {
        return seals.contains(Seal.WRITE)
                || seals.contains(Seal.FUTURE_WRITE)
                || !FileSystem.of(fd).isHuge();
    }

    /// Adds seals; they cannot be taken off.
    ///
    /// @throws OsException `EPERM` after [Seal#SEAL], `EBUSY` for [Seal#WRITE] while mapped for
    ///   writing
    public void seal(Set<Seal> seals) throws IOException {
        int number = fd.enter();
        try {
            int r = Fcntl.fcntl(number, Fcntl.F_ADD_SEALS, Seal.bits(seals));
            OsException.check("fcntl(F_ADD_SEALS)", address, r);
        } finally {
            fd.exit();
        }
    }

    /// The seals it has.
    public Set<Seal> seals() throws IOException {
        int number = fd.enter();
        try {
            int r = Fcntl.fcntl(number, Fcntl.F_GET_SEALS, 0);
            return Seal.of((int) OsException.check("fcntl(F_GET_SEALS)", address, r));
        } finally {
            fd.exit();
        }
    }

    /// Its size in bytes.
    public long bytes() throws IOException {
        return FileStatus.of(fd).sizeBytes();
    }

    /// Maps all of it.
    public Mapping map(Protection protection, MapOption... options) throws IOException {
        return Mapping.of(fd, address, protection, options);
    }

    /// The descriptor, to be handed to another process.
    public Fd fd() {
        return fd;
    }

    /// Closes the descriptor; mappings stay.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
