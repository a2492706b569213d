package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import parley.kernel.SysIpc;
import parley.os.FileMode;

/// Whose a System V object is, and who may do what with it. See sysvipc(7).
///
/// @param key [IpcKey#PRIVATE] if it has none, or no longer has one
/// @param ownerUid who owns it, and may change and remove it
/// @param ownerGid the owner's group
/// @param creatorUid who made it, and may change and remove it too
/// @param creatorGid the creator's group
/// @param mode reading and writing for owner and creator, both groups, and others; for a semaphore
///   set, writing is changing its values
/// @param sequence how often the kernel has used this object's place in its table
public record IpcPermissions(
        IpcKey key,
        long ownerUid,
        long ownerGid,
        long creatorUid,
        long creatorGid,
        FileMode mode,
        int sequence) {
    private static final int MODE_BITS = 0777; // above them: SHM_DEST, SHM_LOCKED

    private static final long NUMBER_MAX = 0xffff_fffeL; // one more means: none

    /// A user's or group's number as C has it.
    static int checkedNumber(long number) {
        if (number < 0 || number > NUMBER_MAX) {
            throw new IllegalArgumentException("not the number of a user or group: " + number);
        }
        return (int) number;
    }

    /// Reads a `struct ipc_perm`, with which all three status structures begin.
    static IpcPermissions of(MemorySegment status) {
        return new IpcPermissions(
                new IpcKey(status.get(JAVA_INT, SysIpc.KEY)),
                Integer.toUnsignedLong(status.get(JAVA_INT, SysIpc.UID)),
                Integer.toUnsignedLong(status.get(JAVA_INT, SysIpc.GID)),
                Integer.toUnsignedLong(status.get(JAVA_INT, SysIpc.CUID)),
                Integer.toUnsignedLong(status.get(JAVA_INT, SysIpc.CGID)),
                new FileMode(status.get(JAVA_SHORT, SysIpc.MODE) & MODE_BITS),
                Short.toUnsignedInt(status.get(JAVA_SHORT, SysIpc.SEQ)));
    }
}
