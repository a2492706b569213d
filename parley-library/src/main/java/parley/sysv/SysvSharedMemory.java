package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import parley.kernel.SysIpc;
import parley.kernel.SysMman;
import parley.kernel.SysShm;
import parley.memory.Allocation;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.memory.Protection;
import parley.os.AlreadyExistsException;
import parley.os.FileMode;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.RemovedException;

/// System V shared memory: a segment of the kernel's, attached to this process. See shmop(2),
/// sysvipc(7).
///
/// The segment outlives its makers until it is removed; its memory stays until the last process
/// that has it attached detaches. Safe for many threads; what they see of each other's stores is
/// the matter of the `VarHandle` access modes they use.
public final class SysvSharedMemory implements AutoCloseable {
    private final String address;
    private final int id;
    private final Mapping mapping;

    private SysvSharedMemory(String address, int id, Mapping mapping) {
        this.address = address;
        this.id = id;
        this.mapping = mapping;
    }

    /// What a segment is at this moment. Times are in whole seconds.
    ///
    /// @param id the segment's number
    /// @param bytes its length
    /// @param attachments how often it is attached, in all processes
    /// @param creatorPid the process that made it
    /// @param lastPid the process that attached or detached it last; 0 if none has
    /// @param lastAttachTime when it was last attached; empty if it never was
    /// @param lastDetachTime when it was last detached; empty if it never was
    /// @param changeTime when it was made, or its permissions last changed
    /// @param isRemoved true if it was removed, and stays only until nobody has it attached
    /// @param isLocked true if its pages stay in memory, see [#lock]
    /// @param permissions whose it is, and who may do what
    public record Status(
            int id,
            long bytes,
            long attachments,
            int creatorPid,
            int lastPid,
            Optional<Instant> lastAttachTime,
            Optional<Instant> lastDetachTime,
            Instant changeTime,
            boolean isRemoved,
            boolean isLocked,
            IpcPermissions permissions) {
        private static Status of(int id, MemorySegment status) {
            int mode = status.get(JAVA_SHORT, SysIpc.MODE);
            return new Status(
                    id,
                    status.get(JAVA_LONG, SysShm.SHM_SEGSZ),
                    status.get(JAVA_LONG, SysShm.SHM_NATTCH),
                    status.get(JAVA_INT, SysShm.SHM_CPID),
                    status.get(JAVA_INT, SysShm.SHM_LPID),
                    IpcKind.time(status, SysShm.SHM_ATIME),
                    IpcKind.time(status, SysShm.SHM_DTIME),
                    Instant.ofEpochSecond(status.get(JAVA_LONG, SysShm.SHM_CTIME)),
                    (mode & SysShm.SHM_DEST) != 0,
                    (mode & SysShm.SHM_LOCKED) != 0,
                    IpcPermissions.of(status));
        }
    }

    /// What all segments of this IPC namespace are together, and what limits them. (`SHM_INFO`,
    /// `IPC_INFO`)
    ///
    /// @param segments how many there are
    /// @param pages how many they have together
    /// @param residentPages how many of these are in memory
    /// @param swappedPages how many are on swap
    /// @param segmentsMax how many segments there may be
    /// @param segmentBytesMax how long one may be
    /// @param pagesMax how many pages all may have together
    public record Summary(
            int segments,
            long pages,
            long residentPages,
            long swappedPages,
            long segmentsMax,
            long segmentBytesMax,
            long pagesMax) {}

    /// Makes a segment with mode 0600, full of zeros, and attaches it.
    ///
    /// All of its memory is allocated now, so that none is missing later.
    ///
    /// @param bytes at least 1
    /// @throws AlreadyExistsException if there is one of this key
    /// @throws LimitReachedException if there are as many segments or bytes as there may be
    /// @throws OsException `EINVAL` if it is larger than a segment may be; `ENOMEM` if there is not
    ///   as much memory
    public static SysvSharedMemory create(IpcKey key, long bytes) throws OsException {
        return create(key, bytes, FileMode.OWNER_ONLY);
    }

