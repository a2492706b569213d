package parley.tool.demo;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The file that is carried, as it was at the start.
///
/// @param path where it is
/// @param bytes how long it was; of a file that grows only these are carried
/// @param checksum of these bytes
record Content(Path path, long bytes, String checksum) {
    /// Reads it once.
    static Content of(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var digest = Digest.of(channel, Long.MAX_VALUE);
            return new Content(path, digest.bytes(), digest.checksum());
        }
    }

    /// Opens it. For one mechanism only, as an interrupt closes a channel.
    FileChannel open() throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ);
    }

    boolean isUnchanged() throws IOException {
        try (var channel = open()) {
            return Digest.of(channel, bytes).checksum().equals(checksum);
        }
    }
}
