package parley.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import parley.kernel.Fcntl;
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

    /// Those of a file: without opening it for anything, which its mode may not allow its owner.
    static PosixPermissions ofFile(String path, String object) throws IOException {
        try (var fd = openPath(path, object)) {
            return of(fd);
        }
    }

    private static Fd openPath(String path, String object) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int flags = Fcntl.O_PATH | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
            return Fd.of("open", object, Fcntl.open(arena.allocateFrom(path), flags, 0));
        }
    }

    static PosixPermissions of(Fd fd) throws IOException {
        var status = FileStatus.of(fd);
        return new PosixPermissions(status.uid(), status.gid(), status.mode());
    }

    /// The same of a file.
    void applyToFile(String path, String object) throws IOException {
        try (var fd = openPath(path, object)) {
            applyTo(fd, object);
        }
    }

    /// Changes what is different, all of it or nothing: the mode first, for whoever has given an
    /// object away may not.
    ///
    /// @param object what it is, for errors
    void applyTo(Fd fd, String object) throws IOException {
        var before = of(fd);
        mode.applyTo(fd, object);
        if (before.ownerUid != ownerUid || before.ownerGid != ownerGid) {
            try {
                giveAway(fd, object);
            } catch (IOException e) {
                before.mode.applyTo(fd, object);
                throw e;
            }
        }
    }

    private void giveAway(Fd fd, String object) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            // fchown(2) would refuse a descriptor that only holds a path.
            var itself = arena.allocateFrom("");
            int uid = (int) ownerUid;
            int gid = (int) ownerGid;
            int r = Unistd.fchownat(number, itself, uid, gid, Fcntl.AT_EMPTY_PATH);
            OsException.check("fchownat", object, r);
        } finally {
            fd.exit();
        }
    }
}
