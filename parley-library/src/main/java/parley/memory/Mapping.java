package parley.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.Lifetime;
import parley.os.OsException;

/// Memory of a file, a memory file or a shared memory object, mapped into this process and shared
/// with all who map the same. See mmap(2).
///
/// Safe for many threads; what they see of each other's stores is the matter of the `VarHandle`
/// access modes they use.
public final class Mapping implements AutoCloseable {
    private final Arena arena;
    private final MemorySegment segment;
    private final Lifetime words = new Lifetime(() -> isUnused = true); // of those that are used
    private volatile boolean isUnused;

    private Mapping(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /// Makes a file with mode 0600, full of zeros, all of it allocated on its disk, and maps it.
    ///
    /// @throws parley.os.AlreadyExistsException if something has this name
    /// @throws OsException `ENOSPC` if the disk has not that much room
    public static Mapping create(Path path, long bytes) throws IOException {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
        var address = "file:" + path;
        try (var fd = open(path, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL)) {
            try {
                Allocation.allocateOnDisk(fd, address, bytes);
                return of(fd, address, 0, bytes, Protection.READ_WRITE);
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(path);
                throw e;
            }
        }
    }

    /// Opens an existing file and maps all of it. Whoever can write the file can shorten it, and
    /// kill this JVM at its next access beyond the end: map only files of those you trust.
    ///
    /// @throws parley.os.NotFoundException if nothing has this name
    /// @throws OsException `EINVAL` if it is empty, `ELOOP` if it is a symbolic link
    public static Mapping open(Path path, Protection protection) throws IOException {
        try (var fd = open(path, protection.openFlags())) {
            return of(fd, "file:" + path, protection);
        }
    }

    private static Fd open(Path path, int flags) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(path.toString());
            int always = Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
            int r = Fcntl.open(name, flags | always, FileMode.OWNER_ONLY.bits());
            return Fd.of("open", "file:" + path, r);
        }
    }

    /// Maps a whole object, as large as it is now.
    ///
    /// @param object what it is, as an address, for errors
    /// @throws OsException `EINVAL` if it is empty, `EACCES` if the descriptor was not opened for
    ///   this, `ENODEV` if it is nothing that can be mapped
    public static Mapping of(Fd fd, String object, Protection protection) throws IOException {
        return of(fd, object, 0, FileStatus.of(fd).sizeBytes(), protection);
    }

    /// Maps a part of an object.
    ///
    /// @param offset where it begins, in bytes; a multiple of the page size
    /// @param bytes its length
    /// @throws OsException `EINVAL` if the offset is no multiple of the page size, `EOVERFLOW` if
    ///   the part goes beyond the end of the object, where an access would kill the JVM
    public static Mapping of(Fd fd, String object, long offset, long bytes, Protection protection)
            throws IOException {
        if (offset < 0 || bytes < 0) {
            throw new IllegalArgumentException("negative: " + offset + ", " + bytes);
        }
        if (FileStatus.of(fd).sizeBytes() - bytes < offset) {
            throw OsException.of("mmap", object, Errno.EOVERFLOW.number());
        }
        int number = fd.enter();
        try {
            int flags = SysMman.MAP_SHARED;
            long r = SysMman.mmap(0, bytes, protection.protectionFlags(), flags, number, offset);
            long address = OsException.check("mmap", object, r);
            // Fails only for a range that is none, which this is not.
            return attached(address, bytes, protection, () -> SysMman.munmap(address, bytes));
        } finally {
            fd.exit();
        }
    }

    /// Memory that a mechanism has attached to this process, and detaches in its own way.
    ///
    /// @param address where it is attached, which is not checked
    /// @param bytes its length
    /// @param protection what it was attached for
    /// @param detach what is done when it is closed and no longer used
    public static Mapping attached(
            long address, long bytes, Protection protection, Runnable detach) {
        var arena = Arena.ofShared();
        var segment = SysMman.memory(address, bytes, arena, _ -> detach.run());
        boolean isReadOnly = protection == Protection.READ_ONLY;
        return new Mapping(arena, isReadOnly ? segment.asReadOnly() : segment);
    }

    /// The memory; an access after [#close] is an `IllegalStateException`.
    public MemorySegment segment() {
        return segment;
    }

    /// A word on which threads of all processes that map this can wait. Closing the mapping ends
    /// the waits of this process.
    ///
    /// @param offset in bytes, a multiple of 4
    /// @throws IllegalArgumentException if it is not
    /// @throws IndexOutOfBoundsException beyond the end
    public Futex futex(long offset) {
        return Futex.of(segment, offset, words);
    }

    /// Has everything written to the file behind the memory; waits for the disk, if it is one.
    ///
    /// @throws OsException `EIO` if the disk refuses
    /// @throws IllegalStateException if closed
    public void sync() throws OsException {
        if (!isOpen()) {
            throw new IllegalStateException("closed");
        }
        int r = SysMman.msync(segment.address(), segment.byteSize(), SysMman.MS_SYNC);
        OsException.check("msync", "mapping", r);
    }

    /// True until [#close].
    public boolean isOpen() {
        return words.isOpen();
    }

    /// Unmaps the memory, and ends the waits for words of it; more calls do nothing.
    ///
    /// @throws IllegalStateException while a system call uses the memory; close it again then
    @Override
    public void close() {
        words.close();
        while (!isUnused) { // operations on words, none of which waits
            Thread.onSpinWait();
        }
        unmap();
    }

    private synchronized void unmap() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
