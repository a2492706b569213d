package parley.signal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import parley.kernel.SignalH;

/// To whom a signal belongs in this JVM, and so who else may not have it: found out from the
/// dispositions in force, not from a list alone.
final class SignalOwner {
    private static final SignalSet UNCATCHABLE = SignalSet.of(Signal.KILL, Signal.STOP);

    /// An instruction raises them in the thread that executes it, which cannot go on meanwhile.
    private static final SignalSet OF_FAULTS =
            SignalSet.of(Signal.ILL, Signal.TRAP, Signal.BUS, Signal.FPE, Signal.SEGV, Signal.SYS);

    /// `__SIGRTMAX - 2`, of libnio and libnet, which install its handler when they are first used.
    private static final int OF_THE_JDK = SignalH.SIGNALS - 2;

    /// Held while a signal gets another owner, or goes back to the one before.
    static final Object LOCK = new Object();

    private SignalOwner() {}

    /// Called with the [#LOCK] held: while signals are given back they have other actions.
    ///
    /// @throws SignalRefusedException if it is somebody's
    static void requireFree(Signal signal) throws IOException {
        var refusal = refusal(signal);
        if (refusal.isPresent()) {
            throw new SignalRefusedException(signal, refusal.get());
        }
    }

    /// Why nobody but its owner may receive a signal here; empty if anybody may.
    static Optional<String> refusal(Signal signal) throws IOException {
        if (UNCATCHABLE.contains(signal)) {
            return Optional.of("the kernel lets nobody catch, block or ignore it");
        }
        if (OF_FAULTS.contains(signal)) {
            return Optional.of("it tells of a fault of one thread, and HotSpot lives by it");
        }
        if (signal == Signal.URG) {
            return Optional.of("Parley ends waiting calls with it");
        }
        if (signal == Sweep.USUAL) {
            return Optional.of("Parley makes threads look with it");
        }
        if (!signal.isRealTime() && signal.number() > Signal.SYS.number()) {
            return Optional.of("libc keeps it for itself");
        }
        if (signal.number() == OF_THE_JDK) {
            return Optional.of("the JDK ends waiting reads and writes with it");
        }
        var action = SignalAction.of(signal);
        boolean isOurs = Capture.MAY_BE.contains(signal) || ProcessMask.used().contains(signal);
        if (action.isHandler() && !isOurs) {
            return Optional.of("it is caught by " + libraryAt(action.handler()) + " already");
        }
        return Optional.empty();
    }

    /// The file that is mapped at an address, of `/proc/self/maps`.
    private static String libraryAt(long address) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> contains(line, address))
                    .map(line -> line.substring(line.lastIndexOf('/') + 1).strip())
                    .filter(name -> name.endsWith(".so") || name.contains(".so."))
                    .findFirst()
                    .orElse("this process");
        }
    }

    private static boolean contains(String line, long address) {
        int dash = line.indexOf('-');
        long start = Long.parseUnsignedLong(line.substring(0, dash), 16);
        long end = Long.parseUnsignedLong(line.substring(dash + 1, line.indexOf(' ')), 16);
        return Long.compareUnsigned(start, address) <= 0 && Long.compareUnsigned(address, end) < 0;
    }
}
