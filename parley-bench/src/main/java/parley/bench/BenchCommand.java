package parley.bench;

import java.util.concurrent.Callable;
import parley.bench.channels.ChannelsCommand;
import parley.bench.locks.LocksCommand;
import parley.bench.transports.TransportsCommand;
import parley.bench.waiting.WaitingCommand;
import parley.tool.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `parley bench`: measures, against C and the JDK in the same run.
@Command(
        subcommands = {
            WaitingCommand.class,
            TransportsCommand.class,
            LocksCommand.class,
            ChannelsCommand.class
        })
public final class BenchCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    static void main(String[] args) {
        var summary = "measure against C and the JDK, in the same run";
        Main.runAndExit((out, err) ->
                Main.commandLine("bench", summary, new BenchCommand(), out, err).execute(args));
    }

    @Override
    public Integer call() {
        var subjects = String.join(", ", spec.subcommands().keySet());
        throw new ParameterException(
                spec.commandLine(), "say what to measure; there are: " + subjects);
    }
}
