package parley.os;

/// The object was removed while it was in use.
public final class RemovedException extends OsException {
    private static final long serialVersionUID = 1;

    RemovedException(String call, String object, int number, String explanation) {
        super(call, object, number, explanation);
    }
}
