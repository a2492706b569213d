package parley.memory;

import java.io.IOException;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;

/// Memory that not even the kernel has mapped: nobody reads it but those who have its descriptor.
/// See memfd_secret(2).
///
/// It is never swapped, counts as locked memory (`RLIMIT_MEMLOCK`), and its size never changes. No
/// [Futex] can be in it: the kernel would have to look at the word.
public final class SecretMemory implements AutoCloseable {
    private static final String OBJECT = "secret memory";

    private final Fd fd;

    private SecretMemory(Fd fd) {
        this.fd = fd;
    }

    /// Makes secret memory, full of zeros, all of it allocated.
    ///
    /// @throws OsException `ENOSYS` if this kernel has none, or has it switched off
    /// @throws parley.os.LimitReachedException `EAGAIN` beyond `RLIMIT_MEMLOCK`, `ENOMEM` if the
    ///   host has not that much memory
    public static SecretMemory create(long bytes) throws IOException {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
        Allocation.requireAvailable("memfd_secret", OBJECT, bytes);
        int r = SysMman.memfd_secret(Fcntl.O_CLOEXEC);
        var memory = new SecretMemory(Fd.of("memfd_secret", OBJECT, r));
        try {
            memory.allocate(bytes);
            return memory;
        } catch (IOException | RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private void allocate(long bytes) throws IOException {
        int number = fd.enter();
        try {
            OsException.check("ftruncate", OBJECT, Unistd.ftruncate(number, bytes));
        } finally {
            fd.exit();
        }
        try (var mapping = map(Protection.READ_WRITE)) {
            var _ = mapping.segment().fill((byte) 0); // the kernel cannot do it for us
        }
    }

    /// Takes secret memory that came from another process.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `EINVAL` if it is something else, or empty
    public static SecretMemory of(Fd fd) throws IOException {
        var memory = new SecretMemory(fd);
        try {
            if (!FileSystem.of(fd).isSecret() || memory.bytes() == 0) {
                throw OsException.of("memfd_secret", fd.toString(), Errno.EINVAL.number());
            }
            return memory;
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /// Its size in bytes.
    public long bytes() throws IOException {
        return FileStatus.of(fd).sizeBytes();
    }

    /// Maps all of it.
    public Mapping map(Protection protection) throws IOException {
        return Mapping.of(fd, OBJECT, protection);
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
        return OBJECT;
    }
}
