package parley.os;

import static parley.os.ErrorCatalogue.Kind.ABSENT;
import static parley.os.ErrorCatalogue.Kind.EXISTS;
import static parley.os.ErrorCatalogue.Kind.LIMIT;
import static parley.os.ErrorCatalogue.Kind.NOT_PERMITTED;
import static parley.os.ErrorCatalogue.Kind.OTHER;
import static parley.os.ErrorCatalogue.Kind.PEER_GONE;
import static parley.os.ErrorCatalogue.Kind.REMOVED;
import static parley.os.ErrorRow.any;
import static parley.os.ErrorRow.row;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Rows of the catalogue for names, descriptors, pipes and FIFOs, and what any call can meet.
final class FileErrors {
    private static final int COMPONENT_BYTES_MAX = 255;

    static final List<ErrorRow> ROWS =
            List.of(
                    any(Errno.EMFILE, LIMIT, _ -> outOfDescriptors()),
                    any(Errno.ENFILE, LIMIT, _ -> used(Limit.FILE_MAX, "")),
                    any(Errno.EEXIST, EXISTS, FileErrors::exists),
                    any(Errno.ENOENT, ABSENT, FileErrors::absent),
                    any(Errno.EACCES, NOT_PERMITTED, FileErrors::notPermitted),
                    any(Errno.EPERM, NOT_PERMITTED, FileErrors::notPermitted),
                    any(Errno.EROFS, NOT_PERMITTED, FileErrors::readOnly),
                    any(Errno.EIDRM, REMOVED, _ -> "it was removed"),
                    any(Errno.ENOTDIR, OTHER, FileErrors::notDirectory),
                    any(Errno.ELOOP, OTHER, FileErrors::symbolicLink),
                    any(Errno.EISDIR, OTHER, subject -> name(subject) + " is a directory"),
                    any(Errno.ENAMETOOLONG, OTHER, FileErrors::nameTooLong),
                    any(Errno.ENOSYS, OTHER, _ -> missingCall()),
                    any(
                            Errno.EDQUOT,
                            LIMIT,
                            _ -> "the disk quota of this user is used up. Try: quota"),
                    any(
                            Errno.EPIPE,
                            PEER_GONE,
                            _ ->
                                    "nobody has the other end open any more: the reader closed it"
                                            + " or died"),
                    row("open openat", Errno.ENXIO, OTHER, FileErrors::nobodyReads),
                    row("open openat", Errno.EINVAL, OTHER, FileErrors::notWhatItsAddressSays),
                    row("mkfifo mknod", Errno.EPERM, NOT_PERMITTED, FileErrors::noFifosThere),
                    row("pipe pipe2", Errno.ENFILE, LIMIT, _ -> outOfPipes()),
                    row("F_SETPIPE_SZ", Errno.EBUSY, OTHER, FileErrors::pipeBusy),
                    row("F_SETPIPE_SZ", Errno.EPERM, LIMIT, _ -> pipeTooLarge()),
                    row("F_SETPIPE_SZ", Errno.ENOMEM, LIMIT, "no memory for a pipe this large"),
                    row("F_SETPIPE_SZ F_GETPIPE_SZ", Errno.EBADF, OTHER, "it is no pipe"),
                    row("write", Errno.EMSGSIZE, LIMIT, _ -> packetTooLong()),
                    row(
                            "splice",
                            Errno.EINVAL,
                            OTHER,
                            "one of the two has to be a pipe, not both the same one; the target"
                                    + " must not be open to append (O_APPEND); and a file system,"
                                    + " a socket or a device may not have it at all"),
                    row(
                            "splice",
                            Errno.ESPIPE,
                            OTHER,
                            "an offset in a pipe or a socket, which have no positions"),
                    row("tee", Errno.EINVAL, OTHER, "both have to be pipes, and not the same one"),
                    row(
                            "vmsplice",
                            Errno.EINVAL,
                            OTHER,
                            "more than 1024 pieces of memory at once, or memory that is none"),
                    row("O_CREAT", Errno.EACCES, NOT_PERMITTED, FileErrors::madeByAnother),
                    row(
                            "F_ADD_SEALS",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "it is sealed against more seals, or this descriptor is not open for"
                                    + " writing"),
                    row(
                            "F_ADD_SEALS",
                            Errno.EBUSY,
                            OTHER,
                            "somebody has it mapped for writing, so it cannot be sealed against"
                                    + " that"),
                    row(
                            "MFD_HUGETLB",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "it has huge pages, and is not sealed against writing: its maker could"
                                    + " take pages out, and an access to them would kill this JVM."
                                    + " He has to add F_SEAL_FUTURE_WRITE, or send memory of"
                                    + " ordinary pages"),
                    row(
                            "F_GET_SEALS",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "it is not sealed against shrinking: who made it could shorten it, and"
                                    + " an access beyond its end would kill this JVM. Its maker"
                                    + " has to add F_SEAL_SHRINK"),
                    row(
                            "F_GET_SEALS F_ADD_SEALS",
                            Errno.EINVAL,
                            OTHER,
                            "it is no memory file (memfd), or there is no such seal"),
                    row("write pwrite writev pwritev2", Errno.EFBIG, LIMIT, _ -> fileTooLarge()),
                    row(
                            "write pwrite writev pwritev2 splice open mkfifo link",
                            Errno.ENOSPC,
                            LIMIT,
                            FileErrors::diskFull),
                    row(
                            "read write",
                            Errno.EAGAIN,
                            OTHER,
                            "nothing to read, or no room to write, without waiting"));

