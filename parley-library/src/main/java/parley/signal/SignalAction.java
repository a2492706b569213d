package parley.signal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import parley.kernel.SignalH;
import parley.os.OsException;

/// What a signal does to this process: its default action, nothing, or a handler. See sigaction(2).
///
/// @param handler the address of the handler; 0 for the default action, 1 for ignoring
/// @param mask what is blocked while the handler runs, besides the signal itself
/// @param flags how it is called
public record SignalAction(long handler, SignalSet mask, Set<Flag> flags) {
    /// The default action: [Signal#defaultAction].
    public static final SignalAction DEFAULT =
            new SignalAction(SignalH.SIG_DFL, SignalSet.EMPTY, Set.of());

    /// The signal is discarded when it is sent.
    public static final SignalAction IGNORE =
            new SignalAction(SignalH.SIG_IGN, SignalSet.EMPTY, Set.of());

    private static volatile SignalSet replaced = SignalSet.EMPTY;

    /// How a handler is called: the `SA_` flags.
    public enum Flag {
        /// `SA_NOCLDSTOP`: SIGCHLD not for children that stop or go on.
        NO_CHILD_STOP(SignalH.SA_NOCLDSTOP),
        /// `SA_NOCLDWAIT`: children leave no zombie, and nobody can ask how they ended.
        NO_CHILD_WAIT(SignalH.SA_NOCLDWAIT),
        /// `SA_SIGINFO`: the handler takes a `siginfo_t` too.
        SIGINFO(SignalH.SA_SIGINFO),
        /// `SA_ONSTACK`: on the alternate stack of sigaltstack(2).
        ON_STACK(SignalH.SA_ONSTACK),
        /// `SA_RESTART`: system calls that it interrupts are made again, where that can be.
        RESTART(SignalH.SA_RESTART),
        /// `SA_NODEFER`: the signal is not blocked while its handler runs.
        NO_DEFER(SignalH.SA_NODEFER),
        /// `SA_RESETHAND`: once, and then it is the default action.
        RESET_HANDLER((int) SignalH.SA_RESETHAND);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }
    }

    /// Keeps its own copy of the flags.
    public SignalAction {
        flags = Set.copyOf(flags);
    }

    /// That of a signal now. Changes nothing.
    public static SignalAction of(Signal signal) throws OsException {
        return exchange(signal, MemorySegment.NULL);
    }

    /// True if a function is called.
    public boolean isHandler() {
        return handler != SignalH.SIG_DFL && handler != SignalH.SIG_IGN;
    }

    /// Makes a signal do its default action, or nothing, until what is returned is closed: that
    /// restores exactly what was before, HotSpot's handler of SIGINT too.
    ///
    /// @param action [#DEFAULT] or [#IGNORE]; to have code run there is [SignalHandler]
    /// @throws SignalRefusedException if it belongs to the kernel, HotSpot, libc or Parley
    /// @throws IllegalStateException if it is replaced already, or a stream receives it
    public static Replacement replace(Signal signal, SignalAction action) throws IOException {
        if (action.isHandler()) {
            throw new IllegalArgumentException("DEFAULT or IGNORE, not " + action);
        }
        synchronized (SignalOwner.LOCK) {
            SignalOwner.requireFree(signal);
            var one = SignalSet.of(signal);
            requireNotReplaced(one);
            if (ProcessMask.used().contains(signal) || Capture.isUsed(signal)) {
                throw new IllegalStateException("a SignalStream receives " + signal);
            }
            var replacement = new Replacement(signal, action.install(signal));
            replaced = replaced.with(one);
            return replacement;
        }
    }

    /// One thing at a time may be done with a signal, or the last to end restores what is no more.
    static void requireNotReplaced(SignalSet signals) {
        var both = signals.and(replaced);
        if (!both.isEmpty()) {
            throw new IllegalStateException("replaced, and not restored yet: " + both);
        }
    }

    /// An action that was replaced.
    public static final class Replacement implements AutoCloseable {
        private final Signal signal;
        private final SignalAction previous;
        private boolean isOver;

        private Replacement(Signal signal, SignalAction previous) {
            this.signal = signal;
            this.previous = previous;
        }

        /// What was there before.
        public SignalAction previous() {
            return previous;
        }

        /// Restores it; more calls do nothing.
        @Override
        public void close() throws OsException {
            synchronized (SignalOwner.LOCK) {
                if (!isOver) {
                    previous.install(signal);
                    replaced = replaced.without(SignalSet.of(signal));
                    isOver = true;
                }
            }
        }
    }

    /// Makes this the action of a signal, and gives back what it was.
    ///
    /// @throws OsException `EINVAL` for SIGKILL, SIGSTOP and what libc keeps for itself
    SignalAction install(Signal signal) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var action = arena.allocate(SignalH.SIGACTION);
            action.set(JAVA_LONG, SignalH.SA_HANDLER, handler);
            action.set(JAVA_LONG, SignalH.SA_MASK, mask.bits());
            action.set(JAVA_INT, SignalH.SA_FLAGS, flagBits());
            return exchange(signal, action);
        }
    }

    private static SignalAction exchange(Signal signal, MemorySegment action) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var old = arena.allocate(SignalH.SIGACTION);
            int r = SignalH.sigaction(signal.number(), action, old);
            OsException.check("sigaction", signal.toString(), r);
            return new SignalAction(
                    old.get(JAVA_LONG, SignalH.SA_HANDLER),
                    SignalSet.ofBits(old.get(JAVA_LONG, SignalH.SA_MASK)),
                    flags(old.get(JAVA_INT, SignalH.SA_FLAGS)));
        }
    }

    private int flagBits() {
        return flags.stream().mapToInt(flag -> flag.bit).reduce(0, (a, b) -> a | b);
    }

    private static Set<Flag> flags(int bits) {
        var flags = EnumSet.noneOf(Flag.class);
        for (var flag : Flag.values()) {
            if ((bits & flag.bit) != 0) {
                flags.add(flag);
            }
        }
        return flags;
    }

    @Override
    public String toString() {
        if (handler == SignalH.SIG_DFL) {
            return "default";
        }
        return handler == SignalH.SIG_IGN ? "ignore" : "handler 0x" + Long.toHexString(handler);
    }
}
