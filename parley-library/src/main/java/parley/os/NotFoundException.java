package parley.os;

/// There is no object of this name.
public final class NotFoundException extends OsException {
    private static final long serialVersionUID = 1;

    NotFoundException(String call, String object, int number, String explanation) {
        super(call, object, number, explanation);
    }
}
