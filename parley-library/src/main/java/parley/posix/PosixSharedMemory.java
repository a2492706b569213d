package parley.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.kernel.Unistd;
import parley.memory.Allocation;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.memory.Protection;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.OsException;

/// POSIX shared memory: a named object in `/dev/shm`, mapped into this process. See
/// shm_overview(7).
///
/// It is allocated in full when it is made, so that a full `/dev/shm` is an exception at that
/// moment and not a killed JVM later. It outlives its makers until it is unlinked.
public final class PosixSharedMemory implements AutoCloseable {
    private static final String DIRECTORY = "/dev/shm"; // where libc's shm_open looks

    private final String address;
    private final Mapping mapping;

    private PosixSharedMemory(String address, Mapping mapping) {
        this.address = address;
        this.mapping = mapping;
    }

    /// Makes an object with mode 0600, full of zeros, and maps it.
    ///
    /// @param name a slash and 1 to 254 bytes without one
    /// @throws AlreadyExistsException if there is one of this name
    /// @throws OsException `ENOSPC` if `/dev/shm` has not that much room
    public static PosixSharedMemory create(String name, long bytes) throws IOException {
        return create(name, bytes, FileMode.OWNER_ONLY);
    }

    /// Makes an object, full of zeros, and maps it.
    ///
    /// @param mode who may open it, whatever the process's umask is
    /// @throws AlreadyExistsException if there is one of this name
    /// @throws OsException `ENOSPC` if `/dev/shm` has not that much room
    public static PosixSharedMemory create(String name, long bytes, FileMode mode)
            throws IOException {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
        var address = address(name);
        if (FileStatus.of(DIRECTORY + name).isPresent()) { // before so much is allocated
            throw OsException.of("linkat", address, Errno.EEXIST.number());
        }
        try (var fd = openUnnamed(address, mode)) {
            mode.applyTo(fd, address);
            Allocation.allocate(fd, address, bytes);
            var mapping = Mapping.of(fd, address, 0, bytes, Protection.READ_WRITE);
            boolean isNamed = false;
            try {
                giveName(fd, name);
                isNamed = true;
                return new PosixSharedMemory(address, mapping);
            } finally {
                if (!isNamed) {
                    mapping.close();
                }
            }
        }
    }

    /// Made without a name, so that it appears under its name when it is complete: nobody finds it
    /// without its size, and nothing is left if this process is killed in between.
    private static Fd openUnnamed(String address, FileMode mode) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int flags = Fcntl.O_TMPFILE | Fcntl.O_RDWR | Fcntl.O_CLOEXEC;
            int r = Fcntl.open(arena.allocateFrom(DIRECTORY), flags, mode.bits());
            return Fd.of("open", address, r);
        }
    }

    private static void giveName(Fd fd, String name) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var unnamed = arena.allocateFrom("/proc/self/fd/" + number);
            var path = arena.allocateFrom(DIRECTORY + name);
            int r = Unistd.linkat(unnamed, path, Fcntl.AT_SYMLINK_FOLLOW);
            OsException.check("linkat", address(name), r);
        } finally {
            fd.exit();
        }
    }

    /// Opens an existing object for reading and writing, and maps all of it.
    ///
    /// @throws NotFoundException if there is none of this name
    public static PosixSharedMemory open(String name) throws IOException {
        return open(name, Protection.READ_WRITE);
    }

    /// Opens an existing object and maps all of it.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws OsException `EINVAL` if it is empty: made by a program that has not given it a size
    ///   yet
    public static PosixSharedMemory open(String name, Protection protection) throws IOException {
        var address = address(name);
        try (var fd = open(name, protection.openFlags(), FileMode.OWNER_ONLY)) {
            return new PosixSharedMemory(address, Mapping.of(fd, address, protection));
        }
    }

    /// Opens an object, or makes one with mode 0600. An existing one keeps its size.
    public static PosixSharedMemory openOrCreate(String name, long bytes) throws IOException {
        while (true) {
            try {
                return create(name, bytes);
            } catch (AlreadyExistsException _) {
                // Open it then.
            }
            try {
                return open(name);
            } catch (NotFoundException _) {
                // It has gone meanwhile: again.
            }
        }
    }

    /// Takes the name away; processes that have the object mapped keep it.
    ///
    /// @throws NotFoundException if there is none of this name
    public static void unlink(String name) throws OsException {
        var address = address(name);
        try (var arena = Arena.ofConfined()) {
            int r = SysMman.shm_unlink(arena.allocateFrom(name));
            OsException.check("shm_unlink", address, r);
        }
    }

    private static String address(String name) {
        return "pshm:" + Names.check(name, 0);
    }

    private static Fd open(String name, int flags, FileMode mode) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var cName = arena.allocateFrom(name);
            int r = SysMman.shm_open(cName, flags | Fcntl.O_CLOEXEC, mode.bits());
            return Fd.of("shm_open", address(name), r);
        }
    }

    /// The memory; an access after [#close] is an `IllegalStateException`.
    public MemorySegment segment() {
        return mapping.segment();
    }

    /// A word on which threads of all processes that have this can wait; see [Mapping#futex].
    public Futex futex(long offset) {
        return mapping.futex(offset);
    }

    /// As an address: `pshm:/name`.
    public String address() {
        return address;
    }

    /// Unmaps the memory; the object stays. More calls do nothing.
    ///
    /// @throws IllegalStateException while a system call uses the memory
    @Override
    public void close() {
        mapping.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
