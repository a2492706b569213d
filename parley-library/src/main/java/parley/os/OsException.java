package parley.os;

import java.io.IOException;

/// A system call was refused: which, on what, with which errno, and what to do about it.
///
/// Subtypes exist where callers branch. The message comes from the catalogue of errors that also
/// serves the command: [ErrorCatalogue].
public class OsException extends IOException {
    private static final long serialVersionUID = 1;
    private static final int MAX_ERRNO = 4095; // the kernel's own bound: addresses may be negative

    private final String call;
    private final String object;
    private final int number;

    OsException(String call, String object, int number, String explanation) {
        if (number <= 0) {
            throw new IllegalArgumentException("not an errno: " + number);
        }
        super((call + " " + object).strip() + ": " + name(number) + ": " + explanation);
        this.call = call;
        this.object = object;
        this.number = number;
    }

    /// The exception for a refused call, of the subtype that its catalogue row names.
    ///
    /// @param call the C function's name
    /// @param object what it was called on, as an address (`mq:/name`) where there is one
    /// @param number the errno, positive
    public static OsException of(String call, String object, int number) {
        return of(call, object, number, "");
    }

    /// The same with what only the caller knows, before what the catalogue says.
    ///
    /// @param detail a clause such as `10 messages need 960 bytes`; or empty
    public static OsException of(String call, String object, int number, String detail) {
        var entry = ErrorCatalogue.find(call, Errno.of(number));
        var explanation = detail + (detail.isEmpty() ? "" : "; ") + entry.explain(object);
        return switch (entry.kind()) {
            case EXISTS -> new AlreadyExistsException(call, object, number, explanation);
            case ABSENT -> new NotFoundException(call, object, number, explanation);
            case NOT_PERMITTED -> new NotPermittedException(call, object, number, explanation);
            case LIMIT -> new LimitReachedException(call, object, number, explanation);
            case REMOVED -> new RemovedException(call, object, number, explanation);
            case PEER_GONE -> new PeerGoneException(call, object, number, explanation);
            case OTHER -> new OsException(call, object, number, explanation);
        };
    }

    /// Passes on a result that is not an error.
    ///
    /// @param result `>= 0`, or `-errno`
    /// @throws OsException if it is an error
    public static long check(String call, String object, long result) throws OsException {
        if (result < 0 && result >= -MAX_ERRNO) {
            throw of(call, object, (int) -result);
        }
        return result;
    }

    private static String name(int number) {
        var errno = Errno.of(number);
        return errno == Errno.UNNAMED ? "errno " + number : errno.name();
    }

    /// The C function that was refused.
    public String call() {
        return call;
    }

    /// What it was called on, as an address where there is one.
    public String object() {
        return object;
    }

    /// The kernel's error number, also where [#errno] has no name for it.
    public int number() {
        return number;
    }

    /// The error by name.
    public Errno errno() {
        return Errno.of(number);
    }
}
