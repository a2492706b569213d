package parley.os;

/// Nobody is at the other end any more: the reader of a pipe has closed, or a connection was reset.
public final class PeerGoneException extends OsException {
    private static final long serialVersionUID = 1;

    PeerGoneException(String call, String object, int number, String explanation) {
        super(call, object, number, explanation);
    }
}
