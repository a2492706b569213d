package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Instant;
import java.util.Optional;
import parley.kernel.SysIpc;
import parley.kernel.SysShm;
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
    private static final long ANY_ADDRESS = 0;

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
    /// @param bytes its length
    /// @param attachments how often it is attached, in all processes
    /// @param creatorPid the process that made it
    /// @param lastPid the process that attached or detached it last; 0 if none has
    /// @param lastAttachTime when it was last attached; empty if it never was
    /// @param lastDetachTime when it was last detached; empty if it never was
    /// @param changeTime when it was made, or its permissions last changed
    /// @param isRemoved true if it was removed, and stays only until nobody has it attached
    /// @param permissions whose it is, and who may do what
    public record Status(
            long bytes,
            long attachments,
            int creatorPid,
            int lastPid,
            Optional<Instant> lastAttachTime,
            Optional<Instant> lastDetachTime,
            Instant changeTime,
            boolean isRemoved,
            IpcPermissions permissions) {}

    /// Makes a segment with mode 0600, full of zeros, and attaches it.
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
        requireSize(bytes);
        return attachedNew(key, IpcKind.SHM.create(key, bytes, mode));
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
        int id = IpcKind.SHM.find(key, 0);
        return attached(IpcKind.SHM.address(key, id), id, protection);
    }

    /// Attaches an existing segment by its number in this IPC namespace; a removed one too, as long
    /// as somebody has it attached.
    ///
    /// @throws NotFoundException if there is none of this id
    /// @throws parley.os.NotPermittedException if its mode does not allow it
    public static SysvSharedMemory openById(int id, Protection protection) throws OsException {
        IpcKind.SHM.find(id);
        return attached(IpcKind.SHM.address(id), id, protection);
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
            try {
                return obtained.isNew()
                        ? attachedNew(key, id)
                        : attached(IpcKind.SHM.address(key, id), id, Protection.READ_WRITE);
            } catch (RemovedException _) {
                // By somebody else, meanwhile: again.
            }
        }
    }

    private static SysvSharedMemory attachedNew(IpcKey key, int id) throws OsException {
        try {
            return attached(IpcKind.SHM.address(key, id), id, Protection.READ_WRITE);
        } catch (OsException | RuntimeException e) {
            IpcKind.SHM.discard(id);
            throw e;
        }
    }

    private static SysvSharedMemory attached(String address, int id, Protection protection)
            throws OsException {
        long bytes = bytes(id, address);
        boolean isReadOnly = protection == Protection.READ_ONLY;
        long r = SysShm.shmat(id, ANY_ADDRESS, isReadOnly ? SysShm.SHM_RDONLY : 0);
        long start = IpcKind.SHM.check("shmat", id, address, r);

        // Detaching fails only where nothing is attached.
        var mapping = Mapping.attached(start, bytes, protection, () -> SysShm.shmdt(start));
        return new SysvSharedMemory(address, id, mapping);
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
            return new Status(
                    status.get(JAVA_LONG, SysShm.SHM_SEGSZ),
                    status.get(JAVA_LONG, SysShm.SHM_NATTCH),
                    status.get(JAVA_INT, SysShm.SHM_CPID),
                    status.get(JAVA_INT, SysShm.SHM_LPID),
                    IpcKind.time(status, SysShm.SHM_ATIME),
                    IpcKind.time(status, SysShm.SHM_DTIME),
                    Instant.ofEpochSecond(status.get(JAVA_LONG, SysShm.SHM_CTIME)),
                    (status.get(JAVA_SHORT, SysIpc.MODE) & SysShm.SHM_DEST) != 0,
                    IpcPermissions.of(status));
        }
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
