package parley.signal;

import java.io.IOException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.OsException;
import parley.signal.SignalAction.Flag;

/// Makes every thread of this JVM run a handler once: each gets a signal that nobody uses, until
/// two looks at all threads find that all have done so.
///
/// **Assumptions.** Nobody else sets the disposition of the signal meanwhile. **Guarantees.** A
/// look counts only if no thread that was listed had ended before it was looked at: it may have
/// left a child. No signal of the sweep is pending when its disposition becomes again what it was.
final class Sweep {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(30);
    private static final int CLEAN_ROUNDS = 2; // a thread may be born during the first
    private static final int OWN_PID = (int) ProcessHandle.current().pid();

    private static final SignalSet REAL_TIME =
            SignalSet.of(Signal.all().stream().filter(Signal::isRealTime).toList());

    /// Standard signals first: they need no place in the queue that RLIMIT_SIGPENDING bounds.
    private static final List<Signal> CANDIDATES =
            Stream.concat(
                            Stream.of(Signal.STKFLT, Signal.PWR, Signal.VTALRM),
                            REAL_TIME.signals().reversed().stream())
                    .toList();

    /// libc blocks all signals in a thread that it creates or that creates one. What it will have
    /// blocked then is not known before; who keeps all blocked for so many rounds wants it so.
    private static final int HIDDEN_ROUNDS = 200;

    private final Signal signal;
    private final Predicate<ThreadSignals> concerns;
    private final Predicate<ThreadSignals> isDone;
    private final Map<Integer, Integer> hiddenRounds = new HashMap<>();

    private Sweep(
            Signal signal, Predicate<ThreadSignals> concerns, Predicate<ThreadSignals> isDone) {
        this.signal = signal;
        this.concerns = concerns;
        this.isDone = isDone;
    }

    /// Runs it.
    ///
    /// @param taken signals that it must not use
    /// @param concerns which threads
    /// @param isDone what is so of a thread that has run the handler
    /// @throws OsException `EBUSY` if no signal is free, `ETIMEDOUT` if a thread takes none for 30
    ///   s
    static void run(
            HandlerCode code,
            SignalSet taken,
            Predicate<ThreadSignals> concerns,
            Predicate<ThreadSignals> isDone)
            throws IOException {
        var signal = freeSignal(taken);
        var flags = EnumSet.of(Flag.SIGINFO, Flag.RESTART, Flag.ON_STACK);
        var before = new SignalAction(code.address(), SignalSet.ALL, flags).install(signal);
        try {
            new Sweep(signal, concerns, isDone).untilClean();
        } finally {
            SignalAction.IGNORE.install(signal); // which drops what is still pending
            before.install(signal);
        }
    }

    private void untilClean() throws IOException {
        long end = System.nanoTime() + NANOS_MAX;
        int clean = 0;
        while (clean < CLEAN_ROUNDS) {
            var listing = ThreadSignals.list("self");
            if (!isClean(listing.threads())) {
                clean = 0;
                LockSupport.parkNanos(PAUSE_NANOS);
            } else if (listing.isComplete()) {
                clean++;
            }
            if (System.nanoTime() - end > 0) {
                throw OsException.of("tgkill", "all threads", Errno.ETIMEDOUT.number());
            }
        }
    }

    private boolean isClean(List<ThreadSignals> threads) throws OsException {
        boolean isClean = true;
        for (var thread : threads) {
            if (concerns.test(thread) && !isSettled(thread)) {
                isClean = false;
                if (!thread.pending().contains(signal)) { // else it has not come to it yet
                    send(thread);
                }
            }
        }
        return isClean;
    }

    private boolean isSettled(ThreadSignals thread) {
        boolean isBeingBorn =
                thread.blocked().contains(signal)
                        && hiddenRounds.merge(thread.tid(), 1, Integer::sum) < HIDDEN_ROUNDS;
        return !isBeingBorn && isDone.test(thread);
    }

    private void send(ThreadSignals thread) throws OsException {
        int r = SignalH.tgkill(OWN_PID, thread.tid(), signal.number());
        if (!Errno.ESRCH.is(r)) { // it has ended
            OsException.check("tgkill", "thread " + thread.tid(), r);
        }
    }

    /// True for a thread that is being born, or creates one, or wants no signal at all.
    static boolean isHidden(ThreadSignals thread) {
        return thread.blocked().containsAll(REAL_TIME);
    }

    private static Signal freeSignal(SignalSet taken) throws IOException {
        var blocked = taken;
        for (var thread : ThreadSignals.ofProcess("self")) {
            if (!isHidden(thread)) {
                blocked = blocked.with(thread.blocked());
            }
        }
        for (var signal : CANDIDATES) {
            boolean isFree = !blocked.contains(signal);
            if (isFree && SignalAction.of(signal).equals(SignalAction.DEFAULT)) {
                return signal;
            }
        }
        throw OsException.of("sigaction", "a signal for the threads", Errno.EBUSY.number());
    }
}
