package parley.os;

/// An object of this name exists already.
public final class AlreadyExistsException extends OsException {
    private static final long serialVersionUID = 1;

    AlreadyExistsException(String call, String object, int number, String explanation) {
        super(call, object, number, explanation);
    }
}
