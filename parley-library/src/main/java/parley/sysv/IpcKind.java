package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import parley.kernel.SysIpc;
import parley.kernel.SysMsg;
import parley.kernel.SysSem;
import parley.kernel.SysShm;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.OsException;

/// The three mechanisms in what they have in common: making, finding, looking at and removing.
///
/// Ids are not reused for long: the kernel counts a part of them up. So an id that is gone stays
/// gone, and needs no protection from being closed under a call.
enum IpcKind {
    MSG,
    SEM,
    SHM;

    private final String scheme = name().toLowerCase(Locale.ROOT);
    private final String getCall = scheme + "get";
    private final String controlCall = scheme + "ctl";

    /// An object that was found or made.
    record Obtained(int id, boolean isNew) {}

    /// `msg:0x2a01`; `msg:#7` if it has no key.
    String address(IpcKey key, int id) {
        return key.equals(IpcKey.PRIVATE) ? address(id) : address(key);
    }

    String address(int id) {
        return scheme + ":#" + id;
    }

    private String address(IpcKey key) {
        return scheme + ":" + (key.equals(IpcKey.PRIVATE) ? "private" : key);
    }

    /// Makes an object that was not there.
    ///
    /// @param size semaphores or bytes; queues have none
    int create(IpcKey key, long size, FileMode mode) throws OsException {
        int r = get(key, size, newWith(mode));
        return (int) OsException.check(getCall, address(key), r);
    }

    /// Finds an object. It asks for no permission: the kernel checks that with every operation.
    ///
    /// @param size what it must have at least
    int find(IpcKey key, long size) throws OsException {
        int r = get(named(key), size, 0);
        return (int) OsException.check(getCall, address(key), r);
    }

    /// Finds an object, or makes it. Goes round again only if another process removed it meanwhile.
    Obtained findOrCreate(IpcKey key, long size) throws OsException {
        while (true) {
            int r = get(named(key), size, newWith(FileMode.OWNER_ONLY));
            if (!Errno.EEXIST.is(r)) {
                return new Obtained((int) OsException.check(getCall, address(key), r), true);
            }
            r = get(key, size, 0);
            if (!Errno.ENOENT.is(r)) {
                return new Obtained((int) OsException.check(getCall, address(key), r), false);
            }
        }
    }

    private static int newWith(FileMode mode) {
        return SysIpc.IPC_CREAT | SysIpc.IPC_EXCL | mode.bits();
    }

    private static IpcKey named(IpcKey key) {
        if (key.equals(IpcKey.PRIVATE)) {
            throw new IllegalArgumentException(
                    "nothing can be found under IPC_PRIVATE: find it by its id");
        }
        return key;
    }

    /// Makes sure that an id is one, of an object that we may perhaps not look at.
    ///
    /// @throws parley.os.NotFoundException if there is no such object
    void find(int id) throws OsException {
        if (isGone(id)) {
            throw absent(id);
        }
    }

    private OsException absent(int id) {
        return OsException.of(controlCall, address(id), Errno.ENOENT.number());
    }

    /// The object's `struct msqid_ds`, `semid_ds` or `shmid_ds`.
    MemorySegment status(int id, String address, Arena arena) throws OsException {
        var status = arena.allocate(statusLayout());
        check(controlCall, id, address, control(id, SysIpc.IPC_STAT, status));
        return status;
    }

    /// A moment in a status structure; empty if it has not come yet.
    static Optional<Instant> time(MemorySegment status, long offset) {
        long seconds = status.get(JAVA_LONG, offset);
        return seconds == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(seconds));
    }

    /// Passes on a result that is not an error.
    ///
    /// The kernel says EIDRM only to calls that wait when the object is removed. To later ones it
    /// says EINVAL, as for a bad argument; here they get EIDRM too, once the id is known to be
    /// gone.
    ///
    /// @throws parley.os.RemovedException if the object was removed
    long check(String call, int id, String address, long r) throws OsException {
        if (Errno.EINVAL.is(r) && isGone(id)) {
            throw OsException.of(call, address, Errno.EIDRM.number());
        }
        return OsException.check(call, address, r);
    }

    private boolean isGone(int id) {
        try (var arena = Arena.ofConfined()) {
            return isGoneBy(control(id, SysIpc.IPC_STAT, arena.allocate(statusLayout())));
        }
    }

    private static boolean isGoneBy(int r) {
        return Errno.EINVAL.is(r) || Errno.EIDRM.is(r);
    }

    /// Removes an object that we hold.
    ///
    /// @throws parley.os.RemovedException if it was removed before
    void remove(int id, String address) throws OsException {
        check(controlCall, id, address, control(id, SysIpc.IPC_RMID, MemorySegment.NULL));
    }

    /// Removes an object that we only know by name.
    ///
    /// @throws parley.os.NotFoundException if there is no such object
    void remove(int id) throws OsException {
        int r = control(id, SysIpc.IPC_RMID, MemorySegment.NULL);
        if (isGoneBy(r)) {
            throw absent(id);
        }
        OsException.check(controlCall, address(id), r);
    }

    /// Removes an object that we have just made and that nobody will get.
    void discard(int id) {
        var _ = control(id, SysIpc.IPC_RMID, MemorySegment.NULL); // refused: somebody else has
    }

    private StructLayout statusLayout() {
        return switch (this) {
            case MSG -> SysMsg.MSQID_DS;
            case SEM -> SysSem.SEMID_DS;
            case SHM -> SysShm.SHMID_DS;
        };
    }

    private int get(IpcKey key, long size, int flags) {
        return switch (this) {
            case MSG -> SysMsg.msgget(key.value(), flags);
            case SEM -> SysSem.semget(key.value(), (int) size, flags);
            case SHM -> SysShm.shmget(key.value(), size, flags);
        };
    }

    private int control(int id, int command, MemorySegment status) {
        return switch (this) {
            case MSG -> SysMsg.msgctl(id, command, status);
            case SEM -> SysSem.semctl(id, 0, command, status);
            case SHM -> SysShm.shmctl(id, command, status);
        };
    }
}
