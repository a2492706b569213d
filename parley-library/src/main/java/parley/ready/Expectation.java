package parley.ready;

/// Whether a thread's next call will succeed at once, guessed from its last ones.
///
/// The first miss costs the next call its guess, the next one three calls theirs, and so on: who
/// never waits guesses always, and who always waits guesses in vain once in 64 calls. Of several
/// threads one may undo what another counts: the guess is the worse for it, and nothing else.
final class Expectation {
    private static final int WITHHELD_MAX = 63;

    private int withheld; // as many calls wait without a guess
    private int withheldLast;

    /// True if the next call should be tried; [#met] or [#missed] follows then.
    boolean isReady() {
        if (withheld <= 0) {
            return true;
        }
        withheld--;
        return false;
    }

    void met() {
        withheldLast = 0;
    }

    void missed() {
        withheldLast = Math.min(2 * withheldLast + 1, WITHHELD_MAX);
        withheld = withheldLast;
    }
}
