package parley.tool.signal;

import java.util.concurrent.Callable;
import parley.signal.ProcessSignals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley show`: what can be seen of a process.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley show 1234 --signals      what it catches, ignores, blocks, has pending",
            "  parley show 1234 --signals -J   the same for programs, thread by thread"
        })
public final class ShowCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "PID", description = "which process")
    private long pid;

    @Option(names = "--signals", description = "its signals")
    private boolean isSignals;

    @Option(
            names = {"-J", "--json"},
            description = "one JSON object")
    private boolean isJson;

    @Override
    public Integer call() throws Exception {
        if (!isSignals) {
            throw new ParameterException(spec.commandLine(), "show what? --signals");
        }
        if (pid < 1 || pid > Integer.MAX_VALUE) {
            throw new ParameterException(
                    spec.commandLine(), "'" + pid + "' is not a process's number");
        }
        var line = spec.commandLine();
        new StateTable(ProcessSignals.of(pid)).print(line.getOut(), line.getErr(), isJson);
        return 0;
    }
}
