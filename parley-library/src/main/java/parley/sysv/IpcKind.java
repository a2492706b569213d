package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import parley.kernel.SysIpc;
import parley.kernel.SysMsg;
import parley.kernel.SysSem;
import parley.kernel.SysShm;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.OsException;

/// The three mechanisms in what they have in common: making, finding, looking at and removing.
///
/// Ids are not reused for long: the kernel counts a part of them up. So an id that is gone stays
/// gone, and needs no protection from being closed under a call.
enum IpcKind {
    MSG(""),
    SEM("(nsems)"),
    SHM("(size)");

    static final long PAGE_BYTES = Unistd.sysconf(Unistd._SC_PAGESIZE);

    private final String sizeArgument; // for errors
    private final String scheme = name().toLowerCase(Locale.ROOT);
    private final String getCall = scheme + "get";
    private final String controlCall = scheme + "ctl";

    IpcKind(String sizeArgument) {
        this.sizeArgument = sizeArgument;
    }

    /// Reads a status structure.
    @FunctionalInterface
    interface StatusReader<T> {
        T read(int id, MemorySegment status);
    }

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
        return create(key, size, mode, 0);
    }

    /// The same with flags that only this kind has.
    int create(IpcKey key, long size, FileMode mode, int flags) throws OsException {
        int r = get(key, size, newWith(mode) | flags);
        // Sizes that are too small do not come so far.
        var call = Errno.EINVAL.is(r) && flags == 0 ? getCall + sizeArgument : getCall;
        return (int) OsException.check(call, address(key), r);
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

    /// The status of all objects of this IPC namespace, also of those that we may not look at one
    /// by one. What is made or removed meanwhile may be missing.
    <T> List<T> list(StatusReader<T> reader) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var status = arena.allocate(statusLayout());
            int last = highestIndex(arena);
            var found = new ArrayList<T>();
            for (int index = 0; index <= last; index++) {
                int id = control(index, statAnyCommand(), status);
                if (!isGoneBy(id)) { // a place in the kernel's table may be empty
                    OsException.check(controlCall, scheme, id);
                    found.add(reader.read(id, status));
                }
            }
            return found;
        }
    }

    private int highestIndex(Arena arena) throws OsException {
        return (int) info(SysIpc.IPC_INFO, arena.allocate(limitsBytes()));
    }

    /// Asks for limits or use of all objects together.
    ///
    /// @param info the structure that this command fills
    long info(int command, MemorySegment info) throws OsException {
        return OsException.check(controlCall, scheme, control(0, command, info));
    }

    /// Changes the mode of an object.
    void setMode(int id, String address, FileMode mode) throws OsException {
        change(id, address, "", status -> status.set(JAVA_SHORT, SysIpc.MODE, (short) mode.bits()));
    }

    /// Changes the owner of an object, not its creator.
    void setOwner(int id, String address, long uid, long gid) throws OsException {
        int owner = IpcPermissions.checkedNumber(uid);
        int group = IpcPermissions.checkedNumber(gid);
        change(
                id,
                address,
                "",
                status -> {
                    status.set(JAVA_INT, SysIpc.UID, owner);
                    status.set(JAVA_INT, SysIpc.GID, group);
                });
    }

    /// Changes what IPC_SET takes of a status structure. The rest stays, unless somebody else
    /// changes it at the same moment.
    ///
    /// @param field what errors name, if they are about one
    void change(int id, String address, String field, Consumer<MemorySegment> change)
            throws OsException {
        try (var arena = Arena.ofConfined()) {
            var status = knownStatus(id, address, arena);
            change.accept(status);
            var call = controlCall + "(IPC_SET" + (field.isEmpty() ? "" : " " + field) + ")";
            check(call, id, address, control(id, SysIpc.IPC_SET, status));
        }
    }

    /// The same for those who may not read it, but change or use it: the list shows everybody
    /// everything.
    MemorySegment knownStatus(int id, String address, Arena arena) throws OsException {
        var status = arena.allocate(statusLayout());
        int r = control(id, SysIpc.IPC_STAT, status);
        if (Errno.EACCES.is(r)) {
            var _ =
                    list((listed, theirs) ->
                            listed == id ? status.copyFrom(theirs) : MemorySegment.NULL);
            return status;
        }
        check(controlCall, id, address, r);
        return status;
    }

    /// A command of the mechanism's own that takes no structure.
    ///
    /// @param name the command's, for errors
    void order(int id, String address, int command, String name) throws OsException {
        int r = control(id, command, MemorySegment.NULL);
        check(controlCall + "(" + name + ")", id, address, r);
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

    private long limitsBytes() {
        return switch (this) {
            case MSG -> SysMsg.MSGINFO.byteSize();
            case SEM -> SysSem.SEMINFO.byteSize();
            case SHM -> SysShm.SHMINFO.byteSize();
        };
    }

    private int statAnyCommand() {
        return switch (this) {
            case MSG -> SysMsg.MSG_STAT_ANY;
            case SEM -> SysSem.SEM_STAT_ANY;
            case SHM -> SysShm.SHM_STAT_ANY;
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
