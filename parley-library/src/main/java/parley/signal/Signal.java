package parley.signal;

import static parley.signal.DefaultAction.CONTINUE;
import static parley.signal.DefaultAction.CORE_DUMP;
import static parley.signal.DefaultAction.IGNORE;
import static parley.signal.DefaultAction.TERMINATE;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import parley.kernel.SignalH;

/// A signal: its number, its name, what it does by default, and what it is sent for. See signal(7).
///
/// There is one object per number, so that `==` compares. Standard signals are pending at most
/// once: a second one, sent before the first is taken, is lost with all that it says. Real-time
/// signals queue, lower numbers first, those of one number in the order they were sent.
public final class Signal implements Comparable<Signal> {
    private static final int REAL_TIME_MIN = SignalH.sigrtmin();
    private static final Signal[] BY_NUMBER = new Signal[SignalH.SIGNALS + 1];

    public static final Signal HUP =
            standard(
                    SignalH.SIGHUP,
                    "HUP",
                    TERMINATE,
                    "the terminal is gone, or a daemon shall read its configuration again");
    public static final Signal INT = standard(SignalH.SIGINT, "INT", TERMINATE, "Ctrl-C");
    public static final Signal QUIT = standard(SignalH.SIGQUIT, "QUIT", CORE_DUMP, "Ctrl-\\");
    public static final Signal ILL =
            standard(SignalH.SIGILL, "ILL", CORE_DUMP, "an instruction that does not exist");
    public static final Signal TRAP = standard(SignalH.SIGTRAP, "TRAP", CORE_DUMP, "a breakpoint");
    public static final Signal ABRT =
            standard(
                    SignalH.SIGABRT,
                    "ABRT",
                    CORE_DUMP,
                    "abort(3): the program found itself in a state that must not be");
    public static final Signal BUS =
            standard(
                    SignalH.SIGBUS,
                    "BUS",
                    CORE_DUMP,
                    "memory that is not there, as beyond the end of a mapped file");
    public static final Signal FPE =
            standard(
                    SignalH.SIGFPE,
                    "FPE",
                    CORE_DUMP,
                    "a calculation without a result, as a division by zero");
    public static final Signal KILL =
            standard(
                    SignalH.SIGKILL,
                    "KILL",
                    TERMINATE,
                    "the end, which cannot be caught, blocked or ignored");
    public static final Signal USR1 =
            standard(SignalH.SIGUSR1, "USR1", TERMINATE, "whatever programs agree on");
    public static final Signal SEGV =
            standard(SignalH.SIGSEGV, "SEGV", CORE_DUMP, "memory that may not be used so");
    public static final Signal USR2 =
            standard(
                    SignalH.SIGUSR2,
                    "USR2",
                    TERMINATE,
                    "whatever programs agree on; HotSpot uses it itself");
    public static final Signal PIPE =
            standard(
                    SignalH.SIGPIPE,
                    "PIPE",
                    TERMINATE,
                    "written to a pipe or socket that nobody reads");
    public static final Signal ALRM =
            standard(SignalH.SIGALRM, "ALRM", TERMINATE, "the timer of alarm(2)");
    public static final Signal TERM =
            standard(SignalH.SIGTERM, "TERM", TERMINATE, "the request to end, which kill(1) sends");
    public static final Signal STKFLT =
            standard(SignalH.SIGSTKFLT, "STKFLT", TERMINATE, "not used by the kernel");
    public static final Signal CHLD =
            standard(SignalH.SIGCHLD, "CHLD", IGNORE, "a child has ended, stopped or gone on");
    public static final Signal CONT =
            standard(SignalH.SIGCONT, "CONT", CONTINUE, "go on, if stopped");
    public static final Signal STOP =
            standard(
                    SignalH.SIGSTOP,
                    "STOP",
                    DefaultAction.STOP,
                    "stop, which cannot be caught, blocked or ignored");
    public static final Signal TSTP =
            standard(SignalH.SIGTSTP, "TSTP", DefaultAction.STOP, "Ctrl-Z");
    public static final Signal TTIN =
            standard(
                    SignalH.SIGTTIN,
                    "TTIN",
                    DefaultAction.STOP,
                    "reading from the terminal in the background");
    public static final Signal TTOU =
            standard(
                    SignalH.SIGTTOU,
                    "TTOU",
                    DefaultAction.STOP,
                    "writing to the terminal in the background");
    public static final Signal URG =
            standard(
                    SignalH.SIGURG,
                    "URG",
                    IGNORE,
                    "urgent data at a socket; Parley uses it itself");
    public static final Signal XCPU =
            standard(SignalH.SIGXCPU, "XCPU", CORE_DUMP, "more CPU time than RLIMIT_CPU");
    public static final Signal XFSZ =
            standard(SignalH.SIGXFSZ, "XFSZ", CORE_DUMP, "a file longer than RLIMIT_FSIZE");
    public static final Signal VTALRM =
            standard(
                    SignalH.SIGVTALRM,
                    "VTALRM",
                    TERMINATE,
                    "a timer of setitimer(2) that counts user time");
    public static final Signal PROF =
            standard(
                    SignalH.SIGPROF,
                    "PROF",
                    TERMINATE,
                    "a timer of setitimer(2) that counts CPU time, for profilers");
    public static final Signal WINCH =
            standard(SignalH.SIGWINCH, "WINCH", IGNORE, "the terminal's window has another size");
    public static final Signal IO =
            standard(
                    SignalH.SIGIO,
                    "IO",
                    TERMINATE,
                    "a descriptor is ready that was set up with O_ASYNC; also called POLL");
    public static final Signal PWR = standard(SignalH.SIGPWR, "PWR", TERMINATE, "the power fails");
    public static final Signal SYS =
            standard(
                    SignalH.SIGSYS,
                    "SYS",
                    CORE_DUMP,
                    "a system call that does not exist, or seccomp(2) forbids");

