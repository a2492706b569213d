package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import parley.kernel.SysSocket;
import parley.kernel.SysUn;
import parley.os.SocketPath;

/// Names of Unix sockets as the kernel has them: `struct sockaddr_un` and a length that counts.
final class UnixNames {
    private static final int UTF_8_BYTES_MAX = 3; // of one char

    private UnixNames() {}

    /// True if a path has no room in the structure.
    static boolean isLong(Path path) {
        boolean isSurelyShort = path.toString().length() * UTF_8_BYTES_MAX <= SysUn.PATH_BYTES;
        return !isSurelyShort && SocketPath.bytes(path) > SysUn.PATH_BYTES;
    }

    /// The name as a segment of exactly its length.
    static MemorySegment encode(UnixAddress address, Arena arena) {
        var name = arena.allocate(SysUn.SOCKADDR_UN);
        return name.asSlice(0, encode(address, name));
    }

    /// Writes a name to zeroed memory of the size of `struct sockaddr_un`, or more.
    ///
    /// @return its length, the family included
    static long encode(UnixAddress address, MemorySegment to) {
        to.set(JAVA_SHORT, 0, (short) SysSocket.AF_UNIX);
        return switch (address) {
            case UnixAddress.PathAddress(Path path) -> {
                var bytes = path.toString().getBytes(StandardCharsets.UTF_8);
                if (bytes.length > SysUn.PATH_BYTES) {
                    throw new IllegalArgumentException("too long for a batch: connect to " + path);
                }
                copy(bytes, to, SysUn.SUN_PATH);
                yield terminated(to, SysUn.SUN_PATH + bytes.length);
            }
            case UnixAddress.AbstractAddress(byte[] name) -> {
                to.set(JAVA_BYTE, SysUn.SUN_PATH, (byte) 0);
                copy(name, to, SysUn.SUN_PATH + 1);
                yield SysUn.SUN_PATH + 1 + name.length;
            }
            case UnixAddress.Unnamed() ->
                    throw new IllegalArgumentException("needs an address with a name");
        };
    }

    /// Puts the zero after a path, for which the longest one leaves no room, nor needs it.
    private static long terminated(MemorySegment path, long length) {
        if (length == SysUn.SOCKADDR_UN.byteSize()) {
            return length;
        }
        path.set(JAVA_BYTE, length, (byte) 0);
        return length + 1;
    }

    private static void copy(byte[] bytes, MemorySegment to, long offset) {
        MemorySegment.copy(bytes, 0, to, JAVA_BYTE, offset, bytes.length);
    }

    /// Reads a name that the kernel wrote; one that is no path in this JVM's character set counts
    /// as none.
    static UnixAddress decode(MemorySegment from, int length) {
        int bytes = (int) (Math.min(length, SysUn.SOCKADDR_UN.byteSize()) - SysUn.SUN_PATH);
        if (bytes <= 0) {
            return UnixAddress.UNNAMED;
        }
        var name = from.asSlice(SysUn.SUN_PATH, bytes).toArray(JAVA_BYTE);
        if (name[0] == 0) {
            return UnixAddress.abstractName(Arrays.copyOfRange(name, 1, bytes));
        }
        int end = 0;
        while (end < bytes && name[end] != 0) {
            end++;
        }
        try {
            // Strictly: with a replaced character it would be the path of somebody else.
            var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name, 0, end));
            return new UnixAddress.PathAddress(Path.of(text.toString()));
        } catch (CharacterCodingException | InvalidPathException _) {
            return UnixAddress.UNNAMED;
        }
    }
}
