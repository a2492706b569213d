package parley.sysv;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import parley.kernel.SysIpc;
import parley.os.Errno;
import parley.os.FileStatus;
import parley.os.OsException;

/// The number under which processes find the same System V object. See sysvipc(7).
///
/// Queues, semaphore sets and segments each have keys of their own: one of each may have the same.
///
/// @param value any number; 0 is [#PRIVATE]
public record IpcKey(int value) {
    /// `IPC_PRIVATE`: no key. Objects made with it are all different, and found by their id alone.
    public static final IpcKey PRIVATE = new IpcKey(SysIpc.IPC_PRIVATE);

    /// The key of this number.
    ///
    /// @throws IllegalArgumentException for 0, which makes a new object every time and finds none
    public static IpcKey of(int value) {
        if (value == SysIpc.IPC_PRIVATE) {
            throw new IllegalArgumentException(
                    "0 is IPC_PRIVATE, under which nothing can be found: ask for it by that name");
        }
        return new IpcKey(value);
    }

    /// The key that ftok(3) gives for a file and a number, made of the file's inode and device; so
    /// it is another one when the file is made anew, and may by chance be that of another file,
    /// which [#ftok(Collection, int)] finds out.
    ///
    /// @param path an existing file of any kind; symbolic links are followed
    /// @param projectId C's `proj_id`, often a letter; its lowest 8 bits count
    /// @throws parley.os.NotFoundException if there is no such file
    /// @throws OsException `EACCES` if a directory on the way may not be searched
    /// @throws IllegalArgumentException if it comes to 0, which only a `projectId` of 0 can
    public static IpcKey ftok(Path path, int projectId) throws OsException {
        return of(target(path).ftok(projectId));
    }

    private static FileStatus target(Path path) throws OsException {
        var file = FileStatus.ofTarget(path.toString());
        if (file.isEmpty()) {
            throw OsException.of("ftok", path.toString(), Errno.ENOENT.number());
        }
        return file.get();
    }

    /// The keys that [#ftok] gives for files, each with its files: more than one is a collision, of
    /// which ftok(3) itself says nothing. Who uses the key of one of them meets the objects of the
    /// other.
    ///
    /// A key has 16 bits of the inode and 8 of the device; among 300 files of a disk a collision is
    /// likelier than not.
    ///
    /// @param paths existing files; several names of one file are no collision, and count once
    /// @throws parley.os.NotFoundException if one of them does not exist
    public static Map<IpcKey, List<Path>> ftok(Collection<Path> paths, int projectId)
            throws OsException {
        var seen = new HashSet<List<Long>>();
        var found = new LinkedHashMap<IpcKey, List<Path>>();
        for (var path : paths) {
            var file = target(path);
            if (seen.add(List.of(file.device(), file.inode()))) {
                var key = of(file.ftok(projectId));
                found.computeIfAbsent(key, _ -> new ArrayList<>()).add(path);
            }
        }
        return found;
    }

    /// As in an address: `0x2a01`.
    @Override
    public String toString() {
        return "0x" + Integer.toHexString(value);
    }
}