    static {
        for (int number = 1; number <= SignalH.SIGNALS; number++) {
            if (BY_NUMBER[number] == null) {
                BY_NUMBER[number] = other(number);
            }
        }
    }

    private final int number;
    private final String name;
    private final DefaultAction defaultAction;
    private final String cause;

    private Signal(int number, String name, DefaultAction defaultAction, String cause) {
        this.number = number;
        this.name = name;
        this.defaultAction = defaultAction;
        this.cause = cause;
    }

    private static Signal standard(
            int number, String name, DefaultAction defaultAction, String cause) {
        var signal = new Signal(number, name, defaultAction, cause);
        BY_NUMBER[number] = signal;
        return signal;
    }

    private static Signal other(int number) {
        return number < REAL_TIME_MIN
                ? new Signal(number, "" + number, TERMINATE, "libc uses it itself")
                : new Signal(number, realTimeName(number), TERMINATE, "whatever programs agree on");
    }

    /// As bash and kill(1) name them: from the nearer end.
    private static String realTimeName(int number) {
        int fromMin = number - REAL_TIME_MIN;
        int fromMax = SignalH.SIGNALS - number;
        if (fromMin <= fromMax) {
            return fromMin == 0 ? "RTMIN" : "RTMIN+" + fromMin;
        }
        return fromMax == 0 ? "RTMAX" : "RTMAX-" + fromMax;
    }

    /// The signal of a number.
    ///
    /// @throws IllegalArgumentException if it is not 1 to 64
    public static Signal of(int number) {
        if (number < 1 || number > SignalH.SIGNALS) {
            throw new IllegalArgumentException(
                    "signals are 1 to " + SignalH.SIGNALS + ", not " + number);
        }
        return BY_NUMBER[number];
    }

    /// The real-time signal `SIGRTMIN + index`.
    ///
    /// @param index 0 to 30
    public static Signal realTime(int index) {
        int count = SignalH.SIGNALS - REAL_TIME_MIN + 1;
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException(
                    "real-time signals are RTMIN+0 to RTMIN+" + (count - 1) + ", not " + index);
        }
        return BY_NUMBER[REAL_TIME_MIN + index];
    }

    /// The signal of a name, as kill(1) takes them, in any case: `USR1`, `SIGUSR1`, `10`,
    /// `RTMIN+3`, `RTMAX-2`.
    ///
    /// @return empty if there is none
    public static Optional<Signal> named(String text) {
        var word = text.strip().toUpperCase(Locale.ROOT);
        var name = word.startsWith("SIG") ? word.substring("SIG".length()) : word;
        return all().stream().filter(signal -> signal.names().anyMatch(name::equals)).findFirst();
    }

    private Stream<String> names() {
        var common = Stream.of(name, "" + number);
        return switch (number) {
            case SignalH.SIGABRT -> Stream.concat(common, Stream.of("IOT"));
            case SignalH.SIGCHLD -> Stream.concat(common, Stream.of("CLD"));
            case SignalH.SIGIO -> Stream.concat(common, Stream.of("POLL"));
            default -> isRealTime() ? Stream.concat(common, realTimeNames()) : common;
        };
    }

    private Stream<String> realTimeNames() {
        return Stream.of(
                "RTMIN+" + (number - REAL_TIME_MIN), "RTMAX-" + (SignalH.SIGNALS - number));
    }

    /// All of them, by number.
    public static List<Signal> all() {
        return IntStream.rangeClosed(1, SignalH.SIGNALS).mapToObj(Signal::of).toList();
    }

    /// 1 to 64, the same on all platforms that Parley runs on.
    public int number() {
        return number;
    }

    /// Without `SIG`: `USR1`, `RTMIN+3`.
    public String name() {
        return name;
    }

    /// What it does to a process that has not said otherwise.
    public DefaultAction defaultAction() {
        return defaultAction;
    }

    /// What it is sent for, in words.
    public String cause() {
        return cause;
    }

    /// True if it queues, and can be sent with a value that arrives.
    public boolean isRealTime() {
        return number >= REAL_TIME_MIN;
    }

    @Override
    public int compareTo(Signal other) {
        return Integer.compare(number, other.number);
    }

    /// `SIGUSR1`.
    @Override
    public String toString() {
        return "SIG" + name;
    }
}
