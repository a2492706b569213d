package parley.socket;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import parley.os.OsException;
import parley.os.SocketPath;

/// A name that fits into `struct sockaddr_un`: that of a long path until this is closed.
///
/// @param address the name to call the kernel with
/// @param path what keeps it, if it had to be shortened
record ShortName(UnixAddress address, @Nullable SocketPath path) implements AutoCloseable {
    static ShortName of(UnixAddress address) throws OsException {
        if (address instanceof UnixAddress.PathAddress(Path path) && UnixNames.isLong(path)) {
            var shortened = SocketPath.of(path);
            return new ShortName(new UnixAddress.PathAddress(Path.of(shortened.path())), shortened);
        }
        return new ShortName(address, null);
    }

    @Override
    public void close() {
        if (path != null) {
            path.close();
        }
    }
}
