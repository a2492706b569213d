package parley.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
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
import parley.os.NotPermittedException;
import parley.os.OsException;

/// POSIX shared memory: a named object in `/dev/shm`, mapped into this process. See
/// shm_overview(7).
///
/// It is allocated in full when it is made, and what another program has made is completed when it
/// is opened for writing, so that a full `/dev/shm` is an exception at that moment and not a killed
/// JVM later. It outlives its makers until it is unlinked.
///
/// Whoever may write it may also shorten it, and kill this JVM at its next access beyond the end:
/// open only what belongs to those you trust. Safe for many threads.
public final class PosixSharedMemory implements AutoCloseable {
    private final String address;
    private final Fd fd;
    private final Mapping mapping;

    private PosixSharedMemory(String address, Fd fd, Mapping mapping) {
        this.address = address;
        this.fd = fd;
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
        if (FileStatus.of(PosixNames.SHARED_MEMORY + name)
                .isPresent()) { // before so much is allocated
            throw OsException.of("linkat", address, Errno.EEXIST.number());
        }
        var fd = openUnnamed(address, mode);
        return owning(
                fd,
                () -> {
                    mode.applyTo(fd, address);
                    Allocation.allocate(fd, address, bytes);
                    var memory = mapped(fd, address, bytes, Protection.READ_WRITE);
                    boolean isNamed = false;
                    try {
                        giveName(fd, name);
                        isNamed = true;
                        return memory;
                    } finally {
                        if (!isNamed) {
                            memory.close();
                        }
                    }
                });
    }

    private interface Making {
        PosixSharedMemory make() throws IOException;
    }

    /// Closes the descriptor if nothing comes of it.
    private static PosixSharedMemory owning(Fd fd, Making making) throws IOException {
        try {
            return making.make();
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static PosixSharedMemory mapped(
            Fd fd, String address, long bytes, Protection protection) throws IOException {
        return new PosixSharedMemory(address, fd, Mapping.of(fd, address, 0, bytes, protection));
    }

    /// Made without a name, so that it appears under its name when it is complete: nobody finds it
    /// without its size, and nothing is left if this process is killed in between.
    private static Fd openUnnamed(String address, FileMode mode) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int flags = Fcntl.O_TMPFILE | Fcntl.O_RDWR | Fcntl.O_CLOEXEC;
            int r = Fcntl.open(arena.allocateFrom(PosixNames.SHARED_MEMORY), flags, mode.bits());
            return Fd.of("open", address, r);
        }
    }

    private static void giveName(Fd fd, String name) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var unnamed = arena.allocateFrom("/proc/self/fd/" + number);
            var path = arena.allocateFrom(PosixNames.SHARED_MEMORY + name);
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

    /// Opens an existing object and maps all of it. It is allocated in full first; for reading only
    /// it can be only if the mode would allow writing.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws parley.os.NotPermittedException if its mode does not allow it
    /// @throws OsException `EINVAL` if it is empty: made by a program that has not given it a size
    ///   yet; `ENOSPC` if `/dev/shm` has no room for what that program left out; `ENODEV` if the
    ///   name is one of something else, such as a FIFO
    public static PosixSharedMemory open(String name, Protection protection) throws IOException {
        var address = address(name);
        var fd = open(name, protection.openFlags());
        return owning(
                fd,
                () -> {
                    requireFile(fd, address);
                    if (protection == Protection.READ_WRITE) {
                        Allocation.complete(fd, address);
                    } else {
                        completeIfPermitted(name);
                    }
                    return mapped(fd, address, FileStatus.of(fd).sizeBytes(), protection);
                });
    }

    /// Reading a page that is not there takes one, too.
    private static void completeIfPermitted(String name) throws IOException {
        try (var fd = open(name, Fcntl.O_RDWR)) {
            Allocation.complete(fd, address(name));
        } catch (NotPermittedException | NotFoundException _) {
            // Its owner is to be trusted with that as with the size; or it has just been unlinked.
        }
    }

    /// Opens an existing object, empties it, makes it as large as is said here, full of zeros, and
    /// maps it: `O_TRUNC`. Its owner and mode stay. **A process that has it mapped is killed** if
    /// it touches it in the moment in which it is empty, or later beyond its new end.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws OsException `ENOSPC` if `/dev/shm` has not that much room; then it stays empty
    public static PosixSharedMemory openEmptied(String name, long bytes) throws IOException {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
        var address = address(name);
        var fd = open(name, Fcntl.O_RDWR | Fcntl.O_TRUNC);
        return owning(
                fd,
                () -> {
                    requireFile(fd, address);
                    Allocation.allocate(fd, address, bytes);
                    return mapped(fd, address, bytes, Protection.READ_WRITE);
                });
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
        return "pshm:" + PosixNames.check(name, "");
    }

    /// All objects that have a name, in the order of their names: the files in `/dev/shm` that are
    /// no semaphores.
    public static List<PosixName> list() throws IOException {
        return PosixNames.list(Path.of(PosixNames.SHARED_MEMORY), false);
    }

    private static Fd open(String name, int flags) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var cName = arena.allocateFrom(name);
            // A FIFO would be waited for.
            int always = Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK;
            int r = SysMman.shm_open(cName, flags | always, 0);
            return Fd.of("shm_open", address(name), r);
        }
    }

    private static void requireFile(Fd fd, String address) throws IOException {
        if (FileStatus.of(fd).kind() != FileStatus.Kind.FILE) {
            throw OsException.of("shm_open", address, Errno.ENODEV.number());
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

    /// Whose it is, and who may open it.
    public PosixPermissions permissions() throws IOException {
        return PosixPermissions.of(fd);
    }

    /// Changes owner, group or mode. Who has it open or mapped keeps it.
    ///
    /// @throws parley.os.NotPermittedException if it is another user's, or to become one's
    public void setPermissions(PosixPermissions permissions) throws IOException {
        permissions.applyTo(fd, address);
    }

    /// Whose the memory is that has this name, without mapping it.
    ///
    /// @throws NotFoundException if there is none of this name
    public static PosixPermissions permissions(String name) throws IOException {
        var address = address(name);
        return PosixPermissions.ofFile(PosixNames.SHARED_MEMORY + name, address);
    }

    /// Changes owner, group or mode of the memory that has this name; for its owner, also if the
    /// mode does not let it open it.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws parley.os.NotPermittedException if it is another user's, or to become one's
    public static void setPermissions(String name, PosixPermissions permissions)
            throws IOException {
        permissions.applyToFile(PosixNames.SHARED_MEMORY + name, address(name));
    }

    /// Its descriptor, to be handed to another process; it keeps the memory, also without a name.
    public Fd fd() {
        return fd;
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
        fd.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
