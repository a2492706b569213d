package parley.signal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/// Runs code for each signal that comes, on an ordinary thread of its own, where anything may be
/// done: not in the middle of another thread, as handlers in C run.
///
/// One after the other, in the order in which they are received; see [SignalStream]. An exception
/// goes to the thread's uncaught exception handler, and the next signal is handled all the same.
public final class SignalHandler implements AutoCloseable {
    private final SignalStream stream;
    private final Consumer<SignalInfo> action;

    private SignalHandler(SignalStream stream, Consumer<SignalInfo> action) {
        this.stream = stream;
        this.action = action;
    }

    /// Handles signals from now on, until [#close]. The thread is a daemon: it does not keep the
    /// JVM from ending.
    ///
    /// @throws SignalRefusedException if one belongs to the kernel, HotSpot, libc or Parley
    public static SignalHandler install(SignalSet signals, Consumer<SignalInfo> action)
            throws IOException {
        var handler = new SignalHandler(SignalStream.open(signals), action);
        Thread.ofPlatform().daemon().name("parley-signals " + signals).start(handler::handleAll);
        return handler;
    }

    private void handleAll() {
        while (stream.isOpen()) {
            try {
                for (var info : stream) {
                    handle(info);
                }
            } catch (UncheckedIOException e) { // of receiving: interrupted, perhaps
                report(e);
            }
            boolean _ = Thread.interrupted(); // whoever wants this to end closes it
        }
    }

    private void handle(SignalInfo info) {
        try {
            action.accept(info);
        } catch (RuntimeException | Error e) {
            report(e);
        }
        boolean _ = Thread.interrupted(); // of the action
    }

    private static void report(Throwable thrown) {
        var thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        } catch (RuntimeException | Error _) {
            // As the JDK has it for a thread that ends: nobody is left to tell.
        }
    }

    /// Lets the signals do what they did before. What is being handled goes on to its end.
    @Override
    public void close() throws IOException {
        stream.close();
    }
}
