package parley.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import parley.kernel.SysMount;
import parley.os.Fd;
import parley.os.OsException;

/// The file system whose files are the queues. See mq_overview(7), "Mounting the message queue
/// filesystem".
final class QueueFolder {
    private static final String TYPE = "mqueue";
    private static final Path MOUNTS = Path.of("/proc/self/mounts");

    private QueueFolder() {}

    static List<PosixName> list() throws IOException {
        Fd own;
        try {
            own = open();
        } catch (OsException e) { // not root, or forbidden in a container
            return PosixNames.list(Path.of(mounted().orElseThrow(() -> e)), false);
        }
        try (own) {
            return PosixNames.list(Path.of("/proc/self/fd/" + own.number()), false);
        }
    }

    /// That of this IPC namespace, mounted nowhere: it is seen by nobody else, and is gone with the
    /// descriptor.
    private static Fd open() throws IOException {
        try (var arena = Arena.ofConfined()) {
            int r = SysMount.fsopen(arena.allocateFrom(TYPE), SysMount.FSOPEN_CLOEXEC);
            try (var context = Fd.of("fsopen", TYPE, r)) {
                int number = context.number();
                r = SysMount.fsconfig(number, SysMount.FSCONFIG_CMD_CREATE);
                OsException.check("fsconfig", TYPE, r);
                r = SysMount.fsmount(number, SysMount.FSMOUNT_CLOEXEC, 0);
                return Fd.of("fsmount", TYPE, r);
            }
        }
    }

    private static Optional<String> mounted() throws IOException {
        return Files.readAllLines(MOUNTS).stream()
                .map(line -> line.split(" ", -1)) // device, folder, type, …
                .filter(fields -> fields[2].equals(TYPE))
                .map(fields -> fields[1])
                .findFirst();
    }
}