    /// Makes a segment, full of zeros, and attaches it.
    ///
    /// @param mode who may read and write, whatever the process's umask is; the owner has to
    /// @throws AlreadyExistsException if there is one of this key
    /// @throws LimitReachedException if there are as many segments or bytes as there may be
    public static SysvSharedMemory create(IpcKey key, long bytes, FileMode mode)
            throws OsException {
        return create(key, bytes, mode, SegmentPages.ORDINARY);
    }

    /// Makes a segment of certain pages, full of zeros, and attaches it.
    ///
    /// @throws AlreadyExistsException if there is one of this key
    /// @throws LimitReachedException if there are as many segments or bytes as there may be; as
    ///   `ENOMEM` if there are not enough huge pages
    /// @throws parley.os.NotPermittedException for huge pages, without CAP_IPC_LOCK
    public static SysvSharedMemory create(IpcKey key, long bytes, FileMode mode, SegmentPages pages)
            throws OsException {
        requireSize(bytes);
        int id = IpcKind.SHM.create(key, bytes, mode, pages.flags());
        return attachedNew(IpcKind.SHM.address(key, id), id, bytes, pages);
    }

    /// Makes a segment without a key, with mode 0600, and attaches it; others find it by its
    /// [#id()].
    public static SysvSharedMemory createPrivate(long bytes) throws OsException {
        return create(IpcKey.PRIVATE, bytes);
    }

    /// Attaches an existing segment for reading and writing.
    ///
    /// @throws NotFoundException if there is none of this key
    /// @throws parley.os.NotPermittedException if its mode does not allow both
    public static SysvSharedMemory open(IpcKey key) throws OsException {
        return open(key, Protection.READ_WRITE);
    }

    /// Attaches an existing segment.
    ///
    /// @throws NotFoundException if there is none of this key
    /// @throws parley.os.NotPermittedException if its mode does not allow it
    public static SysvSharedMemory open(IpcKey key, Protection protection) throws OsException {
        return open(key, Attachment.of(protection));
    }

    /// Attaches an existing segment in a certain way.
    ///
    /// @throws NotFoundException if there is none of this key
    /// @throws parley.os.NotPermittedException if its mode does not allow it
    /// @throws OsException `EINVAL` if it cannot be attached at the address that was asked for
    public static SysvSharedMemory open(IpcKey key, Attachment how) throws OsException {
        int id = IpcKind.SHM.find(key, 0);
        return attached(IpcKind.SHM.address(key, id), id, how);
    }

    /// Attaches an existing segment by its number in this IPC namespace; a removed one too, as long
    /// as somebody has it attached.
    ///
    /// @throws NotFoundException if there is none of this id
    /// @throws parley.os.NotPermittedException if its mode does not allow it
    public static SysvSharedMemory openById(int id, Protection protection) throws OsException {
        return openById(id, Attachment.of(protection));
    }

    /// The same in a certain way.
    ///
    /// @throws NotFoundException if there is none of this id
    /// @throws parley.os.NotPermittedException if its mode does not allow it
    /// @throws OsException `EINVAL` if it cannot be attached at the address that was asked for
    public static SysvSharedMemory openById(int id, Attachment how) throws OsException {
        IpcKind.SHM.find(id);
        return attached(IpcKind.SHM.address(id), id, how);
    }

    /// Attaches a segment for reading and writing, or makes one with mode 0600. An existing one
    /// keeps its size.
    ///
    /// @throws OsException `EINVAL` if the existing one has fewer bytes
    public static SysvSharedMemory openOrCreate(IpcKey key, long bytes) throws OsException {
        requireSize(bytes);
        while (true) {
            var obtained = IpcKind.SHM.findOrCreate(key, bytes);
            int id = obtained.id();
            var address = IpcKind.SHM.address(key, id);
            try {
                return obtained.isNew()
                        ? attachedNew(address, id, bytes, SegmentPages.ORDINARY)
                        : attached(address, id, Attachment.READ_WRITE);
            } catch (RemovedException _) {
                // By somebody else, meanwhile: again.
            }
        }
    }

