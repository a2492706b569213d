package parley.socket;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import parley.kernel.SysUn;
import parley.os.SocketPath;
import parley.os.Spelling;

/// The name of a Unix socket. See unix(7).
///
/// `toString` spells it as addresses do, without the scheme: `/path` or `@abstract`, see
/// [Spelling].
public sealed interface UnixAddress {
    /// Bytes of the longest abstract name: `sun_path` without the zero at its start.
    int NAME_BYTES_MAX = SysUn.PATH_BYTES - 1;

    /// Bytes of the longest path. Beyond 108 the kernel is given the directory's descriptor and the
    /// last name, which has at most 83.
    int PATH_BYTES_MAX = 4095;

    /// That of a socket nobody gave a name.
    UnixAddress UNNAMED = new Unnamed();

    /// A name in the file system, with an owner and a mode; it stays there until it is unlinked.
    ///
    /// @param path made with [#path], or as another program bound it
    record PathAddress(Path path) implements UnixAddress {
        @Override
        public String toString() {
            var text = Spelling.escape(path.toString());
            return text.startsWith("@") ? "./" + text : text;
        }
    }

    /// A name outside of the file system, valid in its network namespace: no owner, no mode,
    /// anybody may connect; it goes with its socket.
    ///
    /// @param name any bytes, zeros too, at most [#NAME_BYTES_MAX]; without the leading zero byte
    @SuppressWarnings("ArrayRecordComponent") // copied, and compared by content
    record AbstractAddress(byte[] name) implements UnixAddress {
        public AbstractAddress {
            if (name.length > NAME_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "an abstract name has at most %d bytes, not %d"
                                .formatted(NAME_BYTES_MAX, name.length));
            }
            name = name.clone();
        }

        @Override
        public byte[] name() {
            return name.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof AbstractAddress that && Arrays.equals(name, that.name);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(name);
        }

        @Override
        public String toString() {
            return "@" + Spelling.escape(name);
        }
    }

    /// No name: of a socket that was not bound, such as a client's.
    record Unnamed() implements UnixAddress {
        @Override
        public String toString() {
            return "(unnamed)";
        }
    }

    /// A name in the file system.
    ///
    /// @throws IllegalArgumentException if it is empty or longer than [#PATH_BYTES_MAX] bytes; or
    ///   longer than 108, and its last name longer than 83
    static UnixAddress path(Path path) {
        int bytes = SocketPath.bytes(path);
        if (bytes < 1 || bytes > PATH_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "the path of a socket has 1 to %d bytes, not %d: %s"
                            .formatted(PATH_BYTES_MAX, bytes, path));
        }
        if (path.getFileName() != null) {
            SocketPath.check(path);
        }
        return new PathAddress(path);
    }

    /// A name outside of the file system, in UTF-8.
    ///
    /// @param name without a leading `@`
    /// @throws IllegalArgumentException if it is longer than [#NAME_BYTES_MAX] bytes
    static UnixAddress abstractName(String name) {
        return abstractName(name.getBytes(StandardCharsets.UTF_8));
    }

    /// A name outside of the file system.
    ///
    /// @throws IllegalArgumentException if it is longer than [#NAME_BYTES_MAX] bytes
    static UnixAddress abstractName(byte[] name) {
        return new AbstractAddress(name);
    }
}
