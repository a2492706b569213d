package parley.tool;

import java.util.concurrent.Callable;
import parley.address.Address;
import parley.signal.ProcessSignals;
import parley.tool.object.ObjectFacts;
import parley.tool.signal.StateTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `parley show`: what can be seen of an object or a process.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley show msg:0x2a01          a queue: permissions, fill, who waits on it",
            "  parley show shm:#7 -J           a segment: who has it attached",
            "  parley show sem:#3              values, and who waits",
            "  parley show chan:prices         each sender's messages: sent, received, lost",
            "  parley show 1234 --signals      what a process catches, blocks, has pending"
        })
public final class ShowCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "ADDRESS|PID",
            description =
                    "msg:, sem: or shm: with 0xKEY, #ID or /path,LETTER; mq:/name, psem:/name,"
                            + " pshm:/name, chan:name; or a process")
    private String what = "";

    @Option(names = "--signals", description = "the signals of a process")
    private boolean isSignals;

    @Option(
            names = {"-J", "--json"},
            description = "one JSON object")
    private boolean isJson;

    @Override
    public Integer call() throws Exception {
        if (what.matches("-?\\d+")) {
            showProcess();
            return 0;
        }
        Address address;
        try {
            address = new Addresses().convert(what);
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        if (!ObjectFacts.isKnown(address) || isSignals) {
            throw usage(
                    "nothing is known of '" + address + "'" + (isSignals ? " and signals" : ""));
        }
        ObjectFacts.print(address, spec.commandLine().getOut(), isJson);
        return 0;
    }

    private void showProcess() throws Exception {
        if (!isSignals) {
            throw usage("show what? --signals");
        }
        long pid = what.length() > 10 ? 0 : Long.parseLong(what);
        if (pid < 1 || pid > Integer.MAX_VALUE) {
            throw usage("'" + what + "' is not a process's number");
        }
        var line = spec.commandLine();
        new StateTable(ProcessSignals.of(pid)).print(line.getOut(), line.getErr(), isJson);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
