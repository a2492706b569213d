package parley.tool.talk;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import parley.channel.Address;
import parley.os.FileMode;
import parley.pipe.NamedPipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley create`: makes an object that stays.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley create fifo:/tmp/f               for its owner only: mode 0600",
            "  parley create fifo:/tmp/f --mode 0660   for the group too, whatever the umask says",
            "",
            "Exit status 6: something has this name."
        })
public final class CreateCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description = "what to make: fifo:/path")
    private Address address = new Address.Standard();

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            converter = Modes.class,
            description = "who may use it: 0600 if not given")
    private @Nullable FileMode mode;

    @Override
    public Integer call() throws Exception {
        if (!(address instanceof Address.Fifo fifo)) {
            throw usage("'" + address + "' is not made in advance, only fifo:/path is");
        }
        if (mode != null && fifo.mode().isPresent()) {
            throw usage("the mode is given twice");
        }
        var given = mode == null ? fifo.mode().orElse(FileMode.OWNER_ONLY) : mode;
        var _ = NamedPipe.create(fifo.path(), given);
        return 0;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
