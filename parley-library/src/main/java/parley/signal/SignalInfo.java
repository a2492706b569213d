package parley.signal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import parley.kernel.SignalH;
import parley.kernel.SysSignalfd;

/// A signal that came, and what the kernel says about it: who or what sent it, and why. See
/// sigaction(2), "The siginfo_t argument".
public sealed interface SignalInfo {
    /// Which one.
    Signal signal();

    /// What caused it in the kernel's terms: `si_code`.
    int code();

    /// The name of the code in C: `SI_USER`, `CLD_EXITED`; the number if it has none.
    default String codeName() {
        return CodeNames.of(this);
    }

    /// By whom it was sent; empty if not by a process.
    default Optional<Sender> sender() {
        return Optional.empty();
    }

    /// A process, as the kernel saw it when it sent.
    ///
    /// @param pid its number; 0 if it is in a PID namespace that cannot be seen from here
    /// @param uid its real user, 0 to 2^32-1
    record Sender(int pid, long uid) {
        @Override
        public String toString() {
            return "process " + pid + " of uid " + uid;
        }
    }

    /// Sent by a process with kill(2) or tgkill(2): `SI_USER`, `SI_TKILL`.
    ///
    /// @param isToThread true if it was sent to one thread
    record Sent(Signal signal, int code, Sender from, boolean isToThread) implements SignalInfo {
        @Override
        public Optional<Sender> sender() {
            return Optional.of(from);
        }
    }

    /// Sent by a process with a value, by sigqueue(3): `SI_QUEUE`.
    ///
    /// @param value 64 bits; of a sender that has set the `int` of `union sigval`, the lower 32
    record Queued(Signal signal, int code, Sender from, long value) implements SignalInfo {
        @Override
        public Optional<Sender> sender() {
            return Optional.of(from);
        }

        /// The value of a sender that has set the `int`.
        public int intValue() {
            return (int) value;
        }
    }

    /// By a message on a POSIX queue that asked for it with mq_notify(3): `SI_MESGQ`.
    ///
    /// @param from who sent the message
    /// @param value as it was asked for
    record MessageQueue(Signal signal, int code, Sender from, long value) implements SignalInfo {
        @Override
        public Optional<Sender> sender() {
            return Optional.of(from);
        }
    }

    /// By a timer of timer_create(2): `SI_TIMER`.
    ///
    /// @param timerId the kernel's own number of the timer
    /// @param overrun how often it expired since
    /// @param value as it was asked for
    record Timer(Signal signal, int code, int timerId, int overrun, long value)
            implements SignalInfo {}

    /// By a child that ended, stopped or went on: `CLD_*`.
    ///
    /// @param child which one
    /// @param change what became of it
    /// @param status its exit status, or the number of the signal that ended, stopped or continued
    ///   it
    /// @param userTime CPU time it has used in user mode
    /// @param systemTime CPU time it has used in the kernel
    record Child(
            Signal signal,
            int code,
            Sender child,
            Change change,
            int status,
            Duration userTime,
            Duration systemTime)
            implements SignalInfo {
        /// What becomes of a child.
        public enum Change {
            EXITED,
            KILLED,
            DUMPED,
            TRAPPED,
            STOPPED,
            CONTINUED
        }

        @Override
        public Optional<Sender> sender() {
            return Optional.of(child);
        }
    }

    /// By an instruction that failed: SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP with a code of their
    /// own.
    ///
    /// @param address of the instruction, or of the memory
    record Fault(Signal signal, int code, long address) implements SignalInfo {}

    /// By a descriptor that is ready and was set up for it by fcntl(2): `POLL_*`, `SI_SIGIO`,
    /// `SI_ASYNCIO`.
    ///
    /// @param band the events, as poll(2) has them
    /// @param fd the descriptor's number
    record InputOutput(Signal signal, int code, int band, int fd) implements SignalInfo {}

    /// By the kernel for another reason: `SI_KERNEL`, such as Ctrl-C at the terminal.
    record Kernel(Signal signal, int code) implements SignalInfo {}

    /// That of a `siginfo_t`.
    static SignalInfo of(MemorySegment info) {
        int code = info.get(JAVA_INT, SignalH.SI_CODE);
        return new Fields(
                        Signal.of(info.get(JAVA_INT, SignalH.SI_SIGNO)),
                        code == Guard.SENT_BACK ? info.get(JAVA_INT, SignalH.SI_ERRNO) : code,
                        info.get(JAVA_INT, SignalH.SI_PID),
                        info.get(JAVA_INT, SignalH.SI_UID),
                        info.get(JAVA_LONG, SignalH.SI_VALUE),
                        info.get(JAVA_INT, SignalH.SI_STATUS),
                        info.get(JAVA_LONG, SignalH.SI_UTIME),
                        info.get(JAVA_LONG, SignalH.SI_STIME),
                        info.get(JAVA_INT, SignalH.SI_TIMERID),
                        info.get(JAVA_INT, SignalH.SI_OVERRUN),
                        info.get(JAVA_LONG, SignalH.SI_ADDR),
                        (int) info.get(JAVA_LONG, SignalH.SI_BAND),
                        info.get(JAVA_INT, SignalH.SI_FD))
                .info();
    }

    /// That of a `signalfd_siginfo`.
    static SignalInfo ofSignalFd(MemorySegment info) {
        if (info.get(JAVA_INT, SysSignalfd.SSI_CODE) == Guard.SENT_BACK) {
            return ofSentBack(info);
        }
        return new Fields(
                        Signal.of(info.get(JAVA_INT, SysSignalfd.SSI_SIGNO)),
                        info.get(JAVA_INT, SysSignalfd.SSI_CODE),
                        info.get(JAVA_INT, SysSignalfd.SSI_PID),
                        info.get(JAVA_INT, SysSignalfd.SSI_UID),
                        info.get(JAVA_LONG, SysSignalfd.SSI_PTR),
                        info.get(JAVA_INT, SysSignalfd.SSI_STATUS),
                        info.get(JAVA_LONG, SysSignalfd.SSI_UTIME),
                        info.get(JAVA_LONG, SysSignalfd.SSI_STIME),
                        info.get(JAVA_INT, SysSignalfd.SSI_TID),
                        info.get(JAVA_INT, SysSignalfd.SSI_OVERRUN),
                        info.get(JAVA_LONG, SysSignalfd.SSI_ADDR),
                        info.get(JAVA_INT, SysSignalfd.SSI_BAND),
                        info.get(JAVA_INT, SysSignalfd.SSI_FD))
                .info();
    }

    /// Of such a one the kernel takes pid, uid and value alone, whatever these fields are by its
    /// real code: as a `siginfo_t` they are that again.
    private static SignalInfo ofSentBack(MemorySegment info) {
        try (var arena = Arena.ofConfined()) {
            var whole = arena.allocate(SignalH.SIGINFO_SENT);
            whole.set(JAVA_INT, SignalH.SI_SIGNO, info.get(JAVA_INT, SysSignalfd.SSI_SIGNO));
            whole.set(JAVA_INT, SignalH.SI_CODE, info.get(JAVA_INT, SysSignalfd.SSI_ERRNO));
            whole.set(JAVA_INT, SignalH.SI_PID, info.get(JAVA_INT, SysSignalfd.SSI_PID));
            whole.set(JAVA_INT, SignalH.SI_UID, info.get(JAVA_INT, SysSignalfd.SSI_UID));
            whole.set(JAVA_LONG, SignalH.SI_VALUE, info.get(JAVA_LONG, SysSignalfd.SSI_PTR));
            return of(whole);
        }
    }
}
