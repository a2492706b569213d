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
import parley.kernel.HandlerCode;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.OsException;
import parley.signal.SignalAction.Flag;

/// Makes every thread of this JVM run a handler once: each gets a signal that nobody uses, until
/// two looks at all threads find that all have done so, and that nothing is pending any more which
/// that lets through: a thread may have a signal open and not have come to it yet.
///
/// **Assumptions.** Nobody else sets the disposition of the signal meanwhile. **Guarantees.** A
/// look counts only if no thread that was listed had ended before it was looked at: it may have
/// left a child. Where threads come and go so fast that there is no such look, many others count as
/// one. No signal of the sweep is pending when its disposition becomes again what it was.
final class Sweep {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

    /// More than that between two looks, this process was stopped: that time does not count.
    private static final long LOOK_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int CLEAN_ROUNDS = 2; // a thread may be born during the first
    private static final int INCOMPLETE_ROUNDS = 60; // in a row, that are as good as a clean one
    private static final int OWN_PID = (int) ProcessHandle.current().pid();

    private static final SignalSet REAL_TIME =
            SignalSet.of(Signal.all().stream().filter(Signal::isRealTime).toList());

    /// What makes the threads look. A standard signal: it needs no place in the queue that
    /// RLIMIT_SIGPENDING bounds.
    static final Signal USUAL = Signal.STKFLT;

    private static final List<Signal> CANDIDATES =
            Stream.concat(
                            Stream.of(USUAL, Signal.PWR, Signal.VTALRM),
                            REAL_TIME.signals().reversed().stream())
                    .toList();

    /// libc blocks all signals in a thread that it creates or that creates one. What it will have
    /// blocked then is not known before; who keeps all blocked for so many rounds wants it so.
    private static final int HIDDEN_ROUNDS = 200;

    private final Signal signal;
    private final Predicate<ThreadSignals> concerns;
    private final Predicate<ThreadSignals> isDone;
    private final SignalSet opened;
    private final Map<Integer, Integer> hiddenRounds = new HashMap<>();

    private Sweep(
            Signal signal,
            SignalSet opened,
            Predicate<ThreadSignals> concerns,
            Predicate<ThreadSignals> isDone) {
        this.signal = signal;
        this.opened = opened;
        this.concerns = concerns;
        this.isDone = isDone;
    }

    /// Runs it.
    ///
    /// @param taken signals that it must not use
    /// @param opened what it lets through, which has to be delivered before this returns
    /// @param concerns which threads
    /// @param isDone what is so of a thread that has run the handler
    /// @throws OsException `EBUSY` if no signal is free, `ETIMEDOUT` if a thread takes none for 10
    ///   s
    static void run(
            HandlerCode code,
            SignalSet taken,
            SignalSet opened,
            Predicate<ThreadSignals> concerns,
            Predicate<ThreadSignals> isDone)
            throws IOException {
        var signal = freeSignal(taken);
        var flags = EnumSet.of(Flag.SIGINFO, Flag.RESTART, Flag.ON_STACK);
        var before = new SignalAction(code.address(), SignalSet.ALL, flags).install(signal);
        try {
            new Sweep(signal, opened, concerns, isDone).untilClean();
        } finally {
            if (isPending(signal)) {
                SignalAction.IGNORE.install(signal); // which drops it
            }
            before.install(signal);
        }
    }

    private static boolean isPending(Signal signal) throws IOException {
        return ThreadSignals.ofProcess("self").stream()
                .anyMatch(thread -> thread.pending().contains(signal));
    }

    private void untilClean() throws IOException {
        long spent = 0;
        long last = System.nanoTime();
        int clean = 0;
        int incomplete = 0;
        while (clean < CLEAN_ROUNDS) {
            switch (look()) {
                case DIRTY -> {
                    clean = 0;
                    incomplete = 0;
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                case INCOMPLETE -> incomplete++;
                case CLEAN -> clean++;
            }
            if (incomplete == INCOMPLETE_ROUNDS) {
                clean++;
                incomplete = 0;
            }
            long now = System.nanoTime();
            spent += Math.min(now - last, LOOK_NANOS_MAX);
            last = now;
            if (spent > NANOS_MAX) {
                throw OsException.of("tgkill", "all threads", Errno.ETIMEDOUT.number());
            }
        }
    }

    /// What a look at all threads finds.
    private enum Round {
        /// Some thread is not done.
        DIRTY,
        /// Some thread may have been missed, or does not show what it will have blocked.
        INCOMPLETE,
        /// All are done.
        CLEAN
    }

    private Round look() throws IOException {
        var listing = ThreadSignals.list("self");
        var round = listing.isComplete() ? Round.CLEAN : Round.INCOMPLETE;
        boolean isDirty = !listing.shared().and(opened).isEmpty();
        for (var thread : listing.threads()) {
            if (concerns.test(thread)) {
                if (thread.blocked().contains(signal)) {
                    if (isLeftAlone(thread, listing)) {
                        continue;
                    }
                    round = Round.INCOMPLETE;
                    isDirty |= listing.halted().contains(thread.tid());
                    send(thread);
                } else if (!isSettled(thread)) {
                    isDirty = true;
                    send(thread);
                }
            }
        }
        return isDirty ? Round.DIRTY : round;
    }

    /// What is halted is perhaps starting a child, which libc does with all signals blocked.
    private boolean isLeftAlone(ThreadSignals hidden, ThreadSignals.Listing listing) {
        return hiddenRounds.merge(hidden.tid(), 1, Integer::sum) >= HIDDEN_ROUNDS
                && !listing.halted().contains(hidden.tid());
    }

    private boolean isSettled(ThreadSignals thread) {
        return isDone.test(thread) && thread.pending().and(opened).isEmpty();
    }

    private void send(ThreadSignals thread) throws OsException {
        if (thread.pending().contains(signal)) {
            return; // it has not come to it yet
        }
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
