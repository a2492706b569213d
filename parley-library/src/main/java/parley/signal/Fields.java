package parley.signal;

import java.time.Duration;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.signal.SignalInfo.Sender;

/// All fields that the kernel may fill, of which [#info] takes those that it has: the code says
/// which, and where it is one of the signal's own, the signal.
record Fields(
        Signal signal,
        int code,
        int pid,
        int uid,
        long value,
        int status,
        long userTicks,
        long systemTicks,
        int timerId,
        int overrun,
        long address,
        int band,
        int fd) {
    private static final long TICKS_PER_SECOND = Unistd.sysconf(Unistd._SC_CLK_TCK);
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    SignalInfo info() {
        return switch (code) {
            case SignalH.SI_USER -> new SignalInfo.Sent(signal, code, sender(), false);
            case SignalH.SI_TKILL -> new SignalInfo.Sent(signal, code, sender(), true);
            case SignalH.SI_QUEUE -> new SignalInfo.Queued(signal, code, sender(), value);
            case SignalH.SI_MESGQ -> new SignalInfo.MessageQueue(signal, code, sender(), value);
            case SignalH.SI_TIMER -> new SignalInfo.Timer(signal, code, timerId, overrun, value);
            case SignalH.SI_SIGIO, SignalH.SI_ASYNCIO -> inputOutput();
            case SignalH.SI_KERNEL -> new SignalInfo.Kernel(signal, code);
            default -> ofTheSignalsOwnCode();
        };
    }

    private SignalInfo ofTheSignalsOwnCode() {
        if (code < 0) { // rt_sigqueueinfo(2) lets a process choose any such
            return new SignalInfo.Queued(signal, code, sender(), value);
        }
        return switch (signal.number()) {
            case SignalH.SIGCHLD -> child();
            case SignalH.SIGILL, SignalH.SIGFPE, SignalH.SIGSEGV, SignalH.SIGBUS, SignalH.SIGTRAP ->
                    new SignalInfo.Fault(signal, code, address);
            case SignalH.SIGSYS -> new SignalInfo.Kernel(signal, code);
            // F_SETSIG lets every signal tell of a descriptor.
            default -> inputOutput();
        };
    }

    private SignalInfo child() {
        var changes = SignalInfo.Child.Change.values();
        if (code > changes.length) {
            return new SignalInfo.Kernel(signal, code);
        }
        return new SignalInfo.Child(
                signal,
                code,
                sender(),
                changes[code - SignalH.CLD_EXITED],
                status,
                time(userTicks),
                time(systemTicks));
    }

    private SignalInfo inputOutput() {
        return new SignalInfo.InputOutput(signal, code, band, fd);
    }

    private Sender sender() {
        return new Sender(pid, Integer.toUnsignedLong(uid));
    }

    private static Duration time(long ticks) {
        return Duration.ofNanos(ticks * NANOS_PER_SECOND / TICKS_PER_SECOND);
    }
}
