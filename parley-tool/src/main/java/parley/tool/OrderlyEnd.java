package parley.tool;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Lets a block end in order when the process is told to end in the middle of it (Ctrl-C, SIGTERM,
/// SIGHUP): its thread is interrupted, and the JVM waits until the block has cleaned up behind
/// itself.
///
/// **Assumptions.** All waiting in the block ends with an interrupt, which some of it may swallow:
/// the block calls [#check] now and then. **Guarantees.** After the signal, a `check` throws; the
/// JVM ends, with the status that belongs to the signal, when the block is over or
/// [#CLEANING_SECONDS_MAX] have passed.
public final class OrderlyEnd implements AutoCloseable {
    private static final int CLEANING_SECONDS_MAX = 10;

    private final Thread worker = Thread.currentThread();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread hook = new Thread(this::end, "parley-orderly-end");
    private volatile boolean isEnding;

    /// Begins the block, in the thread that runs it.
    ///
    /// @throws InterruptedException if the process is ending already
    public OrderlyEnd() throws InterruptedException {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException _) {
            throw ending();
        }
    }

    /// Looks whether the process was told to end.
    ///
    /// @throws InterruptedException if it was
    public void check() throws InterruptedException {
        if (isEnding) {
            throw ending();
        }
    }

    private static InterruptedException ending() {
        return new InterruptedException("the process was told to end");
    }

    private void end() {
        isEnding = true;
        worker.interrupt();
        try {
            boolean _ = over.await(CLEANING_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            // Nobody interrupts a hook; and if, then to make it end.
        }
    }

    /// Ends the block.
    @Override
    public void close() {
        over.countDown();
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // It is running, and need not wait any longer.
        }
    }
}
