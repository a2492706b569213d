package parley.os;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Why somebody may not do something: whose the object is, what its mode allows, who asked.
final class Ownership {
    private Ownership() {}

    /// Explains a refusal; empty if nothing is known of the object.
    static Optional<String> explain(Subject subject) throws IOException {
        var row = subject.row();
        if (row.isPresent()) {
            return Optional.of(ofSystemV(row.get()));
        }
        return subject.path().map(path -> ofPath(Path.of(path).toAbsolutePath()));
    }

    /// The same of a file that may be there only to be looked at; empty if it is not.
    static Optional<String> ofVisible(String path) {
        return statusOrNothing(path).map(status -> ofStatus(Path.of(path), status));
    }

    private static String ofSystemV(SystemVTable.Row row) {
        long creator = row.number("cuid");
        long owner = row.number("uid");
        return "it belongs to uid %d, gid %d%s with mode %s; %s. Try as that user"
                .formatted(
                        owner,
                        row.number("gid"),
                        creator == owner ? "" : " (made by uid " + creator + ")",
                        words(row.mode()),
                        asker());
    }

    /// The object itself, or the nearest directory above it that can be seen: it refuses then.
    private static String ofPath(Path path) {
        var status = statusOrNothing(path.toString());
        if (status.isPresent()) {
            return ofStatus(path, status.get());
        }
        var parent = path.getParent();
        return parent == null ? asker() : ofPath(parent);
    }

    private static String ofStatus(Path path, FileStatus status) {
        long asker = Credentials.own().uid();
        var sentence =
                "%s, %s, belongs to uid %d, gid %d with mode %s; %s"
                        .formatted(
                                path,
                                status.kind().words(),
                                status.uid(),
                                status.gid(),
                                words(status.mode()),
                                asker());
        if (asker != 0 && asker != status.uid()) {
            return sentence + ". Try as uid " + status.uid();
        }
        return asker == 0 && status.uid() != 0 && status.kind() != FileStatus.Kind.DIRECTORY
                ? sentence
                        + ". In a sticky directory such as /tmp, fs.protected_fifos and"
                        + " fs.protected_regular keep even root from others' objects"
                : sentence;
    }

    private static Optional<FileStatus> statusOrNothing(String path) {
        try {
            return FileStatus.of(path);
        } catch (OsException _) { // a directory on the way may not be searched: look at that
            return Optional.empty();
        }
    }

    private static String words(FileMode mode) {
        return mode + " (" + mode.letters() + ")";
    }

    static String asker() {
        var own = Credentials.own();
        return "this process is uid " + own.uid() + ", gid " + own.gid();
    }
}
