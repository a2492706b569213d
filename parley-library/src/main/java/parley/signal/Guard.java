package parley.signal;

import java.io.IOException;
import java.util.EnumSet;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import parley.kernel.HandlerCode;
import parley.kernel.SignalCode;
import parley.signal.SignalAction.Flag;

/// What happens to a signal that a thread lets through although it is blocked in all: HotSpot gives
/// a thread that ends, or `main` when it returns, the mask that it was born with.
///
/// A handler in machine code blocks them all in that thread, and sends the signal back to the
/// process, where it waits to be received as the others do. So no thread lets through more than
/// one, which may come later than it should, and the JVM never ends by one. If the queue is full
/// just then, that one is lost, and counted: waiting for room in a handler could stop the JVM.
///
/// **How it is sent back.** No thread but the first may send the process a `siginfo_t` that says it
/// comes from the kernel or from kill(2). So the code stands in `si_errno` for that way, and in its
/// own place a number that nobody else knows.
final class Guard {
    /// Where a signal was sent back, instead of its code.
    static final int SENT_BACK = Integer.MIN_VALUE | ThreadLocalRandom.current().nextInt();

    private static @Nullable HandlerCode code;

    private Guard() {}

    /// Which signals are blocked in a thread that lets one through.
    static synchronized void setBlocked(SignalSet signals) throws IOException {
        if (code == null) {
            code = Handlers.of(SignalCode::sendBack);
            code.setInt(SignalCode.CODE, SENT_BACK);
        }
        code.set(SignalCode.SET_BITS, signals.bits());
    }

    /// Installs it, once [#setBlocked] was called.
    ///
    /// @return what was there before
    static synchronized SignalAction install(Signal signal) throws IOException {
        if (code == null) {
            throw new IllegalStateException("nothing is blocked");
        }
        var flags = EnumSet.of(Flag.SIGINFO, Flag.RESTART, Flag.ON_STACK);
        return new SignalAction(code.address(), SignalSet.ALL, flags).install(signal);
    }

    /// How many could not be sent back, because the queue was full.
    static synchronized long lost() {
        return code == null ? 0 : code.get(SignalCode.DROPPED);
    }
}
