package parley.os;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The kernel's tables of System V objects, readable by everybody. See proc_sysvipc(5).
enum SystemVTable {
    MSG("msqid"),
    SEM("semid"),
    SHM("shmid");

    private final String idColumn;

    SystemVTable(String idColumn) {
        this.idColumn = idColumn;
    }

    /// One object: its columns by the names in the table's first line.
    record Row(Map<String, String> columns) {
        /// A decimal column.
        ///
        /// @throws IllegalArgumentException if the kernel has no such column
        long number(String column) {
            var text = columns.get(column);
            if (text == null) {
                throw new IllegalArgumentException("no such column: " + column);
            }
            return Long.parseLong(text);
        }

        /// The permission bits.
        FileMode mode() {
            return new FileMode(Integer.parseInt(columns.getOrDefault("perms", "0"), 8) & 0777);
        }
    }

    /// All objects of this kind in this process's IPC namespace.
    List<Row> rows() throws IOException {
        return parse(ProcFile.lines("/proc/sysvipc/" + name().toLowerCase(Locale.ROOT)));
    }

    /// The object with an id, or, in its absence, of a key.
    Optional<Row> find(Subject subject) throws IOException {
        var id = subject.id();
        var key = subject.key();
        for (var row : rows()) {
            boolean isId = id.isPresent() && row.number(idColumn) == id.getAsInt();
            boolean isKey = key.isPresent() && row.number("key") == key.getAsInt();
            if (isId || isKey) {
                return Optional.of(row);
            }
        }
        return Optional.empty();
    }

    static List<Row> parse(List<String> lines) {
        if (lines.isEmpty()) {
            return List.of();
        }
        var names = ProcFile.fieldsOf(lines.getFirst());
        return lines.stream().skip(1).map(line -> row(names, ProcFile.fieldsOf(line))).toList();
    }

    private static Row row(List<String> names, List<String> values) {
        if (values.size() < names.size()) {
            throw new IllegalArgumentException("too few columns: " + values);
        }
        return new Row(
                IntStream.range(0, names.size())
                        .boxed()
                        .collect(Collectors.toUnmodifiableMap(names::get, values::get)));
    }
}
