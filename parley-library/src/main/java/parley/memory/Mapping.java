package parley.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.Lifetime;
import parley.os.OsException;

/// Memory of a file, a memory file or a shared memory object, mapped into this process and shared
/// with all who map the same; or anonymous memory. See mmap(2).
///
/// Safe for many threads; what they see of each other's stores is the matter of the `VarHandle`
/// access modes they use ([CStruct] has them for the fields of C). [#protect] and [#remap] end the
/// segments and words handed out before: an access is an `IllegalStateException`, never a crash.
public final class Mapping implements AutoCloseable {
    private static final String ANONYMOUS = "anonymous memory";

    private final String object;
    private final long pageBytes;
    private final @Nullable Runnable detach; // of memory that was attached, and not mapped here
    private volatile View view; // all that follows is changed by the holder of the monitor
    private Protection protection;
    private long address;
    private long bytes;
    private volatile boolean isClosed;

    private Mapping(
            String object,
            long pageBytes,
            @Nullable Runnable detach,
            Protection protection,
            long address,
            long bytes) {
        this.object = object;
        this.pageBytes = pageBytes;
        this.detach = detach;
        this.protection = protection;
        this.address = address;
        this.bytes = bytes;
        this.view = View.of(address, bytes, protection);
    }

    /// Makes a file with mode 0600, full of zeros, all of it allocated on its disk, and maps it.
    ///
    /// @throws parley.os.AlreadyExistsException if something has this name
    /// @throws OsException `ENOSPC` if the disk has not that much room
    public static Mapping create(Path path, long bytes, MapOption... options) throws IOException {
        requireSize(bytes);
        var address = "file:" + path;
        try (var fd = open(path, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL)) {
            try {
                Allocation.allocateOnDisk(fd, address, bytes);
                return of(fd, address, 0, bytes, Protection.READ_WRITE, options);
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
    public static Mapping open(Path path, Protection protection, MapOption... options)
            throws IOException {
        boolean isPrivate = MapRequest.of(options).has(SysMman.MAP_PRIVATE);
        try (var fd = open(path, isPrivate ? Fcntl.O_RDONLY : protection.openFlags())) {
            return of(fd, "file:" + path, protection, options);
        }
    }

    private static Fd open(Path path, int flags) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(path.toString());
            int always = Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK; // not for a FIFO
            int r = Fcntl.open(name, flags | always, FileMode.OWNER_ONLY.bits());
            return Fd.of("open", "file:" + path, r);
        }
    }

    /// Maps memory of no object, full of zeros. It is shared with children that native code forks
    /// from this process, unless it is [MapOption#PRIVATE]; a program that is started has a
    /// [MemoryFile] instead. Shared memory is all allocated now, private at the first access.
    ///
    /// @throws OsException `ENOMEM` if the host has not that much memory, or not as many huge pages
    public static Mapping anonymous(long bytes, MapOption... options) throws IOException {
        requireSize(bytes);
        var request = MapRequest.of(options);
        var pages = request.hugePages();
        if (pages != null) {
            pages.requireWhole(bytes);
        } else if (!request.has(SysMman.MAP_NORESERVE)) {
            Allocation.requireAvailable("mmap", ANONYMOUS, bytes);
        }
        int flags = request.flags() | SysMman.MAP_ANONYMOUS;
        long pageBytes = pages == null ? FileSystem.PAGE_BYTES : pages.bytes();
        var mapping =
                map(ANONYMOUS, pageBytes, -1, 0, bytes, Protection.READ_WRITE, flags, request);
        if (pages == null && !request.has(SysMman.MAP_PRIVATE)) {
            mapping.orClosed(() -> Allocation.populate(ANONYMOUS, mapping.address, bytes));
        }
        return mapping;
    }

    /// Maps a whole object, as large as it is now.
    ///
    /// @param object what it is, as an address, for errors
    /// @throws OsException `EINVAL` if it is empty, `EACCES` if the descriptor was not opened for
    ///   this, `ENODEV` if it is nothing that can be mapped
    public static Mapping of(Fd fd, String object, Protection protection, MapOption... options)
            throws IOException {
        return of(fd, object, 0, FileStatus.of(fd).sizeBytes(), protection, options);
    }

    /// Maps a part of an object.
    ///
    /// @param offset where it begins, in bytes; a multiple of the page size
    /// @param bytes its length
    /// @throws OsException `EINVAL` if the offset is no multiple of the page size, `EOVERFLOW` if
    ///   the part goes beyond the end of the object, where an access would kill the JVM
    public static Mapping of(
            Fd fd,
            String object,
            long offset,
            long bytes,
            Protection protection,
            MapOption... options)
            throws IOException {
        if (offset < 0 || bytes < 0) {
            throw new IllegalArgumentException("negative: " + offset + ", " + bytes);
        }
        var request = MapRequest.of(options);
        if (request.hugePages() != null) {
            throw new IllegalArgumentException(
                    "the pages of an object are its own: make a memory file with huge pages");
        }
        if (FileStatus.of(fd).sizeBytes() - bytes < offset) {
            throw OsException.of("mmap", object, Errno.EOVERFLOW.number());
        }
        long pageBytes = FileSystem.of(fd).pageBytes();
        int number = fd.enter();
        try {
            int flags = request.flags();
            return map(object, pageBytes, number, offset, bytes, protection, flags, request);
        } finally {
            fd.exit();
        }
    }

    private static Mapping map(
            String object,
            long pageBytes,
            int fd,
            long offset,
            long bytes,
            Protection protection,
            int flags,
            MapRequest request)
            throws OsException {
        int access = protection.protectionFlags();
        long r = SysMman.mmap(request.address(), bytes, access, flags, fd, offset);
        long address = OsException.check(request.call(), object, r);
        var mapping = new Mapping(object, pageBytes, null, protection, address, bytes);
        var locking = request.locking();
        if (locking != null) {
            mapping.orClosed(() -> mapping.lock(locking, 0, bytes));
        }
        return mapping;
    }

    private interface Step {
        void run() throws OsException;
    }

    private void orClosed(Step step) throws OsException {
        boolean isDone = false;
        try {
            step.run();
            isDone = true;
        } finally {
            if (!isDone) {
                close();
            }
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
        var object = "attached memory";
        return new Mapping(object, FileSystem.PAGE_BYTES, detach, protection, address, bytes);
    }

    private static void requireSize(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
    }

    /// The memory; an access after [#close], [#protect] or [#remap] is an `IllegalStateException`.
    public MemorySegment segment() {
        return view.segment;
    }

    /// A word on which threads of all processes that map this can wait. Closing the mapping ends
    /// the waits of this process, and so do [#protect] and [#remap].
    ///
    /// @param offset in bytes, a multiple of 4
    /// @throws IllegalArgumentException if it is not
    /// @throws IndexOutOfBoundsException beyond the end
    public Futex futex(long offset) {
        var seen = view;
        return Futex.of(seen.segment, offset, seen.words);
    }

    /// The size of its pages in bytes: of huge ones theirs.
    public long pageBytes() {
        return pageBytes;
    }

    /// Has everything written to the file behind the memory; waits for the disk, if it is one.
    ///
    /// @throws OsException `EIO` if the disk refuses
    /// @throws IllegalStateException if closed
    public void sync() throws OsException {
        sync(SyncMode.WAIT, 0, segment().byteSize());
    }

    /// The same for a part.
    ///
    /// @param offset a multiple of [#pageBytes]
    /// @param length in bytes, a multiple of them too or up to the end
    /// @throws OsException `EIO` if the disk refuses, `EBUSY` for [SyncMode#INVALIDATE] while pages
    ///   are locked
    public synchronized void sync(SyncMode mode, long offset, long length) throws OsException {
        long from = part(offset, length);
        OsException.check("msync", object, SysMman.msync(from, length, mode.flags()));
    }

    /// Tells the kernel what all of the memory is used for.
    ///
    /// @throws OsException as for a part
    public void advise(Advice advice) throws OsException {
        advise(advice, 0, segment().byteSize());
    }

    /// The same of a part.
    ///
    /// @param offset a multiple of [#pageBytes]
    /// @param length in bytes, a multiple of them too or up to the end
    /// @throws OsException `EINVAL` if it is not for such memory, or this kernel does not know it;
    ///   `EFAULT` if pages that shall be there are beyond the end of their file
    public synchronized void advise(Advice advice, long offset, long length) throws OsException {
        long from = part(offset, length);
        int r = SysMman.madvise(from, length, advice.number());
        OsException.check("madvise(" + advice + ")", object, r);
    }

    /// Reads all pages in and keeps them from being swapped.
    ///
    /// @throws parley.os.LimitReachedException beyond `RLIMIT_MEMLOCK`
    public void lock() throws OsException {
        lock(Locking.NOW, 0, segment().byteSize());
    }

    /// Keeps the pages of a part from being swapped.
    ///
    /// @param offset a multiple of [#pageBytes]
    /// @param length in bytes, a multiple of them too or up to the end
    /// @throws parley.os.LimitReachedException beyond `RLIMIT_MEMLOCK`
    public synchronized void lock(Locking when, long offset, long length) throws OsException {
        long from = part(offset, length);
        OsException.check("mlock2", object, SysMman.mlock2(from, length, when.flags()));
    }

    /// Lets all pages be swapped again.
    public void unlock() throws OsException {
        unlock(0, segment().byteSize());
    }

    /// The same for a part.
    public synchronized void unlock(long offset, long length) throws OsException {
        long from = part(offset, length);
        OsException.check("munlock", object, SysMman.munlock(from, length));
    }

    /// Where a part begins; only whole pages are one, for the kernel would take what is around it
    /// too.
    private long part(long offset, long length) {
        requireOpen();
        Objects.checkFromIndexSize(offset, length, bytes);
        long end = offset + length;
        if (offset % pageBytes != 0 || (end != bytes && end % pageBytes != 0)) {
            throw new IllegalArgumentException(
                    "%d bytes at %d are not whole pages of %d"
                            .formatted(length, offset, pageBytes));
        }
        return address + offset;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("closed");
        }
    }

    /// Changes what may be done with the memory. What was handed out of it before is at its end.
    ///
    /// @return the memory, to be used instead
    /// @throws OsException `EACCES` if what is behind it does not allow stores
    /// @throws IllegalStateException while a system call uses the memory; nothing is changed then,
    ///   but the waits for words of it are ended
    public synchronized MemorySegment protect(Protection wanted) throws OsException {
        endView();
        try {
            int r = SysMman.mprotect(address, whole(bytes), wanted.protectionFlags());
            OsException.check("mprotect", object, r);
            protection = wanted;
        } finally {
            view = View.of(address, bytes, protection);
        }
        return segment();
    }

    /// Makes the mapping longer or shorter, and moves it if there is no room; what it maps stays as
    /// it is. What was handed out of it before is at its end.
    ///
    /// @return the memory, to be used instead
    /// @throws OsException `EOVERFLOW` if what is behind the memory is shorter, as all shared
    ///   anonymous memory is: an access would kill the JVM; `EINVAL` before Linux 5.14, which
    ///   cannot tell; `ENOMEM` if there is no room
    /// @throws UnsupportedOperationException if it is attached, and not mapped
    /// @throws IllegalStateException while a system call uses the memory; nothing is changed then,
    ///   but the waits for words of it are ended
    public synchronized MemorySegment remap(long newBytes) throws OsException {
        requireSize(newBytes);
        if (detach != null) {
            throw new UnsupportedOperationException("this is attached as it is");
        }
        endView();
        try {
            long oldBytes = bytes;
            move(newBytes);
            if (newBytes > oldBytes) {
                requireBacked(oldBytes);
            }
        } finally {
            view = View.of(address, bytes, protection);
        }
        return segment();
    }

    private void move(long newBytes) throws OsException {
        int flags = SysMman.MREMAP_MAYMOVE;
        long r = SysMman.mremap(address, whole(bytes), whole(newBytes), flags);
        address = OsException.check("mremap", object, r);
        bytes = newBytes;
    }

    /// The kernel looks at the last page, where an access of ours might be the last.
    private void requireBacked(long oldBytes) throws OsException {
        var look = Advice.POPULATE_READ;
        long last = address + whole(bytes) - pageBytes;
        int r = SysMman.madvise(last, pageBytes, look.number());
        if (r < 0) {
            move(oldBytes);
            throw Errno.EFAULT.is(r)
                    ? OsException.of("mremap", object, Errno.EOVERFLOW.number())
                    : OsException.of("madvise(" + look + ")", object, -r);
        }
    }

    private long whole(long length) {
        return Math.ceilDiv(length, pageBytes) * pageBytes;
    }

    /// True until [#close].
    public boolean isOpen() {
        return !isClosed;
    }

    /// Unmaps the memory, and ends the waits for words of it; more calls do nothing.
    ///
    /// @throws IllegalStateException while a system call uses the memory; close it again then
    @Override
    public synchronized void close() {
        isClosed = true;
        if (view.arena.scope().isAlive()) {
            view.end();
            if (detach == null) {
                // Fails only for a range that is none, which this is not.
                int _ = SysMman.munmap(address, whole(bytes));
            } else {
                detach.run();
            }
        }
    }

    private void endView() {
        requireOpen();
        boolean isEnded = false;
        try {
            view.end();
            isEnded = true;
        } finally {
            if (!isEnded) {
                view = new View(view.arena, view.segment);
            }
        }
    }

    @Override
    public String toString() {
        return object;
    }

    /// What is handed out of a mapping while it stays where it is.
    private static final class View {
        final Arena arena;
        final MemorySegment segment;
        final Lifetime words = new Lifetime(() -> isUnused = true);
        private volatile boolean isUnused; // by words

        View(Arena arena, MemorySegment segment) {
            this.arena = arena;
            this.segment = segment;
        }

        static View of(long address, long bytes, Protection protection) {
            var arena = Arena.ofShared();
            var segment = SysMman.memory(address, bytes, arena, _ -> {});
            boolean isReadOnly = protection == Protection.READ_ONLY;
            return new View(arena, isReadOnly ? segment.asReadOnly() : segment);
        }

        void end() {
            words.close();
            while (!isUnused) { // operations on words, none of which waits
                Thread.onSpinWait();
            }
            arena.close();
        }
    }
}
