package parley.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Why a program could not be started.
final class ProgramErrors {
    private static final int LINE_BYTES_MAX = 256; // of `#!`, see execve(2)
    private static final long STRING_BYTES_MAX = 128 * 1024;

    private ProgramErrors() {}

    static String absent(Subject subject) throws IOException {
        var name = subject.rest();
        var file = find(name).filter(Files::isExecutable);
        if (file.isPresent()) {
            return absentInterpreter(file.get());
        }
        if (!name.contains("/")) {
            return "there is no program %s in the directories of PATH=%s"
                    .formatted(name, searchPath());
        }
        return "there is no file "
                + name
                + (name.startsWith("/") ? "" : ", seen from the child's directory");
    }

    private static String absentInterpreter(Path file) throws IOException {
        var interpreter = interpreter(file);
        return interpreter.isPresent()
                ? "%s is there, but not %s, which its first line asks for"
                        .formatted(file, interpreter.get())
                : file
                        + " is there, but not the loader that it asks for: it is made for another C"
                        + " library or kind of machine. Try: file "
                        + file;
    }

    static String notExecutable(Subject subject) throws IOException {
        var file = find(subject.rest());
        if (file.isEmpty()) {
            return "a directory on the way to " + subject.rest() + " may not be searched";
        }
        if (Files.isDirectory(file.get())) {
            return file.get() + " is a directory";
        }
        var status = FileStatus.ofTarget(file.get().toString());
        var mode = status.map(known -> " with mode " + known.mode()).orElse("");
        return Files.isExecutable(file.get())
                ? file.get()
                        + " is executable"
                        + mode
                        + ", but its interpreter is not, or its file"
                        + " system is mounted noexec"
                : "%s%s is not executable for uid %d. Try: chmod +x %1$s"
                        .formatted(file.get(), mode, Credentials.own().uid());
    }

    static String notAProgram(Subject subject) throws IOException {
        var name = find(subject.rest()).map(Path::toString).orElse(subject.rest());
        return "%s neither begins with #! nor is a program for this kind of machine. Try: sh %1$s"
                .formatted(name);
    }

    static String tooManyWords() {
        return "arguments and environment are longer together than a quarter of "
                + Limit.RLIMIT_STACK.words()
                + ", or one of them than "
                + STRING_BYTES_MAX
                + " bytes. Try: hand them over in a file or a pipe";
    }

    /// The file that a name means: itself, or the first of that name in PATH, an executable one if
    /// there is one.
    private static Optional<Path> find(String name) {
        if (name.contains("/")) {
            return Optional.of(Path.of(name)).filter(Files::exists);
        }
        var found = candidates(name).filter(Files::exists).toList();
        return found.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .or(() -> found.stream().findFirst());
    }

    private static Stream<Path> candidates(String name) {
        return Arrays.stream(searchPath().split(":", -1)).map(folder -> Path.of(folder, name));
    }

    private static String searchPath() {
        return Objects.requireNonNullElse(System.getenv("PATH"), "/bin:/usr/bin");
    }

    /// What stands behind `#!`.
    private static Optional<String> interpreter(Path file) throws IOException {
        try (var content = Files.newInputStream(file)) {
            var start = new String(content.readNBytes(LINE_BYTES_MAX), StandardCharsets.ISO_8859_1);
            var line = start.lines().findFirst().orElse("");
            return line.startsWith("#!")
                    ? Optional.of(line.substring(2).strip().split("\\s", 2)[0])
                    : Optional.empty();
        }
    }
}
