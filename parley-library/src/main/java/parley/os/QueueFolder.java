package parley.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import parley.kernel.SysMount;

/// The folder whose files are the POSIX queues of this IPC namespace, open until it is closed. See
/// mq_overview(7), "Mounting the message queue filesystem".
public final class QueueFolder implements AutoCloseable {
    private static final String TYPE = "mqueue";

    private final Path path;
    private final @Nullable Fd mount; // of our own

    private QueueFolder(Path path, @Nullable Fd mount) {
        this.path = path;
        this.mount = mount;
    }

    /// As root one that nobody else sees, whether or not there is another; else where somebody has
    /// mounted it.
    ///
    /// @throws NotPermittedException if not root, and it is mounted nowhere
    public static QueueFolder open() throws IOException {
        try {
            var own = mount();
            return new QueueFolder(Path.of("/proc/self/fd/" + own.number()), own);
        } catch (OsException e) { // not root, or forbidden in a container
            return new QueueFolder(Path.of(mounted().orElseThrow(() -> e)), null);
        }
    }

    /// That of this IPC namespace, mounted nowhere: it is gone with the descriptor.
    private static Fd mount() throws IOException {
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
        return ProcFile.lines("/proc/self/mounts").stream()
                .map(ProcFile::fieldsOf) // device, folder, type, …
                .filter(fields -> fields.get(2).equals(TYPE))
                .map(fields -> fields.get(1))
                .findFirst();
    }

    /// Where its files are.
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        if (mount != null) {
            mount.close();
        }
    }
}