    private static SysvSharedMemory attachedNew(
            String address, int id, long bytes, SegmentPages pages) throws OsException {
        SysvSharedMemory made = null;
        try {
            if (pages.isOrdinary()) {
                Allocation.requireAvailable("shmget", address, bytes);
            }
            made = attached(address, id, Attachment.READ_WRITE);
            if (pages.isOrdinary()) {
                Allocation.populate(address, made.segment().address(), bytes);
            }
            return made;
        } catch (OsException | RuntimeException e) {
            if (made != null) {
                made.close();
            }
            IpcKind.SHM.discard(id);
            throw e;
        }
    }

    private static SysvSharedMemory attached(String address, int id, Attachment how)
            throws OsException {
        long bytes = bytes(id, address);
        long wholePages = Math.ceilDiv(bytes, IpcKind.PAGE_BYTES) * IpcKind.PAGE_BYTES;
        how.requireRoom(wholePages);
        long r = SysShm.shmat(id, how.address(), how.flags());
        long start = IpcKind.SHM.check("shmat", id, address, r);

        // Detaching fails only where nothing is attached.
        Runnable detach =
                how.isReplacing() ? () -> putBack(start, wholePages) : () -> SysShm.shmdt(start);
        return new SysvSharedMemory(
                address, id, Mapping.attached(start, bytes, how.protection(), detach));
    }

    /// Detaches by mapping over it, in one step, what nobody can access: were the place free in
    /// between, something else could come there, which its owner would unmap in the end.
    private static void putBack(long start, long bytes) {
        int flags =
                SysMman.MAP_FIXED
                        | SysMman.MAP_PRIVATE
                        | SysMman.MAP_ANONYMOUS
                        | SysMman.MAP_NORESERVE;
        if (SysMman.mmap(start, bytes, SysMman.PROT_NONE, flags, -1, 0) < 0) {
            SysShm.shmdt(start); // huge pages that are not replaced in part, or no memory at all
        }
    }

    private static long bytes(int id, String address) throws OsException {
        try (var arena = Arena.ofConfined()) {
            return IpcKind.SHM.status(id, address, arena).get(JAVA_LONG, SysShm.SHM_SEGSZ);
        }
    }

    private static void requireSize(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
    }

    /// Removes a segment's name; its memory stays as long as somebody has it attached.
    ///
    /// @throws NotFoundException if there is none of this key
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public static void remove(IpcKey key) throws OsException {
        IpcKind.SHM.remove(IpcKind.SHM.find(key, 0));
    }

    /// Removes a segment; its memory stays as long as somebody has it attached.
    ///
    /// @throws NotFoundException if there is none of this id
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public static void removeById(int id) throws OsException {
        IpcKind.SHM.remove(id);
    }

    /// Removes this segment; its memory stays as long as somebody has it attached, as here. May be
    /// done more than once.
    ///
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public void remove() throws IOException {
        requireOpen();
        IpcKind.SHM.remove(id, address);
    }

    /// The memory; an access after [#close] is an `IllegalStateException`.
    public MemorySegment segment() {
        return mapping.segment();
    }

    /// A word on which threads of all processes that have this attached can wait; see
    /// [Mapping#futex].
    public Futex futex(long offset) {
        return mapping.futex(offset);
    }

    /// Its length.
    public long bytes() {
        return mapping.segment().byteSize();
    }

    /// What the segment is.
    ///
    /// @throws RemovedException if it was removed and nobody has it attached
    public Status status() throws IOException {
        requireOpen();
        try (var scratch = Arena.ofConfined()) {
            var status = IpcKind.SHM.status(id, address, scratch);
            return Status.of(id, status);
        }
    }

