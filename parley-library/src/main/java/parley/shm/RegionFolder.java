package parley.shm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.OsException;

/// The folder in `/dev/shm` that belongs to this user alone, `/dev/shm/parley-UID`, where regions
/// with names are files.
///
/// Everybody may make files in `/dev/shm`. So nothing of the folder is believed but what the kernel
/// says of the opened one, and files are reached through that.
final class RegionFolder implements AutoCloseable {
    private static final String SHARED_MEMORY = "/dev/shm";
    private static final int NAME_BYTES_MAX = 200;
    private static final int OTHERS = 077;

    private final Path path;
    private final Fd fd;

    private RegionFolder(Path path, Fd fd) {
        this.path = path;
        this.fd = fd;
    }

    /// Opens it, and makes it if it is not there.
    ///
    /// @throws parley.os.NotPermittedException `EPERM` if it is another user's, or others may use
    ///   it
    static RegionFolder open() throws IOException {
        var path = Path.of(SHARED_MEMORY, "parley-" + Credentials.own().uid());
        try {
            var onlyOwner = PosixFilePermissions.fromString("rwx------");
            var _ = Files.createDirectory(path, PosixFilePermissions.asFileAttribute(onlyOwner));
        } catch (FileAlreadyExistsException _) {
            // As mostly.
        }
        int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
        var fd = open(path.toString(), path.toString(), flags);
        try {
            requireOwn(FileStatus.of(fd), path.toString());
            return new RegionFolder(path, fd);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static Fd open(String path, String object, int flags) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int mode = FileMode.OWNER_ONLY.bits();
            int r = Fcntl.open(arena.allocateFrom(path), flags, mode);
            return Fd.of("open", object, r);
        }
    }

    /// Opens an object that is open anew: with an open file description of its own.
    ///
    /// @throws parley.os.NotPermittedException `EPERM` if it is not this user's alone
    static Fd openAnew(Fd fd, String object, int flags) throws IOException {
        int number = fd.enter();
        try {
            requireOwn(FileStatus.of(fd), object);
            return open("/proc/self/fd/" + number, object, flags | Fcntl.O_CLOEXEC);
        } finally {
            fd.exit();
        }
    }

    private static void requireOwn(FileStatus status, String object) throws OsException {
        long own = Credentials.own().uid();
        if (status.uid() != own || (status.mode().bits() & OTHERS) != 0) {
            var why =
                    "it belongs to uid %d and has mode %s, where only uid %d may use it"
                            .formatted(status.uid(), status.mode(), own);
            throw OsException.of("open", object, Errno.EPERM.number(), why);
        }
    }

    /// What errors call a file in it.
    String object(String name) {
        return "file:" + path + "/" + name; // also where the locale has no such names
    }

    private String inside(String name) {
        return "/proc/self/fd/" + fd.number() + "/" + name;
    }

    /// A file that has no name yet.
    Fd openUnnamed(String name) throws IOException {
        int flags = Fcntl.O_TMPFILE | Fcntl.O_RDWR | Fcntl.O_CLOEXEC;
        var file = open("/proc/self/fd/" + fd.number(), object(name), flags);
        try {
            FileMode.OWNER_ONLY.applyTo(file, object(name)); // whatever the umask is
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Of all files in it that have a region's name, sorted.
    List<String> names() throws IOException {
        try (var all = Files.list(Path.of(inside("")))) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /// Refuses a name that is taken, before anything is made for it.
    ///
    /// @throws parley.os.AlreadyExistsException if it is
    void requireFree(String name) throws OsException {
        if (Files.exists(Path.of(inside(name)), LinkOption.NOFOLLOW_LINKS)) {
            throw OsException.of("linkat", object(name), Errno.EEXIST.number());
        }
    }

    /// Gives such a file its name.
    ///
    /// @throws parley.os.AlreadyExistsException if there is one
    void publish(Fd file, String name) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var unnamed = arena.allocateFrom("/proc/self/fd/" + file.number());
            var path = arena.allocateFrom(inside(name));
            int r = Unistd.linkat(unnamed, path, Fcntl.AT_SYMLINK_FOLLOW);
            OsException.check("linkat", object(name), r);
        }
    }

    /// Opens a file.
    ///
    /// @throws parley.os.NotFoundException if there is none
    /// @throws parley.os.NotPermittedException `EPERM` if it is not this user's alone
    /// @throws OsException `ELOOP` if it is a symbolic link, `EINVAL` if it is no file
    Fd open(String name) throws IOException {
        int flags = Fcntl.O_RDWR | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC;
        var file = open(inside(name), object(name), flags);
        try {
            var status = FileStatus.of(file);
            if (status.kind() != FileStatus.Kind.FILE) {
                var what = "it is " + status.kind().words();
                throw OsException.of("open", object(name), Errno.EINVAL.number(), what);
            }
            requireOwn(status, object(name));
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// True if a file that was opened still has its name.
    boolean isStill(Fd file, String name) throws IOException {
        var opened = FileStatus.of(file);
        return FileStatus.of(inside(name))
                .filter(found -> found.inode() == opened.inode())
                .isPresent();
    }

    void unlink(String name) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int r = Unistd.unlink(arena.allocateFrom(inside(name)));
            OsException.check("unlink", object(name), r);
        }
    }

    /// Is it a name: 1 to 200 bytes without a slash, that do not begin with a dot?
    static boolean isName(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        return bytes >= 1
                && bytes <= NAME_BYTES_MAX
                && !name.startsWith(".")
                && name.indexOf('/') < 0
                && name.indexOf('\0') < 0;
    }

    /// Refuses what is no name.
    static String check(String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "a name has 1 to %d bytes, no slash, and no dot at its beginning: %s"
                            .formatted(NAME_BYTES_MAX, name.replace('\0', '?')));
        }
        return name;
    }

    @Override
    public void close() {
        fd.close();
    }
}
