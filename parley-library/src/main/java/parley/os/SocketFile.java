package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import parley.kernel.SysSocket;
import parley.kernel.SysUn;

/// The file of a Unix socket, which outlives its process: whether anybody is still behind it.
///
/// The file itself is asked, and not the list in `/proc/net/unix`: that has the names at the moment
/// of the bind, and for one network namespace, so a live socket whose file was renamed since would
/// look dead.
public final class SocketFile {
    private SocketFile() {}

    /// Whether a process has a socket bound to a file.
    public enum Owner {
        /// Some process has, be it listening or not yet.
        LIVE,
        /// Nobody has any more, or the file itself is gone.
        GONE,
        /// It cannot be told; this process may not write to it, for one.
        UNKNOWN
    }

    /// Asks for the owner of a socket file.
    ///
    /// A datagram socket asks: connecting it disturbs nobody, and a socket of another type answers
    /// EPROTOTYPE where a connection would have to be accepted, and where one that is bound but
    /// does not listen yet would look like a dead one.
    ///
    /// @param path long ones too
    /// @throws OsException if no socket can be made to ask with
    public static Owner owner(String path) throws IOException {
        int type = SysSocket.SOCK_DGRAM | SysSocket.SOCK_CLOEXEC;
        int r = SysSocket.socket(SysSocket.AF_UNIX, type, 0);
        try (var probe = Fd.of("socket", "unix-dgram:" + path, r);
                var shortened = SocketPath.of(Path.of(path));
                var arena = Arena.ofConfined()) {
            int number = probe.enter();
            try {
                return answer(SysSocket.connect(number, name(shortened.path(), arena)));
            } finally {
                probe.exit();
            }
        }
    }

    private static Owner answer(int connected) {
        if (connected == 0) {
            return Owner.LIVE;
        }
        return switch (Errno.of(-connected)) {
            case EPROTOTYPE, EPERM -> Owner.LIVE; // EPERM: it receives from its own peer only
            case ECONNREFUSED, ENOENT -> Owner.GONE;
            default -> Owner.UNKNOWN;
        };
    }

    /// A path ends with the first zero, or with the name; so the rest of the structure may follow.
    private static MemorySegment name(String path, Arena arena) {
        var bytes = path.getBytes(StandardCharsets.UTF_8);
        var name = arena.allocate(SysUn.SOCKADDR_UN);
        name.set(JAVA_SHORT, 0, (short) SysSocket.AF_UNIX);
        MemorySegment.copy(bytes, 0, name, JAVA_BYTE, SysUn.SUN_PATH, bytes.length);
        return name;
    }
}
