package parley.ready;

import java.io.InterruptedIOException;

/// What becomes of a thread's interrupt in a call that waits.
public final class Interruption {
    private Interruption() {}

    /// Ends a call before it begins, if its thread was interrupted.
    ///
    /// @throws InterruptedException if so; the interrupt is no longer pending then
    public static void check() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /// What a call throws that can throw only `IOException`. The interrupt stays pending: who
    /// retries on `IOException` sees it again.
    ///
    /// @param object what was waited on
    /// @param bytesTransferred how many bytes had gone before
    public static InterruptedIOException asIoException(String object, long bytesTransferred) {
        Thread.currentThread().interrupt();
        var e = new InterruptedIOException("interrupted while waiting on " + object);
        e.bytesTransferred = (int) Math.min(bytesTransferred, Integer.MAX_VALUE);
        return e;
    }
}
