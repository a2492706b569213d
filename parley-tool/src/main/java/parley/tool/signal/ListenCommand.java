package parley.tool.signal;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import parley.ready.Deadline;
import parley.signal.Signal;
import parley.signal.SignalInfo;
import parley.signal.SignalRefusedException;
import parley.signal.SignalSet;
import parley.signal.SignalStream;
import parley.tool.Durations;
import parley.tool.OrderlyEnd;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley listen`: receives signals, and says who sent them and why.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley listen USR1 HUP                one line for each, until Ctrl-C",
            "  parley listen RTMIN+3 -c 1 -J         the next one, as JSON",
            "  parley listen HUP --exec ./reload     a command for each, as the shell's trap",
            "  parley listen TERM --timeout 10s      who wants us to end?",
            "",
            "--exec is waited for, whatever --timeout says; its own SIGCHLD is not told.",
            "--exec has PARLEY_SIGNAL, PARLEY_PID, PARLEY_UID and PARLEY_VALUE in its environment.",
            "What the kernel and the JVM need for themselves is refused: exit status 2."
        })
public final class ListenCommand implements Callable<Integer> {
    private static final int TIMED_OUT = 124;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "SIG",
            converter = SignalNames.class,
            description = "which signals, by name or number")
    private List<Signal> signals = List.of();

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            description = "end after so many")
    private @Nullable Long count;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "end after this time, with status 124: 2s, 500ms, 1m")
    private @Nullable Duration timeout;

    @Option(
            names = {"-J", "--json"},
            description = "one JSON object for each signal")
    private boolean isJson;

    @Option(
            names = "--exec",
            paramLabel = "CMD",
            description = "a command for the shell to run for each, one after the other")
    private @Nullable String exec;

    @Override
    public Integer call() throws Exception {
        if (count != null && count < 1) {
            throw usage("-c " + count + ": a number from 1 on");
        }
        var wanted = SignalSet.of(signals);
        try (var end = OrderlyEnd.begin(wanted)) {
            var stream = open(wanted); // never closed: a signal that came then would end us
            var err = spec.commandLine().getErr();
            err.println("process " + ProcessHandle.current().pid() + " listens to " + wanted);
            return receive(stream, end);
        }
    }

    private SignalStream open(SignalSet wanted) throws IOException {
        try {
            return SignalStream.open(wanted);
        } catch (SignalRefusedException e) {
            throw usage(e.getMessage());
        }
    }

    private int receive(SignalStream stream, OrderlyEnd end) throws Exception {
        var report = ListenReport.to(spec.commandLine().getOut(), isJson);
        report.begin();
        var deadline = timeout == null ? Deadline.NEVER : Deadline.after(timeout);
        long ownChild = 0; // the last; its end is no news
        for (long received = 0; count == null || received < count; ) {
            var info = next(stream, deadline);
            end.check();
            if (info.isEmpty()) {
                return TIMED_OUT;
            }
            if (info.get() instanceof SignalInfo.Child(_, _, var child, _, _, _, _)
                    && child.pid() == ownChild) {
                continue;
            }
            received++;
            report.received(info.get());
            if (exec != null) {
                ownChild = new Trap(exec, spec.commandLine().getErr()).run(info.get());
                end.check();
            }
        }
        return 0;
    }

    private static Optional<SignalInfo> next(SignalStream stream, Deadline deadline)
            throws IOException, InterruptedException {
        return deadline == Deadline.NEVER
                ? Optional.of(stream.receive())
                : stream.receive(Duration.ofNanos(deadline.remainingNanos()));
    }

    private ParameterException usage(@Nullable String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
