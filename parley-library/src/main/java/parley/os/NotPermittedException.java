package parley.os;

/// The mode, the owner or a missing capability does not allow it.
public final class NotPermittedException extends OsException {
    private static final long serialVersionUID = 1;

    NotPermittedException(String call, String object, int number, String explanation) {
        super(call, object, number, explanation);
    }
}
