package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import parley.kernel.SysSocket;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;

/// Who is at the other end of a Unix socket, by the word of the kernel. See unix(7), SO_PEERCRED.
///
/// @param credentials its process, user and group when it connected
/// @param groups its supplementary groups, 0 to 2^32-1
/// @param securityLabel what SELinux or another security module calls it; empty without one
public record Peer(Credentials credentials, List<Long> groups, Optional<String> securityLabel) {
    private static final int NOBODY = -1; // uid of a socket without peer
    private static final int GROUPS = 64; // as many as most have
    private static final int GROUPS_MAX = 65536; // NGROUPS_MAX
    static final int LABEL_BYTES_MAX = 4096;

    /// Keeps its own copy of the groups.
    public Peer {
        groups = List.copyOf(groups);
    }

    static Peer of(Fd fd, String object) throws IOException {
        return new Peer(credentials(fd, object), groups(fd, object), securityLabel(fd, object));
    }

    private static Credentials credentials(Fd fd, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var ucred = arena.allocate(SysSocket.UCRED);
            option(fd, object, SysSocket.SO_PEERCRED, ucred);
            if (ucred.get(JAVA_INT, SysSocket.UID) == NOBODY) {
                throw OsException.of("getsockopt", object, Errno.ENOTCONN.number());
            }
            return credentials(ucred);
        }
    }

    /// What a `struct ucred` says.
    static Credentials credentials(MemorySegment ucred) {
        return new Credentials(
                ucred.get(JAVA_INT, SysSocket.PID),
                Integer.toUnsignedLong(ucred.get(JAVA_INT, SysSocket.UID)),
                Integer.toUnsignedLong(ucred.get(JAVA_INT, SysSocket.GID)));
    }

    private static List<Long> groups(Fd fd, String object) throws IOException {
        try {
            return groups(fd, object, GROUPS);
        } catch (OsException e) {
            if (e.errno() == Errno.ERANGE) {
                return groups(fd, object, GROUPS_MAX);
            }
            throw e;
        }
    }

    private static List<Long> groups(Fd fd, String object, int count) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var list = arena.allocate(JAVA_INT, count);
            long bytes = option(fd, object, SysSocket.SO_PEERGROUPS, list);
            return Arrays.stream(list.asSlice(0, bytes).toArray(JAVA_INT))
                    .mapToObj(Integer::toUnsignedLong)
                    .toList();
        }
    }

    private static Optional<String> securityLabel(Fd fd, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var label = arena.allocate(LABEL_BYTES_MAX);
            long bytes = option(fd, object, SysSocket.SO_PEERSEC, label);
            return Optional.of(text(label.asSlice(0, bytes)));
        } catch (OsException e) {
            if (e.errno() == Errno.ENOPROTOOPT) { // no security module is there
                return Optional.empty();
            }
            throw e;
        }
    }

    /// A security label, which may or may not end with a zero.
    static String text(MemorySegment label) {
        return new String(label.toArray(JAVA_BYTE), StandardCharsets.UTF_8).replace("\0", "");
    }

    private static long option(Fd fd, String object, int name, MemorySegment value)
            throws IOException {
        return Sockets.option(fd, object, SysSocket.SOL_SOCKET, name, value);
    }

    /// Its process's number; 0 if that is in a PID namespace that cannot be seen from here.
    public int pid() {
        return credentials.pid();
    }

    /// Its effective user.
    public long uid() {
        return credentials.uid();
    }

    /// Its effective group.
    public long gid() {
        return credentials.gid();
    }
}
