package parley.tool.object;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Stack;
import java.util.concurrent.Callable;
import parley.address.Address;
import parley.process.ChildProcess;
import parley.process.Exec;
import parley.process.ExitStatus;
import parley.process.Spawn;
import parley.signal.SignalSet;
import parley.tool.Addresses;
import parley.tool.Family;
import parley.tool.OrderlyEnd;
import parley.tool.Patience;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
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
            "Takes one permit, runs the command, gives the permit back. What follows the command's",
            "name is the command's; '--' before it is needed if it begins with '-'.",
            "",
            "sem: parley becomes the command (SEM_UNDO, execve): the permit is given back when",
            "it ends, however it ends; what it leaves running in the background has none.",
            "psem: parley waits for the command, and posts. If parley itself is killed with KILL,",
            "the command runs on, and the permit stays taken.",
            "",
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

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "COMMAND",
            parameterConsumer = Rest.class,
            description = "what to run, with its own options")
    private List<String> command = List.of();

    /// All that is left, options too: they are the command's.
    static final class Rest implements IParameterConsumer {
        @Override
        public void consumeParameters(Stack<String> words, ArgSpec of, CommandSpec command) {
            var rest = new ArrayList<String>();
            while (!words.isEmpty()) {
                rest.add(words.pop());
            }
            of.setValue(rest);
        }
    }

    @Option(names = "--index", paramLabel = "I", description = "which one of a set; 0")
    private int index;

    @Mixin private Patience patience;

    @Override
    public Integer call() throws Exception {
        try (var semaphore = SemaphoreEnd.open(address)) {
            if (index < 0 || index >= semaphore.count()) {
                throw usage("--index: '%s' has 0 to %d".formatted(address, semaphore.count() - 1));
            }
            return switch (semaphore) {
                case SemaphoreEnd.Sysv sysv -> become(sysv);
                case SemaphoreEnd.Posix posix -> runBeside(posix);
            };
        }
    }

    /// Takes the permit, and becomes the command: the kernel gives it back when that ends, however
    /// it does.
    private int become(SemaphoreEnd.Sysv semaphore) throws IOException, InterruptedException {
        take(semaphore);
        try {
            Exec.become(command);
            return 0; // is not reached
        } finally {
            semaphore.release(index, 1, true);
        }
    }

    /// Nobody gives a POSIX semaphore's permit back but who took it, after the command.
    private int runBeside(SemaphoreEnd.Posix semaphore) throws IOException, InterruptedException {
        try (var _ = OrderlyEnd.begin(SignalSet.of())) {
            take(semaphore);
            try {
                return run();
            } finally {
                semaphore.release(index, 1, true);
            }
        }
    }

    private void take(SemaphoreEnd semaphore) throws IOException, InterruptedException {
        if (!semaphore.acquire(index, 1, true, patience.left())) {
            throw patience.over();
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
