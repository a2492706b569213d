package parley.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.Set;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
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

    /// Makes a memory file of a fixed size, full of zeros, all of it allocated, and sealed so that
    /// nobody can change the size.
    ///
    /// @param label shown in `/proc/PID/fd`; need not be unique, at most 249 bytes
    /// @throws OsException `ENOMEM`, `ENOSPC` if there is not that much memory
    public static MemoryFile create(String label, long bytes) throws IOException {
        return create(label, bytes, EnumSet.of(Seal.SHRINK, Seal.GROW, Seal.SEAL));
    }

    /// Makes a memory file, full of zeros, all of it allocated, with the given seals.
    public static MemoryFile create(String label, long bytes, Set<Seal> seals) throws IOException {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
        var address = "memfd:" + label;
        try (var arena = Arena.ofConfined()) {
            int flags = SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING;
            int r = SysMman.memfd_create(arena.allocateFrom(label), flags);
            var file = new MemoryFile(address, Fd.of("memfd_create", address, r));
            try {
                Allocation.allocate(file.fd, address, bytes);
                file.seal(seals);
                return file;
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        }
    }

    /// Takes a memory file that came from another process, which may be hostile: it is refused
    /// unless it is sealed against shrinking, because an access beyond the end would kill the JVM.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `EPERM` if it is not so sealed, `EINVAL` if it is no memory file
    public static MemoryFile of(Fd fd) throws IOException {
        var file = new MemoryFile("memfd:" + fd, fd);
        try {
            if (!file.seals().contains(Seal.SHRINK)) {
                throw OsException.of("fcntl(F_GET_SEALS)", file.address, Errno.EPERM.number());
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
            int seals = Fcntl.fcntl(number, Fcntl.F_GET_SEALS, 0);
            return seals >= 0 && Seal.of(seals).contains(Seal.SHRINK);
        } finally {
            fd.exit();
        }
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
    public Mapping map(Protection protection) throws IOException {
        return Mapping.of(fd, address, protection);
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