    private FileErrors() {}

    /// The sentence for a limit that is used up, with what to type.
    static String used(Limit limit, String more) {
        return limit.words() + " is used up" + more + ". " + limit.advice();
    }

    /// How the object is called in a sentence.
    static String name(Subject subject) {
        return subject.path().orElse(subject.rest());
    }

    private static String outOfDescriptors() {
        return "this process has all the descriptors open that it may have: "
                + Limit.RLIMIT_NOFILE.words()
                + ". Look for a leak in /proc/"
                + ProcessHandle.current().pid()
                + "/fd. "
                + Limit.RLIMIT_NOFILE.advice();
    }

    private static String outOfPipes() {
        return Limit.PIPE_USER_PAGES_HARD.value().orElse(Limit.UNLIMITED) == Limit.UNLIMITED
                ? used(Limit.FILE_MAX, "")
                : used(Limit.PIPE_USER_PAGES_HARD, ", or else " + Limit.FILE_MAX.words());
    }

    private static String pipeBusy(Subject subject) {
        return "the pipe " + subject.rest() + " holds more bytes than the capacity asked for";
    }

    private static String pipeTooLarge() {
        return "more than an unprivileged process may have: %s, and %s. %s"
                .formatted(
                        Limit.PIPE_MAX_SIZE.words(),
                        Limit.PIPE_USER_PAGES_SOFT.words(),
                        Limit.PIPE_MAX_SIZE.advice());
    }

    private static String packetTooLong() {
        return "a packet has at most "
                + Limit.PIPE_BUF.words()
                + " bytes: the kernel would cut a longer one into several";
    }

    private static String madeByAnother(Subject subject) throws IOException {
        var owner = FileStatus.of(name(subject)).map(status -> "uid " + status.uid());
        return "%s made %s in a directory where everybody may, and may want to read what"
                        .formatted(owner.orElse("somebody else"), name(subject))
                + " is meant for others. Trust it with open, or take another directory";
    }

    private static String fileTooLarge() {
        return "longer than a file may be here: " + Limit.RLIMIT_FSIZE.words();
    }

    private static String exists(Subject subject) throws IOException {
        var path = subject.path();
        var status = path.isPresent() ? FileStatus.of(path.get()) : Optional.<FileStatus>empty();
        return status.map(found ->
                        "%s is there already: %s of uid %d"
                                .formatted(path.orElseThrow(), found.kind().words(), found.uid()))
                        .orElse("an object of this name is there already")
                + ". Open it instead, or remove it first";
    }

    private static String absent(Subject subject) throws IOException {
        var path = subject.path();
        if (path.isEmpty()) {
            return "there is no object of this name";
        }
        var file = Path.of(path.get()).toAbsolutePath();
        if (FileStatus.of(file.toString()).isPresent()) {
            return Files.isSymbolicLink(file)
                    ? file
                            + " is a symbolic link to "
                            + Files.readSymbolicLink(file)
                            + ", which is not there"
                    : file + " was not there, but is now";
        }
        for (var parent = file.getParent(); parent != null; parent = parent.getParent()) {
            if (Files.isDirectory(parent)) {
                return parent.equals(file.getParent())
                        ? "there is no " + file.getFileName() + " in the directory " + parent
                        : "there is no directory %s. Try: mkdir -p %s"
                                .formatted(below(parent, file), file.getParent());
            }
        }
        return Errno.ENOENT.meaning();
    }

