package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import parley.kernel.Unistd;

/// Who a process is for the kernel. See credentials(7).
///
/// @param pid its number; 0 if it is in a PID namespace that cannot be seen from here
/// @param uid its effective user, 0 to 2^32-1
/// @param gid its effective group, 0 to 2^32-1
public record Credentials(int pid, long uid, long gid) {
    /// Those of this process.
    public static Credentials own() {
        return new Credentials(
                (int) ProcessHandle.current().pid(),
                Integer.toUnsignedLong(Unistd.geteuid()),
                Integer.toUnsignedLong(Unistd.getegid()));
    }

    /// The supplementary groups of this process.
    public static List<Long> ownGroups() throws OsException {
        try (var arena = Arena.ofConfined()) {
            int room =
                    (int)
                            OsException.check(
                                    "getgroups", "", Unistd.getgroups(0, arena.allocate(4)));
            var list = arena.allocate(JAVA_INT, Math.max(room, 1));
            int count = (int) OsException.check("getgroups", "", Unistd.getgroups(room, list));
            return Arrays.stream(list.asSlice(0, 4L * count).toArray(JAVA_INT))
                    .mapToObj(Integer::toUnsignedLong)
                    .toList();
        }
    }
}
