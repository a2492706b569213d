package parley.tool.object;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import parley.address.Address;
import parley.os.FileMode;
import parley.pipe.NamedPipe;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixSemaphore;
import parley.posix.PosixSharedMemory;
import parley.sysv.SysvMessageQueue;
import parley.sysv.SysvSemaphoreSet;
import parley.sysv.SysvSharedMemory;
import parley.tool.Addresses;
import parley.tool.Modes;
import parley.tool.Sizes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
            "  parley create fifo:/tmp/f                for its owner only: mode 0600",
            "  parley create msg:0x2a01 --mode 0660     for the group too, whatever the umask says",
            "  parley create sem:private --value 1,0    two semaphores; prints their id: sem:#3",
            "  parley create shm:/etc/app.conf,A --size 64K",
            "  parley create mq:/jobs --max-messages 5 --max-size 512",
            "  parley create chan:prices --senders 8 --size 1M",
            "  parley create chan:jobs --receivers 8 --leased",
            "  parley create chan:news --kind broadcast --when-slow lose-oldest",
            "  parley create chan:post --kind mailbox --max-messages 4096",
            "",
            "Memory is allocated in full, and zero. Of System V objects the id is printed.",
            "Channels are for this user alone.",
            "Exit status: 5 a limit was reached, 6 something has this name."
        })
public final class CreateCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description =
                    "what to make: fifo:/path; msg:, sem: or shm: with 0xKEY, /path,LETTER or"
                            + " private; mq:/name, psem:/name, pshm:/name; chan:name")
    private Address address = new Address.Standard();

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            converter = Modes.class,
            description = "who may use it: 0600 if not given")
    private @Nullable FileMode mode;

    @Option(
            names = "--value",
            paramLabel = "N",
            split = ",",
            description = "what semaphores count at first: 1 if not given; sem: one for each")
    private int @Nullable [] values;

    @Option(names = "--count", paramLabel = "N", description = "sem: so many semaphores")
    private @Nullable Integer count;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            converter = Sizes.class,
            description =
                    "shm, pshm: how much memory: 4096, 64K, 1G; chan: how many bytes it holds, of"
                            + " each sender, or client; a power of two")
    private @Nullable Long size;

    @Option(
            names = "--max-messages",
            paramLabel = "N",
            description = "mq: so many, 10; mailboxes: a power of two, 1024")
    private @Nullable Integer messagesMax;

    @Option(
            names = "--max-size",
            paramLabel = "BYTES",
            converter = Sizes.class,
            description = "mq: the longest message; 8192")
    private @Nullable Long messageBytesMax;

    @Mixin private ChannelOptions channel = new ChannelOptions();

    @Override
    public Integer call() throws Exception {
        boolean isSemaphore =
                address instanceof Address.SysvSemaphores
                        || address instanceof Address.PosixSemaphore;
        boolean isMemory =
                address instanceof Address.SysvMemory || address instanceof Address.PosixMemory;
        boolean isChannel = address instanceof Address.Channel;
        requireFit("--value", values, isSemaphore);
        requireFit("--count", count, address instanceof Address.SysvSemaphores);
        requireFit("--size", size, isMemory || isChannel);
        channel.requireFit(isChannel, this::requireFit);
        requireFit("--mode", mode, !isChannel);
        boolean hasMessagesMax =
                address instanceof Address.PosixQueue || (isChannel && channel.isMailbox());
        requireFit("--max-messages", messagesMax, hasMessagesMax);
        requireFit("--max-size", messageBytesMax, address instanceof Address.PosixQueue);
        if (isMemory && size == null) {
            throw usage("how much? --size 64K");
        }
        try {
            create();
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private void requireFit(String option, @Nullable Object value, boolean fits) {
        if (value != null && !fits) {
            throw usage(option + " means nothing to '" + address + "'");
        }
    }

    private void create() throws IOException, InterruptedException {
        var given = mode == null ? FileMode.OWNER_ONLY : mode;
        switch (address) {
            case Address.Fifo fifo -> {
                if (mode != null && fifo.mode().isPresent()) {
                    throw usage("the mode is given twice");
                }
                var _ = NamedPipe.create(fifo.path(), fifo.mode().orElse(given));
            }
            case Address.SysvQueue(var name) -> {
                try (var made = SysvMessageQueue.create(SysvObjects.newKey(name), given)) {
                    print("msg:#" + made.id());
                }
            }
            case Address.SysvSemaphores(var name) -> {
                var key = SysvObjects.newKey(name);
                try (var made = SysvSemaphoreSet.create(key, given, initialValues())) {
                    print("sem:#" + made.id());
                }
            }
            case Address.SysvMemory(var name) -> {
                try (var made = SysvSharedMemory.create(SysvObjects.newKey(name), size(), given)) {
                    print("shm:#" + made.id());
                }
            }
            case Address.PosixQueue(var name) ->
                    PosixMessageQueue.create(name, queueSize(), given).close();
            case Address.PosixSemaphore(var name) ->
                    PosixSemaphore.create(name, initialValue(), given).close();
            case Address.PosixMemory(var name) ->
                    PosixSharedMemory.create(name, size(), given).close();
            case Address.Channel(var name) -> channel.create(name, size, messagesMax);
            default -> throw usage("'" + address + "' is not made in advance");
        }
    }

    private int[] initialValues() {
        var given = values == null ? new int[] {1} : values;
        if (count == null) {
            return given;
        }
        if (given.length > 1 && given.length != count) {
            throw usage("--count %d, and %d values".formatted(count, given.length));
        }
        var all = new int[count];
        Arrays.fill(all, given[0]);
        return given.length > 1 ? given : all;
    }

    private int initialValue() {
        var given = initialValues();
        if (given.length > 1) {
            throw usage("a POSIX semaphore has one value; sem: makes sets of them");
        }
        return given[0];
    }

    private long size() {
        return size == null ? 0 : size;
    }

    private PosixMessageQueue.Size queueSize() {
        var usual = PosixMessageQueue.Size.DEFAULT;
        return new PosixMessageQueue.Size(
                messagesMax == null ? usual.messagesMax() : messagesMax,
                messageBytesMax == null
                        ? usual.messageBytesMax()
                        : inInt("--max-size", messageBytesMax));
    }

    private int inInt(String option, long value) {
        if (value > Integer.MAX_VALUE) {
            throw usage("%s %d: at most %d".formatted(option, value, Integer.MAX_VALUE));
        }
        return (int) value;
    }

    private void print(String made) {
        var out = spec.commandLine().getOut();
        out.println(made);
        out.flush();
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