    /// The first missing directory: the child of `parent` on the way to `file`.
    private static Path below(Path parent, Path file) {
        return parent.resolve(parent.relativize(file).getName(0));
    }

    private static String notPermitted(Subject subject) throws IOException {
        return Ownership.explain(subject)
                .orElse(
                        "%s is uid %d, and that is not enough; or a sandbox forbids the call"
                                .formatted("this process", Credentials.own().uid()));
    }

    private static String readOnly(Subject subject) {
        return "the file system of " + name(subject) + " is mounted read-only";
    }

    private static String noFifosThere(Subject subject) {
        return "the file system of "
                + name(subject)
                + " has no FIFOs. Try a path under /tmp or /run";
    }

    private static String notDirectory(Subject subject) throws IOException {
        var file = Path.of(name(subject)).toAbsolutePath();
        for (var parent = file.getParent(); parent != null; parent = parent.getParent()) {
            if (Files.exists(parent) && !Files.isDirectory(parent)) {
                var status = FileStatus.ofTarget(parent.toString()).orElseThrow();
                return parent + " on the way is " + status.kind().words() + ", not a directory";
            }
        }
        return file + " is not a directory";
    }

    private static String symbolicLink(Subject subject) throws IOException {
        var file = Path.of(name(subject));
        return Files.isSymbolicLink(file)
                ? "%s is a symbolic link and not followed, so that nobody can redirect it. Try %s"
                        .formatted(file, file.resolveSibling(Files.readSymbolicLink(file)))
                : "too many symbolic links on the way to " + file + ", or a circle of them";
    }

    private static String nameTooLong(Subject subject) {
        int bytes = subject.rest().getBytes(StandardCharsets.UTF_8).length;
        if (subject.isUnix()) {
            return bytes
                    + " bytes: the address of a Unix socket has at most 107. Try a shorter path";
        }
        return bytes
                + " bytes: a name has at most "
                + (subject.scheme().equals("psem")
                        ? COMPONENT_BYTES_MAX - "sem.".length()
                        : COMPONENT_BYTES_MAX)
                + (subject.scheme().startsWith("p") || subject.scheme().equals("mq")
                        ? ", without the slash"
                        : " between two slashes, and a path 4095");
    }

    private static String missingCall() throws IOException {
        var release = ProcFile.line("/proc/sys/kernel/osrelease");
        return "this kernel ("
                + release
                + ") or libc does not have the call, or a sandbox hides it";
    }

    private static String nobodyReads(Subject subject) throws IOException {
        var path = name(subject);
        var kind = FileStatus.ofTarget(path).map(FileStatus::kind).orElse(FileStatus.Kind.OTHER);
        return switch (kind) {
            case FIFO ->
                    "nobody has it open for reading. Start the reader first, or open it so that"
                            + " opening waits";
            case SOCKET -> path + " is a socket: connect to it, it cannot be opened";
            default -> "there is no device behind " + path;
        };
    }

    private static String notWhatItsAddressSays(Subject subject) throws IOException {
        var path = name(subject);
        var status = FileStatus.of(path);
        boolean isOther =
                subject.scheme().equals("fifo")
                        && status.isPresent()
                        && status.get().kind() != FileStatus.Kind.FIFO;
        return isOther
                ? path + " is " + status.get().kind().words() + ", not a FIFO"
                : "a flag that the file system of " + path + " does not know";
    }

    private static String diskFull(Subject subject) throws IOException {
        if (subject.isSharedMemory()) {
            return MemoryErrors.sharedMemoryFull();
        }
        var path = subject.path();
        if (path.isEmpty()) {
            return "no space left on the file system";
        }
        var store = Files.getFileStore(existing(Path.of(path.get()).toAbsolutePath()));
        return "the file system of %s (%s) has %d bytes left%s. Try: df %1$s"
                .formatted(
                        path.get(),
                        store,
                        store.getUsableSpace(),
                        store.getUsableSpace() > 0 ? ", so its inodes may be used up" : "");
    }

    private static Path existing(Path path) {
        var parent = path.getParent();
        return Files.exists(path) || parent == null ? path : existing(parent);
    }
}
