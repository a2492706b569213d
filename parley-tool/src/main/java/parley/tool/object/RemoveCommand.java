package parley.tool.object;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import parley.address.Address;
import parley.channel.MessageChannel;
import parley.pipe.NamedPipe;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixSemaphore;
import parley.posix.PosixSharedMemory;
import parley.tool.Addresses;
import parley.tool.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley remove`: removes objects and names.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley remove msg:#7            by its id, as ipcs shows it",
            "  parley remove sem:0x2a01 shm:0x2a01",
            "  parley remove mq:/jobs chan:prices psem:/lock fifo:/tmp/f",
            "",
            "Who waits on a System V queue or set is woken with EIDRM. Memory stays until the last",
            "one detaches; POSIX objects and channels until the last one closes: only the name",
            "goes at once.",
            "All are tried. Exit status: that of the first that failed; 3 no such object."
        })
public final class RemoveCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description =
                    "msg:, sem: or shm: with 0xKEY, #ID or /path,LETTER; mq:/name, psem:/name,"
                            + " pshm:/name, chan:name, fifo:/path")
    private List<Address> addresses = List.of();

    @Override
    public Integer call() throws Exception {
        for (var address : addresses) {
            if (!isRemovable(address)) {
                throw usage("'" + address + "' is nothing that stays");
            }
        }
        int status = 0;
        for (var address : addresses) {
            try {
                remove(address);
            } catch (IOException e) {
                var failure = Failure.of(e);
                var line = spec.commandLine();
                line.getErr()
                        .println(line.getCommandSpec().qualifiedName() + ": " + failure.message());
                status = status == 0 ? failure.status() : status;
            }
        }
        return status;
    }

    private static boolean isRemovable(Address address) {
        return address instanceof Address.Fifo || ObjectFacts.isKnown(address);
    }

    private static void remove(Address address) throws IOException {
        switch (address) {
            case Address.Fifo fifo -> NamedPipe.unlink(fifo.path());
            case Address.SysvQueue(var name) -> SysvObjects.removeQueue(name);
            case Address.SysvSemaphores(var name) -> SysvObjects.removeSemaphores(name);
            case Address.SysvMemory(var name) -> SysvObjects.removeMemory(name);
            case Address.PosixQueue(var name) -> PosixMessageQueue.unlink(name);
            case Address.PosixSemaphore(var name) -> PosixSemaphore.unlink(name);
            case Address.PosixMemory(var name) -> PosixSharedMemory.unlink(name);
            case Address.Channel(var name) -> {
                MessageChannel.unlink(name);
            }
            default -> throw new IllegalArgumentException(address.toString());
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
