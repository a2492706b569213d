package parley.ready;

/// What a receiving call returns instead of a length, where it is no error.
public final class Outcome {
    /// The peer has closed, and everything it sent has been received.
    public static final int END = -1;

    /// Nothing came: a `try` found nothing, or the time is over. (A message may be empty; so its
    /// length may be 0.)
    public static final int NOTHING = -2;

    private Outcome() {}
}
