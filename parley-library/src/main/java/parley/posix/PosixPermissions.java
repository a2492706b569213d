package parley.posix;

import java.io.IOException;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.OsException;

/// Whose a POSIX object is, and who may open it for what. See inode(7), chown(2).
///
/// @param ownerUid who owns it, and may change its mode and take its name away
/// @param ownerGid the owner's group
/// @param mode reading and writing for the owner, the group and others
public record PosixPermissions(long ownerUid, long ownerGid, FileMode mode) {
    private static final long ID_MAX = 0xffff_fffeL; // the one above means "as it is" to chown(2)

    public PosixPermissions {
        if (ownerUid < 0 || ownerUid > ID_MAX || ownerGid < 0 || ownerGid > ID_MAX) {
            throw new IllegalArgumentException(
                    "not a user and a group: " + ownerUid + ":" + ownerGid);
        }
    }

    /// The same with another owner and group; giving an object away needs CAP_CHOWN.
    public PosixPermissions withOwner(long uid, long gid) {
        return new PosixPermissions(uid, gid, mode);
    }

    /// The same with another mode.
    public PosixPermissions withMode(FileMode other) {
        return new PosixPermissions(ownerUid, ownerGid, other);
    }

    static PosixPermissions of(Fd fd) throws IOException {
        var status = FileStatus.of(fd);
        return new PosixPermissions(status.uid(), status.gid(), status.mode());
    }

    /// Changes what is different: the mode first, for whoever has given an object away may not.
    ///
    /// @param object what it is, for errors
    void applyTo(Fd fd, String object) throws IOException {
        mode.applyTo(fd, object);
        var now = of(fd);
        if (now.ownerUid != ownerUid || now.ownerGid != ownerGid) {
            int number = fd.enter();
            try {
                int r = Unistd.fchown(number, (int) ownerUid, (int) ownerGid);
                OsException.check("fchown", object, r);
            } finally {
                fd.exit();
            }
        }
    }
}
