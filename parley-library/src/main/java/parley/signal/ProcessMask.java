package parley.signal;

import java.io.IOException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import parley.kernel.SignalCode;
import parley.kernel.SignalH;
import parley.os.OsException;
import parley.signal.SignalAction.Flag;

/// Blocks signals in every thread of this running JVM, and unblocks them again.
///
/// A thread can change only its own mask; [Sweep] makes each do so. New ones inherit the mask of
/// their creator.
///
/// **Assumptions.** Nobody else changes masks meanwhile. HotSpot opens the signals it handles
/// itself in every new thread: those cannot be blocked so, and [SignalOwner] refuses them before.
/// **Guarantees.** A signal is blocked from the first [#block] that names it to the last
/// [#unblock]. Which threads had it blocked before is kept, and they keep it blocked. No signal of
/// the sweep is pending when its disposition becomes again what it was.
final class ProcessMask {
    private static final Map<Signal, Integer> USES = new HashMap<>();
    private static final Map<Integer, Long> BLOCKED_BEFORE = new HashMap<>(); // by thread
    private static SignalSet swept = SignalSet.EMPTY; // of those in use
    private static @Nullable HandlerCode blocking;
    private static @Nullable HandlerCode unblocking;

    private ProcessMask() {}

    /// Blocks signals in all threads, those to come included.
    ///
    /// @throws OsException if the machine code may not be executed, or a thread does not take
    ///   signals
    static synchronized void block(SignalSet signals) throws IOException {
        var fresh = signals.without(used());
        // Started so, as env --block-signal does: then nothing is to be done, and to be undone.
        var open = fresh.without(blockedByAll());
        if (!open.isEmpty()) {
            remember(open);
            sweepBlocking(open, used().with(fresh));
            swept = swept.with(open);
        }
        signals.forEach(signal -> USES.merge(signal, 1, Integer::sum));
    }

    private static void sweepBlocking(SignalSet open, SignalSet taken) throws IOException {
        if (blocking == null) {
            blocking = HandlerCode.of(SignalCode::block);
        }
        blocking.set(SignalCode.SET_BITS, open.bits());
        boolean isSwept = false;
        try {
            Sweep.run(
                    blocking,
                    taken,
                    SignalSet.EMPTY,
                    _ -> true,
                    thread -> thread.blocked().containsAll(open));
            isSwept = true;
        } finally {
            if (!isSwept) {
                sweepUnblocking(open, taken);
            }
        }
    }

    private static SignalSet blockedByAll() throws IOException {
        var blocked = SignalSet.ALL;
        for (var thread : ThreadSignals.ofProcess("self")) {
            blocked = blocked.and(thread.blocked());
        }
        return blocked;
    }

    /// What some stream has blocked.
    static synchronized SignalSet used() {
        return SignalSet.of(USES.keySet());
    }

    /// Unblocks signals that nobody else wants blocked, in the threads that had them unblocked. If
    /// that fails they stay as they are, and it may be tried again.
    static synchronized void unblock(SignalSet signals) throws IOException {
        var last =
                SignalSet.of(
                        signals.signals().stream()
                                .filter(signal -> USES.getOrDefault(signal, 0) == 1)
                                .toList());
        var closed = last.and(swept);
        if (!closed.isEmpty()) {
            unblockDropping(closed);
            swept = swept.without(closed);
        }
        signals.forEach(signal -> USES.computeIfPresent(signal, (_, n) -> n == 1 ? null : n - 1));
    }

    private static void sweepUnblocking(SignalSet free, SignalSet taken) throws IOException {
        if (unblocking == null) {
            unblocking = HandlerCode.of(SignalCode::unblock);
        }
        for (long kept : keptBits(free)) { // one round for all, but for a few threads
            var bits = SignalSet.ofBits(free.bits() & ~kept);
            unblocking.set(SignalCode.KEPT_BITS, ~bits.bits());
            Sweep.run(
                    unblocking,
                    taken,
                    bits,
                    thread -> keptBits(thread.tid(), free) == kept,
                    thread -> thread.blocked().and(bits).isEmpty());
        }
        BLOCKED_BEFORE.replaceAll((_, bits) -> bits & ~free.bits());
        BLOCKED_BEFORE.values().removeIf(bits -> bits == 0);
    }

    /// What is pending, for the process or a thread, is delivered at once, and most signals would
    /// end the JVM. Until all is delivered they have a handler that does nothing: unlike ignoring
    /// them, that is not passed on to a program that is started meanwhile.
    private static void unblockDropping(SignalSet free) throws IOException {
        var nothing =
                new SignalAction(SignalH.emptyHandler(), SignalSet.EMPTY, EnumSet.of(Flag.RESTART));
        var before = new HashMap<Signal, SignalAction>();
        try {
            for (var signal : free) {
                before.put(signal, nothing.install(signal));
            }
            sweepUnblocking(free, used());
        } finally {
            for (var action : before.entrySet()) {
                action.getValue().install(action.getKey());
            }
        }
    }

    private static void remember(SignalSet fresh) throws IOException {
        for (var thread : ThreadSignals.ofProcess("self")) {
            long before = thread.blocked().and(fresh).bits();
            if (before != 0 && !Sweep.isHidden(thread)) {
                BLOCKED_BEFORE.merge(thread.tid(), before, (a, b) -> a | b);
            }
        }
    }

    private static Set<Long> keptBits(SignalSet free) throws IOException {
        var all = new HashSet<>(Set.of(0L)); // of threads to come
        for (var thread : ThreadSignals.ofProcess("self")) {
            all.add(keptBits(thread.tid(), free));
        }
        return all;
    }

    private static long keptBits(int tid, SignalSet free) {
        return BLOCKED_BEFORE.getOrDefault(tid, 0L) & free.bits();
    }
}
