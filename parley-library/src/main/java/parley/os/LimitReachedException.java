package parley.os;

/// A limit of the process or the system is reached; the message names it and how to raise it.
public final class LimitReachedException extends OsException {
    private static final long serialVersionUID = 1;

    LimitReachedException(String call, String object, int number, String explanation) {
        super(call, object, number, explanation);
    }
}
