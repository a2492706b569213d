package parley.os;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import parley.kernel.Fcntl;
import parley.kernel.SysUn;

/// The path of a Unix socket as short as `struct sockaddr_un` has room for: a longer one is named
/// through a descriptor of its directory, `/proc/self/fd/N/name`, until this is closed.
public final class SocketPath implements AutoCloseable {
    /// Bytes of the longest name in a directory whose path is long.
    private static final int LAST_NAME_BYTES_MAX =
            SysUn.PATH_BYTES - "/proc/self/fd/1234567890/".length();

    private final String path;
    private final @Nullable Fd directory;

    private SocketPath(String path, @Nullable Fd directory) {
        this.path = path;
        this.directory = directory;
    }

    /// Shortens a path, if that is needed.
    ///
    /// @throws IllegalArgumentException if its last name is too long for that
    /// @throws OsException if the directory of a long one cannot be opened
    public static SocketPath of(Path path) throws OsException {
        check(path);
        if (bytes(path) <= SysUn.PATH_BYTES) {
            return new SocketPath(path.toString(), null);
        }
        var parent = path.resolveSibling(".");
        try (var arena = Arena.ofConfined()) {
            int flags = Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;
            int r = Fcntl.open(arena.allocateFrom(parent.toString()), flags, 0);
            var directory = Fd.of("open", parent.toString(), r);
            return new SocketPath("/proc/self/fd/" + r + "/" + path.getFileName(), directory);
        }
    }

    /// Refuses a path that cannot be shortened.
    ///
    /// @throws IllegalArgumentException if its last name is too long for that
    public static void check(Path path) {
        int bytes = bytes(path);
        int last = bytes(path.getFileName());
        if (bytes > SysUn.PATH_BYTES && last > LAST_NAME_BYTES_MAX) {
            throw new IllegalArgumentException(
                    ("of a socket's path of %d bytes the last name has at most %d, not %d;"
                                    + " a shorter name, or %d bytes in all, will do: %s")
                            .formatted(bytes, LAST_NAME_BYTES_MAX, last, SysUn.PATH_BYTES, path));
        }
    }

    /// How long a path is for the kernel, in bytes.
    public static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    /// A path of at most 108 bytes.
    public String path() {
        return path;
    }

    @Override
    public void close() {
        if (directory != null) {
            directory.close();
        }
    }
}
