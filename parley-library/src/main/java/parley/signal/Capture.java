package parley.signal;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import parley.kernel.Fcntl;
import parley.kernel.HandlerCode;
import parley.kernel.SignalCode;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Readiness;
import parley.signal.SignalAction.Flag;

/// The signals that HotSpot opens again in every new thread, so that they cannot be kept blocked:
/// received by a handler in machine code that writes what it is told to a pipe.
///
/// The pipe never waits: a handler that did could stop the JVM, whose threads all have to leave
/// their handlers for a garbage collection. It holds 512 signals; what comes beyond them is counted
/// in [#dropped]. Made once for each signal, and never taken away: a thread may be in the handler
/// at any time, with the number of the descriptor in its hand.
final class Capture {
    /// Those of HotSpot's signals that have no other meaning inside the JVM.
    static final SignalSet MAY_BE = SignalSet.of(Signal.HUP, Signal.INT, Signal.QUIT, Signal.TERM);

    private static final Map<Signal, Capture> BY_SIGNAL = new HashMap<>();

    private final Signal signal;
    private final Fd source;
    private final HandlerCode recording;
    private final HandlerCode chaining;
    private @Nullable SignalAction before; // while it is installed

    private Capture(Signal signal, Fd source, int sink) throws OsException {
        this.signal = signal;
        this.source = source;
        this.recording = Handlers.of(SignalCode::record);
        this.chaining = Handlers.of(SignalCode::chain);
        recording.setInt(SignalCode.DESCRIPTOR, sink);
        chaining.setInt(SignalCode.DESCRIPTOR, sink);
    }

    static synchronized Capture of(Signal signal) throws OsException {
        var known = BY_SIGNAL.get(signal);
        if (known != null) {
            return known;
        }
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(JAVA_INT, 2);
            int r = Unistd.pipe2(fds, Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK);
            OsException.check("pipe2", signal.toString(), r);
            var source = Fd.of("pipe2", signal.toString(), fds.getAtIndex(JAVA_INT, 0));
            var fresh = new Capture(signal, source, fds.getAtIndex(JAVA_INT, 1));
            BY_SIGNAL.put(signal, fresh);
            return fresh;
        }
    }

    /// Takes the signal away from HotSpot.
    ///
    /// @throws IllegalStateException if it is received here already
    synchronized void take() throws IOException {
        requireFree();
        var flags = EnumSet.of(Flag.SIGINFO, Flag.RESTART, Flag.ON_STACK);
        before = new SignalAction(recording.address(), SignalSet.EMPTY, flags).install(signal);
    }

    /// Lets HotSpot do what it does, and tells of it.
    ///
    /// @throws IllegalStateException if it is received here already
    synchronized void observe() throws IOException {
        requireFree();
        var own = SignalAction.of(signal);
        chaining.set(SignalCode.NEXT, own.handler()); // HotSpot's, each time
        var flags = EnumSet.of(Flag.SIGINFO);
        flags.addAll(own.flags());
        before = new SignalAction(chaining.address(), own.mask(), flags).install(signal);
    }

    private void requireFree() throws IOException {
        if (before != null) {
            throw new IllegalStateException(signal + " is received by another stream already");
        }
        drain(); // of a handler that was still running when the last stream ended
    }

    /// True if it is received by some stream.
    static synchronized boolean isUsed(Signal signal) {
        var known = BY_SIGNAL.get(signal);
        return known != null && known.isInstalled();
    }

    private synchronized boolean isInstalled() {
        return before != null;
    }

    private void drain() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(SignalH.SIGINFO_SENT);
            while (Readiness.attempt(source, SignalStream.READ, buffer, 0) > 0) {}
        }
    }

    /// Gives the signal back. What was not received is dropped.
    synchronized void end() throws IOException {
        if (before != null) {
            before.install(signal);
            before = null;
            drain();
        }
    }

    /// A descriptor of the caller's own, which gives a `siginfo_t` for each signal.
    Fd openSource() throws IOException {
        int number = source.enter();
        try {
            int r = Fcntl.fcntl(number, Fcntl.F_DUPFD_CLOEXEC, 0);
            return Fd.of("fcntl(F_DUPFD_CLOEXEC)", signal.toString(), r);
        } finally {
            source.exit();
        }
    }

    /// How many found the pipe full.
    long dropped() {
        return recording.get(SignalCode.DROPPED) + chaining.get(SignalCode.DROPPED);
    }

    @Override
    public String toString() {
        return signal.toString();
    }
}
