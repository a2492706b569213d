package parley.signal;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import parley.kernel.SignalCode;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.OsException;
import parley.signal.SignalAction.Flag;

/// Blocks signals in every thread of this running JVM, and unblocks them again.
///
/// A thread can change only its own mask. So each gets a signal that is free, whose handler changes
/// the mask that the thread returns to; until all have done so, new ones, which inherit the mask of
/// their creator, included. See sigreturn(2).
///
/// **Assumptions.** Nobody else changes masks meanwhile, or sets the disposition of the signal that
/// is used. HotSpot opens the signals it handles itself in every new thread: those cannot be
/// blocked so, and [SignalOwner] refuses them before. **Guarantees.** A signal is blocked from the
/// first [#block] that names it to the last [#unblock]. Which threads had it blocked before is
/// kept, and they keep it blocked. No signal of the sweep is pending when its disposition becomes
/// again what it was.
final class ProcessMask {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SWEEP_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);
    private static final int CLEAN_ROUNDS = 2; // a thread may be born during the first
    private static final SignalSet REAL_TIME =
            SignalSet.of(Signal.all().stream().filter(Signal::isRealTime).toList());

    /// libc blocks all signals in a thread that it creates or that creates one. What it will have
    /// blocked then is not known before; who keeps all blocked for so many rounds wants it so.
    private static final int HIDDEN_ROUNDS = 200;

    private static final int OWN_PID = (int) ProcessHandle.current().pid();

    private static final Map<Signal, Integer> USES = new HashMap<>();
    private static final Map<Integer, Long> BLOCKED_BEFORE = new HashMap<>(); // by thread
    private static @Nullable HandlerCode blocking;
    private static @Nullable HandlerCode unblocking;

    private ProcessMask() {}

    /// Blocks signals in all threads, those to come included.
    ///
    /// @throws OsException if the machine code may not be executed, or a thread does not take
    ///   signals
    static synchronized void block(SignalSet signals) throws IOException {
        var fresh = SignalSet.EMPTY;
        for (var signal : signals) {
            if (!USES.containsKey(signal)) {
                fresh = fresh.with(SignalSet.of(signal));
            }
        }
        if (!fresh.isEmpty()) {
            remember(fresh);
            sweepBlocking(fresh);
        }
        signals.forEach(signal -> USES.merge(signal, 1, Integer::sum));
    }

    private static void sweepBlocking(SignalSet fresh) throws IOException {
        if (areBlocked(fresh)) { // the JVM was started so, as env --block-signal does
            return;
        }
        if (blocking == null) {
            blocking = HandlerCode.of(SignalCode::block);
        }
        blocking.set(SignalCode.SET_BITS, fresh.bits());
        boolean isSwept = false;
        try {
            sweep(blocking, thread -> thread.blocked().containsAll(fresh));
            isSwept = true;
        } finally {
            if (!isSwept) {
                sweepUnblocking(fresh);
            }
        }
    }

    private static boolean areBlocked(SignalSet signals) throws IOException {
        return ThreadSignals.ofProcess("self").stream()
                .allMatch(thread -> thread.blocked().containsAll(signals));
    }

    /// True if some stream has it blocked.
    static synchronized boolean isUsed(Signal signal) {
        return USES.containsKey(signal);
    }

    /// Unblocks signals that nobody else wants blocked, in the threads that had them unblocked.
    static synchronized void unblock(SignalSet signals) throws IOException {
        var free = SignalSet.EMPTY;
        for (var signal : signals) {
            if (USES.merge(signal, -1, Integer::sum) == 0) {
                USES.remove(signal);
                free = free.with(SignalSet.of(signal));
            }
        }
        if (!free.isEmpty()) {
            unblockDropping(free);
        }
    }

    private static void sweepUnblocking(SignalSet free) throws IOException {
        if (unblocking == null) {
            unblocking = HandlerCode.of(SignalCode::unblock);
        }
        for (var kept : Set.copyOf(keptBits(free))) { // one round for all, but for a few threads
            var bits = SignalSet.ofBits(free.bits() & ~kept);
            unblocking.set(SignalCode.KEPT_BITS, ~bits.bits());
            sweep(
                    unblocking,
                    thread ->
                            keptBits(thread.tid(), free) != kept
                                    || thread.blocked().and(bits).isEmpty());
        }
        BLOCKED_BEFORE.replaceAll((_, bits) -> bits & ~free.bits());
        BLOCKED_BEFORE.values().removeIf(bits -> bits == 0);
    }

    /// What is pending, for the process or a thread, would be delivered at once, and most signals
    /// end the JVM. Ignoring a signal drops all that is pending of it, see POSIX sigaction(), and
    /// what comes before all threads have it unblocked. Not SIGCHLD, of which nothing comes but
    /// zombies that nobody can wait for.
    private static void unblockDropping(SignalSet free) throws IOException {
        var before = new HashMap<Signal, SignalAction>();
        try {
            for (var signal : free) {
                if (signal.defaultAction() != DefaultAction.IGNORE) {
                    before.put(signal, SignalAction.IGNORE.install(signal));
                }
            }
            sweepUnblocking(free);
        } finally {
            for (var action : before.entrySet()) {
                action.getValue().install(action.getKey());
            }
        }
    }

    private static void remember(SignalSet fresh) throws IOException {
        for (var thread : ThreadSignals.ofProcess("self")) {
            long before = thread.blocked().and(fresh).bits();
            if (before != 0) {
                BLOCKED_BEFORE.merge(thread.tid(), before, (a, b) -> a | b);
            }
        }
    }

    private static Set<Long> keptBits(SignalSet free) throws IOException {
        var all = new HashSet<Long>();
        for (var thread : ThreadSignals.ofProcess("self")) {
            all.add(keptBits(thread.tid(), free));
        }
        return all;
    }

    private static long keptBits(int tid, SignalSet free) {
        return BLOCKED_BEFORE.getOrDefault(tid, 0L) & free.bits();
    }

    /// Whether a thread's mask is as it shall be.
    private interface Condition {
        boolean holds(ThreadSignals thread);
    }

    private static void sweep(HandlerCode code, Condition condition) throws IOException {
        var signal = freeSignal();
        var handler =
                new SignalAction(
                        code.address(),
                        SignalSet.ALL,
                        Set.of(Flag.SIGINFO, Flag.RESTART, Flag.ON_STACK));
        var before = handler.install(signal);
        try {
            long end = System.nanoTime() + SWEEP_NANOS_MAX;
            var hiddenRounds = new HashMap<Integer, Integer>();
            int clean = 0;
            while (clean < CLEAN_ROUNDS) {
                clean = isRoundClean(signal, condition, hiddenRounds) ? clean + 1 : 0;
                if (System.nanoTime() - end > 0) {
                    throw OsException.of("tgkill", "all threads", Errno.ETIMEDOUT.number());
                }
            }
        } finally {
            SignalAction.IGNORE.install(signal); // which drops what is still pending
            before.install(signal);
        }
    }

    private static boolean isRoundClean(
            Signal signal, Condition condition, Map<Integer, Integer> hiddenRounds)
            throws IOException {
        boolean isClean = true;
        for (var thread : ThreadSignals.ofProcess("self")) {
            boolean isHidden =
                    thread.blocked().contains(signal)
                            && hiddenRounds.merge(thread.tid(), 1, Integer::sum) < HIDDEN_ROUNDS;
            if (isHidden || !condition.holds(thread)) {
                isClean = false;
                if (!thread.pending().contains(signal)) { // else it has not come to it yet
                    int _ = SignalH.tgkill(OWN_PID, thread.tid(), signal.number()); // or has ended
                }
            }
        }
        if (!isClean) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return isClean;
    }

    /// A real-time signal without a handler that no thread has blocked, from the end.
    private static Signal freeSignal() throws IOException {
        var blocked = SignalSet.EMPTY;
        for (var thread : ThreadSignals.ofProcess("self")) {
            if (!thread.blocked().containsAll(REAL_TIME)) { // else it is just being born
                blocked = blocked.with(thread.blocked());
            }
        }
        for (var signal : REAL_TIME.without(blocked).signals().reversed()) {
            if (SignalAction.of(signal).equals(SignalAction.DEFAULT)) {
                return signal;
            }
        }
        throw OsException.of("sigaction", "a real-time signal", Errno.EBUSY.number());
    }
}
