package parley.tool;

import java.io.IOException;

/// A command gives up: it was told to wait no longer, or not at all.
public final class OutOfTime extends IOException {
    private static final long serialVersionUID = 1;
    private static final int WOULD_BLOCK = 75;
    private static final int TIMED_OUT = 124;

    private final int status;

    private OutOfTime(String message, int status) {
        super(message);
        this.status = status;
    }

    /// It was told to wait so long.
    public static OutOfTime timedOut() {
        return new OutOfTime("the time is over", TIMED_OUT);
    }

    /// It was told not to wait.
    public static OutOfTime wouldBlock() {
        return new OutOfTime("it would have to wait", WOULD_BLOCK);
    }

    /// The exit status that says so.
    public int status() {
        return status;
    }
}
