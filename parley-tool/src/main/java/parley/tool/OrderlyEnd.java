package parley.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import parley.signal.Signal;
import parley.signal.SignalAction;
import parley.signal.SignalHandler;
import parley.signal.SignalInfo;
import parley.signal.SignalSet;
import parley.signal.Signals;

/// Lets a block end in order when the process is told to end in the middle of it (Ctrl-C, Ctrl-\,
/// SIGTERM, SIGHUP): its thread is interrupted, cleans up behind itself, and then the process ends
/// by that signal itself, as its caller expects: a shell's loop around it ends too.
///
/// **Assumptions.** All waiting in the block ends with an interrupt, which some of it may swallow:
/// the block calls [#check] now and then. One block at a time. **Guarantees.** After the signal, a
/// `check` throws; the process ends when the block is over and [#endAsTold] is called, when 10
/// seconds have passed, or with the second signal. What is ignored, as HUP is by nohup(1), stays
/// so.
public final class OrderlyEnd implements AutoCloseable {
    private static final int CLEANING_SECONDS_MAX = 10;
    private static final int STATUS_OF_SIGNALS = 128; // and the number
    private static final SignalSet TELLING =
            SignalSet.of(Signal.HUP, Signal.INT, Signal.QUIT, Signal.TERM);

    private static @Nullable SignalHandler handler; // once for the process
    private static @Nullable OrderlyEnd current;
    private static volatile @Nullable Signal told;

    private final Thread worker = Thread.currentThread();
    private final CountDownLatch over = new CountDownLatch(1);

    private OrderlyEnd() {}

    /// Begins a block, in the thread that runs it.
    ///
    /// @param received signals that it receives itself, and that do not end it
    public static synchronized OrderlyEnd begin(SignalSet received) throws IOException {
        if (handler == null) {
            handler = install(TELLING.without(received));
        }
        current = new OrderlyEnd();
        return current;
    }

    private static @Nullable SignalHandler install(SignalSet signals) throws IOException {
        var heard = new ArrayList<Signal>();
        for (var signal : signals) {
            if (!SignalAction.of(signal).equals(SignalAction.IGNORE)) {
                heard.add(signal);
            }
        }
        return heard.isEmpty()
                ? null
                : SignalHandler.install(SignalSet.of(heard), OrderlyEnd::tell);
    }

    private static void tell(SignalInfo info) {
        OrderlyEnd block;
        synchronized (OrderlyEnd.class) {
            block = current;
        }
        boolean isFirst = told == null;
        told = info.signal();
        if (block == null || !isFirst) {
            endBy(info.signal());
        } else {
            block.end(info.signal());
        }
    }

    private void end(Signal signal) {
        worker.interrupt();
        Thread.ofPlatform()
                .daemon()
                .name("parley-orderly-end")
                .start(() -> {
                    try {
                        if (!over.await(CLEANING_SECONDS_MAX, TimeUnit.SECONDS)) {
                            endBy(signal);
                        }
                    } catch (InterruptedException _) {
                        // Nobody does; and if, the second signal is left.
                    }
                });
    }

    /// Looks whether the process was told to end.
    ///
    /// @throws InterruptedException if it was
    public void check() throws InterruptedException {
        if (told != null) {
            throw new InterruptedException("the process was told to end");
        }
    }

    /// Ends the block.
    @Override
    public void close() {
        over.countDown();
        synchronized (OrderlyEnd.class) {
            current = null;
        }
    }

    /// Ends the process by the signal that has told it to, if one has.
    static void endAsTold() {
        var signal = told;
        if (signal != null) {
            endBy(signal);
        }
    }

    private static synchronized void endBy(Signal signal) {
        try {
            if (handler != null) {
                handler.close();
            }
            var _ = SignalAction.replace(signal, SignalAction.DEFAULT); // for what is left of us
            Signals.send(ProcessHandle.current().pid(), signal);
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1)); // another thread may get it
        } catch (IOException | IllegalStateException _) {
            // The status says it too.
        }
        Runtime.getRuntime().halt(STATUS_OF_SIGNALS + signal.number());
    }
}
