package parley.os;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a refused call means and what to do about it: one table by call and errno, for exceptions
/// and the command alike.
///
/// The rows stand by subject in [FileErrors], [SystemVErrors], [QueueErrors], [MemoryErrors],
/// [SocketErrors] and [ProcessErrors]. An explanation is made at the moment of the error, from the
/// object's address and the limits in force. It never fails: what cannot be found out is left out.
public final class ErrorCatalogue {
    private static final String ANY_CALL = "*"; // no word of a call
    private static final ScopedValue<Boolean> EXPLAINING = ScopedValue.newInstance();
    private static final Map<Key, ErrorRow> ROWS =
            Stream.of(
                            FileErrors.ROWS,
                            SystemVErrors.ROWS,
                            QueueErrors.ROWS,
                            MemoryErrors.ROWS,
                            SocketErrors.ROWS,
                            ProcessErrors.ROWS)
                    .flatMap(List::stream)
                    .flatMap(ErrorCatalogue::keyed)
                    .collect(toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private ErrorCatalogue() {}

    /// What an error comes to for the caller: the subtype of [OsException], the exit code.
    public enum Kind {
        /// Something of this name is there already.
        EXISTS,
        /// Nothing of this name is there.
        ABSENT,
        /// Mode, owner or a missing capability do not allow it.
        NOT_PERMITTED,
        /// A limit of the process, the user or the system is reached.
        LIMIT,
        /// The object was removed while in use.
        REMOVED,
        /// Nobody is at the other end any more.
        PEER_GONE,
        /// None of these.
        OTHER
    }

    /// What the catalogue knows about an error of a call.
    public static final class Entry {
        private final Errno errno;
        private final Optional<ErrorRow> row;

        private Entry(Errno errno, Optional<ErrorRow> row) {
            this.errno = errno;
            this.row = row;
        }

        /// What it comes to.
        public Kind kind() {
            return row.map(ErrorRow::kind).orElse(Kind.OTHER);
        }

        /// What it means for an object now, and what to do; the errno's plain meaning if no more
        /// can be said.
        ///
        /// @param object the object's address, or whatever names it
        public String explain(String object) {
            if (row.isEmpty() || EXPLAINING.isBound()) { // an error while we explain one
                return errno.meaning();
            }
            return ScopedValue.where(EXPLAINING, true).call(() -> explain(row.get(), object));
        }

        private String explain(ErrorRow known, String object) {
            try {
                return known.explanation().of(Subject.of(object));
            } catch (IOException | RuntimeException | LinkageError _) {
                return errno.meaning(); // the error itself must get through, whatever /proc says
            }
        }
    }

    /// The entry for an error: of the call if the catalogue has one, else of any call.
    ///
    /// @param call the C function's name, or with what it was to do: `fcntl(F_SETPIPE_SZ)`
    public static Entry find(String call, Errno errno) {
        var words = new ArrayList<>(List.of(ANY_CALL));
        words.addAll(Arrays.asList(call.split("\\W+", -1)));
        for (var word : words.reversed()) {
            var row = ROWS.get(new Key(word, errno));
            if (row != null) {
                return new Entry(errno, Optional.of(row));
            }
        }
        return new Entry(errno, Optional.empty());
    }

    private record Key(String call, Errno errno) {}

    private static Stream<Map.Entry<Key, ErrorRow>> keyed(ErrorRow row) {
        var calls = row.calls().isEmpty() ? List.of(ANY_CALL) : row.calls();
        return calls.stream().map(call -> Map.entry(new Key(call, row.errno()), row));
    }
}
