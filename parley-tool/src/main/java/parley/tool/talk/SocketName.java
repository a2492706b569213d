package parley.tool.talk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import parley.os.FileStatus;
import parley.socket.UnixAddress;

/// The file of a socket that we made, which goes with it.
final class SocketName implements Closeable {
    private final Optional<Path> path;
    private final Optional<FileStatus> made;

    /// Of a socket that has just been bound; an abstract name has no file.
    SocketName(UnixAddress name) throws IOException {
        path =
                name instanceof UnixAddress.PathAddress(Path file)
                        ? Optional.of(file)
                        : Optional.empty();
        made = now();
    }

    private Optional<FileStatus> now() throws IOException {
        return path.isEmpty() ? Optional.empty() : FileStatus.of(path.get().toString());
    }

    /// Removes it, unless it is another one by now.
    @Override
    public void close() throws IOException {
        var now = now();
        if (made.isPresent() && now.isPresent() && isSame(made.get(), now.get())) {
            var _ = Files.deleteIfExists(path.orElseThrow());
        }
    }

    private static boolean isSame(FileStatus a, FileStatus b) {
        return a.device() == b.device() && a.inode() == b.inode();
    }
}
