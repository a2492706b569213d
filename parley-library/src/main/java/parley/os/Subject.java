package parley.os;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// What a refused call was made on, as far as its address tells: the name in an [OsException].
///
/// @param scheme the word before the colon; empty for a plain path and for everything else
/// @param rest what follows it
record Subject(String scheme, String rest) {
    private static final Pattern SCHEME =
            Pattern.compile("([a-z]+(?:-[a-z]+)?):(.*)", Pattern.DOTALL);
    private static final Pattern OPTIONS = Pattern.compile("(,[a-z]{2,}(=[^,/]*)?)+$");
    private static final Pattern FTOK = Pattern.compile("(.+),(.)", Pattern.DOTALL);
    private static final Set<String> OF_A_PATH = Set.of("", "fifo", "file");
    private static final Set<String> UNIX = Set.of("unix", "unix-dgram", "unix-seq");
    private static final Set<String> SYSTEM_V = Set.of("msg", "sem", "shm");
    private static final Set<String> SHARED_MEMORY = Set.of("pshm", "psem", "chan");
    private static final Set<String> OTHERS =
            Set.of("tcp", "udp", "mq", "memfd", "eventfd", "sig", "exec");

    static Subject of(String object) {
        var matcher = SCHEME.matcher(object);
        if (!matcher.matches() || !isKnown(matcher.group(1))) {
            return new Subject("", object);
        }
        var rest = OPTIONS.matcher(matcher.group(2)).replaceFirst("");
        return new Subject(matcher.group(1), rest);
    }

    private static boolean isKnown(String scheme) {
        return OF_A_PATH.contains(scheme)
                || UNIX.contains(scheme)
                || SYSTEM_V.contains(scheme)
                || SHARED_MEMORY.contains(scheme)
                || OTHERS.contains(scheme);
    }

    boolean isUnix() {
        return UNIX.contains(scheme);
    }

    boolean isAbstract() {
        return isUnix() && rest.startsWith("@");
    }

    boolean isInternet() {
        return scheme.equals("tcp") || scheme.equals("udp");
    }

    /// True for POSIX shared memory, named semaphores and channels, which are files in `/dev/shm`.
    boolean isSharedMemory() {
        return SHARED_MEMORY.contains(scheme);
    }

    /// The file that it is, or that names it; empty for objects without one.
    Optional<String> path() {
        if (OF_A_PATH.contains(scheme)) {
            return rest.contains("/") ? Optional.of(rest) : Optional.empty();
        }
        if (isUnix()) {
            return isAbstract() || rest.isEmpty() ? Optional.empty() : Optional.of(rest);
        }
        var name = rest.startsWith("/") ? rest.substring(1) : rest;
        return switch (scheme) {
            case "pshm" -> Optional.of("/dev/shm/" + name);
            case "psem" -> Optional.of("/dev/shm/sem." + name);
            default -> Optional.empty();
        };
    }

    /// The kernel's table that a System V object is in.
    Optional<SystemVTable> table() {
        return switch (scheme) {
            case "msg" -> Optional.of(SystemVTable.MSG);
            case "sem" -> Optional.of(SystemVTable.SEM);
            case "shm" -> Optional.of(SystemVTable.SHM);
            default -> Optional.empty();
        };
    }

    /// The id of `msg:#7`.
    OptionalInt id() {
        return SYSTEM_V.contains(scheme) && rest.startsWith("#")
                ? number(rest.substring(1))
                : OptionalInt.empty();
    }

    /// The key of `msg:0x2a01`, or of `msg:/path,A` if that file can be looked at.
    OptionalInt key() {
        if (!SYSTEM_V.contains(scheme) || rest.startsWith("#")) {
            return OptionalInt.empty();
        }
        var ftok = FTOK.matcher(rest);
        return ftok.matches() ? ftok(ftok.group(1), ftok.group(2).charAt(0)) : number(rest);
    }

    private static OptionalInt ftok(String path, char project) {
        try {
            var file = FileStatus.ofTarget(path);
            return file.isEmpty() ? OptionalInt.empty() : OptionalInt.of(file.get().ftok(project));
        } catch (OsException _) {
            return OptionalInt.empty();
        }
    }

    private static OptionalInt number(String text) {
        try {
            return OptionalInt.of(Long.decode(text).intValue());
        } catch (NumberFormatException _) {
            return OptionalInt.empty();
        }
    }

    /// Its row in the kernel's table; empty if it is not of System V, or is not there.
    Optional<SystemVTable.Row> row() throws IOException {
        var table = table();
        return table.isPresent() ? table.get().find(this) : Optional.empty();
    }
}