    /// Changes who may read and write. Who has it attached keeps it so.
    ///
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public void setMode(FileMode mode) throws IOException {
        requireOpen();
        IpcKind.SHM.setMode(id, address, mode);
    }

    /// Changes who may read and write a segment, without attaching it: its owner may also if it may
    /// not be read.
    ///
    /// @throws RemovedException if there is none of this id
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public static void setModeById(int id, FileMode mode) throws OsException {
        IpcKind.SHM.setMode(id, IpcKind.SHM.address(id), mode);
    }

    /// Gives a segment to another user and group, without attaching it.
    ///
    /// @throws RemovedException if there is none of this id
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public static void setOwnerById(int id, long uid, long gid) throws OsException {
        IpcKind.SHM.setOwner(id, IpcKind.SHM.address(id), uid, gid);
    }

    /// Gives the segment to another user and group; its creator may change it all the same.
    ///
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public void setOwner(long uid, long gid) throws IOException {
        requireOpen();
        IpcKind.SHM.setOwner(id, address, uid, gid);
    }

    /// Keeps the segment's pages out of swap, from when they are used for the first time.
    /// (`SHM_LOCK`)
    ///
    /// @throws LimitReachedException if more would be locked than `RLIMIT_MEMLOCK` allows
    /// @throws parley.os.NotPermittedException if it belongs to another user, or nothing may be
    ///   locked
    public void lock() throws IOException {
        requireOpen();
        IpcKind.SHM.order(id, address, SysShm.SHM_LOCK, "SHM_LOCK");
    }

    /// Ends [#lock], whoever began it.
    ///
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public void unlock() throws IOException {
        requireOpen();
        IpcKind.SHM.order(id, address, SysShm.SHM_UNLOCK, "SHM_UNLOCK");
    }

    /// All segments of this IPC namespace, whoever may read them; removed ones too, as long as
    /// somebody has them attached. Linux shows them to everybody.
    public static List<Status> list() throws OsException {
        return IpcKind.SHM.list(Status::of);
    }

    /// All segments of this IPC namespace together, and their limits.
    public static Summary summary() throws OsException {
        try (var arena = Arena.ofConfined()) {
            var use = arena.allocate(SysShm.SHM_INFO_STRUCT);
            var limits = arena.allocate(SysShm.SHMINFO);
            var _ = IpcKind.SHM.info(SysShm.SHM_INFO, use);
            var _ = IpcKind.SHM.info(SysIpc.IPC_INFO, limits);
            return new Summary(
                    use.get(JAVA_INT, SysShm.USED_IDS),
                    use.get(JAVA_LONG, SysShm.SHM_TOT),
                    use.get(JAVA_LONG, SysShm.SHM_RSS),
                    use.get(JAVA_LONG, SysShm.SHM_SWP),
                    limits.get(JAVA_LONG, SysShm.SHMMNI),
                    saturated(limits.get(JAVA_LONG, SysShm.SHMMAX)),
                    saturated(limits.get(JAVA_LONG, SysShm.SHMALL)));
        }
    }

    /// C's `unsigned long`, which a limit that is none fills.
    private static long saturated(long unsigned) {
        return unsigned < 0 ? Long.MAX_VALUE : unsigned;
    }

    private void requireOpen() throws ClosedChannelException {
        if (!mapping.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    /// The segment's number, the same for all processes of this IPC namespace.
    public int id() {
        return id;
    }

    /// As an address: `shm:0x2a01`, or `shm:#7` if it was made without a key or opened by id.
    public String address() {
        return address;
    }

    /// Detaches the memory, when all waits for words of it have ended; the segment stays. More
    /// calls do nothing.
    ///
    /// @throws IllegalStateException while a system call uses the memory; close it again then
    @Override
    public void close() {
        mapping.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
