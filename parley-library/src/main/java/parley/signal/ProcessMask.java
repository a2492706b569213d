package parley.signal;

import java.io.IOException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import parley.kernel.HandlerCode;
import parley.kernel.SignalCode;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.OsException;
import parley.signal.SignalAction.Flag;

/// Blocks signals in every thread of this running JVM, and unblocks them again.
///
/// A thread can change only its own mask; [Sweep] makes each do so. New ones inherit the mask of
/// their creator.
///
/// **Assumptions.** Nobody else changes masks meanwhile, but HotSpot: it opens the signals that it
/// handles itself in every new thread, so that those cannot be blocked ([SignalOwner] refuses them
/// before), and gives a thread that ends the mask that it was born with. What comes through then,
/// [Guard] sends back. **Guarantees.** From the first [#block] that names a signal to the last
/// [#unblock] no thread lets it do anything. Which threads had it blocked before is kept, and they
/// keep it blocked.
final class ProcessMask {
    private static final Map<Signal, Integer> USES = new HashMap<>();
    private static final Map<Integer, Long> BLOCKED_BEFORE = new HashMap<>(); // by thread
    private static final Map<Signal, SignalAction> GUARDED = new HashMap<>(); // what it did before
    private static SignalSet swept = SignalSet.EMPTY; // of those in use
    private static @Nullable HandlerCode blocking;
    private static @Nullable HandlerCode unblocking;

    private ProcessMask() {}

    /// Blocks signals in all threads, those to come included. A thread that takes no signal now is
    /// left to the guard.
    ///
    /// @throws OsException if the machine code may not be executed
    static synchronized void block(SignalSet signals) throws IOException {
        var fresh = signals.without(used());
        // Started so, as env --block-signal does: then nothing is to be done, and to be undone.
        var open = fresh.without(blockedByAll());
        if (!open.isEmpty()) {
            boolean isSwept = false;
            try {
                remember(open);
                guard(open);
                sweepBlocking(open, used().with(fresh));
                isSwept = true;
            } finally {
                if (!isSwept) {
                    unblockDropping(open);
                }
            }
        }
        signals.forEach(signal -> USES.merge(signal, 1, Integer::sum));
    }

    /// Those that are ignored are not guarded: it does no harm if one comes through, and programs
    /// that are started shall ignore them too.
    private static void guard(SignalSet open) throws IOException {
        Guard.setBlocked(swept.with(open));
        swept = swept.with(open);
        for (var signal : open) {
            if (SignalAction.of(signal).equals(SignalAction.DEFAULT)) {
                GUARDED.put(signal, Guard.install(signal));
            }
        }
    }

    private static void sweepBlocking(SignalSet open, SignalSet taken) throws IOException {
        if (blocking == null) {
            blocking = Handlers.of(SignalCode::block);
        }
        blocking.set(SignalCode.SET_BITS, open.bits());
        try {
            Sweep.run(
                    blocking,
                    taken,
                    SignalSet.EMPTY,
                    _ -> true,
                    thread -> thread.blocked().containsAll(open));
        } catch (OsException e) {
            if (e.errno() != Errno.ETIMEDOUT && e.errno() != Errno.EBUSY) {
                throw e;
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
        }
        signals.forEach(signal -> USES.computeIfPresent(signal, (_, n) -> n == 1 ? null : n - 1));
    }

    private static void sweepUnblocking(SignalSet free, SignalSet taken) throws IOException {
        if (unblocking == null) {
            unblocking = Handlers.of(SignalCode::unblock);
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
        var now = new HashMap<Signal, SignalAction>();
        boolean isSwept = false;
        try {
            Guard.setBlocked(swept.without(free));
            for (var signal : free) {
                now.put(signal, nothing.install(signal));
            }
            sweepUnblocking(free, used().with(free));
            swept = swept.without(free);
            isSwept = true;
        } finally {
            if (!isSwept) {
                Guard.setBlocked(swept); // those that some threads let through by now
            }
            for (var action : now.entrySet()) {
                var signal = action.getKey();
                var before = isSwept ? GUARDED.remove(signal) : null;
                (before == null ? action.getValue() : before).install(signal);
            }
        }
    }

    private static void remember(SignalSet fresh) throws IOException {
        var threads = ThreadSignals.ofProcess("self");
        BLOCKED_BEFORE.keySet().retainAll(threads.stream().map(ThreadSignals::tid).toList());
        for (var thread : threads) {
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
