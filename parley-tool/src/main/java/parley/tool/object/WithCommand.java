package parley.tool.object;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import parley.channel.Address;
import parley.process.ChildProcess;
import parley.process.ExitStatus;
import parley.process.Spawn;
import parley.signal.SignalSet;
import parley.tool.Addresses;
import parley.tool.Family;
import parley.tool.OrderlyEnd;
import parley.tool.Patience;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley with`: a command that runs while a semaphore is held, as flock(1) holds a lock.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley with psem:/backup -- rsync -a /home /mnt",
            "  parley with sem:0x2a01 --index 1 --nonblock -- ./job || echo busy",
            "",
            "Takes one permit, runs the command, gives the permit back. If parley is killed,",
            "the kernel gives back that of a System V semaphore (SEM_UNDO), and the command may",
            "still run; that of a POSIX one stays taken.",
            "Exit status: the command's, 128+n if signal n ended it; 75 with --nonblock and 124",
            "with --timeout if the semaphore was not free; 3 no such semaphore or command."
        })
public final class WithCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description = "sem: with 0xKEY, #ID or /path,LETTER; psem:/name")
    private Address address = new Address.Standard();

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "what to run")
    private List<String> command = List.of();

    @Option(names = "--index", paramLabel = "I", description = "which one of a set; 0")
    private int index;

    @Mixin private Patience patience;

    @Override
    public Integer call() throws Exception {
        try (var semaphore = SemaphoreEnd.open(address)) {
            if (index < 0 || index >= semaphore.count()) {
                throw usage("--index: '%s' has 0 to %d".formatted(address, semaphore.count() - 1));
            }
            try (var _ = OrderlyEnd.begin(SignalSet.of())) {
                if (!semaphore.acquire(index, 1, true, patience.left())) {
                    throw patience.over();
                }
                try {
                    return run();
                } finally {
                    semaphore.release(index, 1, true);
                }
            }
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private int run() throws IOException, InterruptedException {
        try (var child = Spawn.command(command).start()) {
            return await(child).shellCode();
        }
    }

    private static ExitStatus await(ChildProcess child) throws IOException, InterruptedException {
        boolean isOver = false;
        try {
            var status = child.awaitExit();
            isOver = true;
            return status;
        } finally {
            if (!isOver) {
                Family.end(child);
            }
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
