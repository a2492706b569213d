package parley.os;

import java.io.IOException;
import java.util.Set;
import parley.os.ErrorCatalogue.Kind;

/// One row of the catalogue of errors.
///
/// @param calls the calls it is about; none: any call
/// @param errno the error
/// @param kind what it comes to for the caller
/// @param explanation made when the error happens
record ErrorRow(Set<String> calls, Errno errno, Kind kind, Explanation explanation) {
    /// What an error means for an object, in words that say what to do.
    @FunctionalInterface
    interface Explanation {
        /// Looks at the object and the limits in force, and words it.
        ///
        /// @throws IOException if it cannot look; the errno's plain meaning stands then
        String of(Subject subject) throws IOException;
    }

    static ErrorRow any(Errno errno, Kind kind, Explanation explanation) {
        return new ErrorRow(Set.of(), errno, kind, explanation);
    }

    /// @param calls their names, separated by spaces; of fcntl(2) and its like what it was to do:
    ///   `F_SETPIPE_SZ`
    static ErrorRow row(String calls, Errno errno, Kind kind, Explanation explanation) {
        return new ErrorRow(Set.of(calls.split(" ")), errno, kind, explanation);
    }

    /// A row with the same words for every object.
    static ErrorRow row(String calls, Errno errno, Kind kind, String words) {
        return row(calls, errno, kind, _ -> words);
    }
}
