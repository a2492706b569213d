package parley.tool.object;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import parley.channel.Address;
import parley.memory.Protection;
import parley.os.FileMode;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixMessageQueue.Access;
import parley.posix.PosixPermissions;
import parley.posix.PosixSemaphore;
import parley.posix.PosixSharedMemory;
import parley.sysv.IpcPermissions;
import parley.tool.Addresses;
import parley.tool.Sizes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `parley set`: changes what an object is like.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley set msg:0x2a01 mode=0660 gid=100",
            "  parley set msg:#7 bytes=1M           how much it may hold",
            "  parley set shm:0x2a01 locked=true    its pages stay in memory",
            "  parley set psem:/backup mode=0660",
            "",
            "mode, uid and gid: for its owner and root, of System V objects also their creator;",
            "but only root gives a POSIX object away. More bytes than kernel.msgmnb: for root.",
            "Values of semaphores: parley sem set. How large a POSIX queue or shared memory is",
            "stays as it was made."
        })
public final class SetCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description =
                    "msg:, sem: or shm: with 0xKEY, #ID or /path,LETTER; mq:/name, psem:/name,"
                            + " pshm:/name")
    private Address address = new Address.Standard();

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description = "mode, uid, gid; msg: bytes; shm: locked")
    private Map<String, String> changes = new LinkedHashMap<>();

    /// Reads something of an object.
    private interface Reading<T> {
        T read() throws IOException;
    }

    /// Changes an object's mode.
    private interface ModeChange {
        void to(FileMode mode) throws IOException;
    }

    /// Changes an object's owner and group.
    private interface OwnerChange {
        void to(long uid, long gid) throws IOException;
    }

    /// Changes what a POSIX object is like to.
    private interface PosixChange {
        void to(PosixPermissions permissions) throws IOException;
    }

    private record Owner(long uid, long gid) {}

    /// What can be done with the permissions of any kind.
    private record Owned(Reading<Owner> owner, ModeChange toMode, OwnerChange toOwner) {}

    /// A change that is ready to be made.
    private interface Change {
        void make() throws IOException;
    }

    @Override
    public Integer call() throws Exception {
        try {
            change();
        } catch (IllegalArgumentException | TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private void change() throws IOException {
        switch (address) {
            case Address.SysvQueue(var name) -> {
                try (var queue = SysvObjects.queue(name)) {
                    var owned =
                            new Owned(
                                    () -> owner(queue.status().permissions()),
                                    queue::setMode,
                                    queue::setOwner);
                    apply(
                            owned,
                            "bytes",
                            value -> {
                                long bytes = new Sizes().convert(value);
                                return () -> queue.setBytesMax(bytes);
                            });
                }
            }
            case Address.SysvSemaphores(var name) -> {
                try (var set = SysvObjects.semaphores(name)) {
                    apply(
                            new Owned(
                                    () -> owner(set.status().permissions()),
                                    set::setMode,
                                    set::setOwner));
                }
            }
            case Address.SysvMemory(var name) -> {
                try (var memory = SysvObjects.memory(name, Protection.READ_ONLY)) {
                    apply(
                            new Owned(
                                    () -> owner(memory.status().permissions()),
                                    memory::setMode,
                                    memory::setOwner),
                            "locked",
                            value -> isTrue(value) ? memory::lock : memory::unlock);
                }
            }
            case Address.PosixQueue(var name) -> {
                try (var queue = PosixMessageQueue.open(name, Access.RECEIVE)) {
                    apply(posix(queue::permissions, queue::setPermissions));
                }
            }
            case Address.PosixSemaphore(var name) ->
                    apply(
                            posix(
                                    () -> PosixSemaphore.permissions(name),
                                    to -> PosixSemaphore.setPermissions(name, to)));
            case Address.PosixMemory(var name) ->
                    apply(
                            posix(
                                    () -> PosixSharedMemory.permissions(name),
                                    to -> PosixSharedMemory.setPermissions(name, to)));
            default ->
                    throw new IllegalArgumentException("nothing of '" + address + "' can be set");
        }
    }

    private static Owner owner(IpcPermissions of) {
        return new Owner(of.ownerUid(), of.ownerGid());
    }

    private static Owned posix(Reading<PosixPermissions> now, PosixChange change) {
        return new Owned(
                () -> new Owner(now.read().ownerUid(), now.read().ownerGid()),
                mode -> change.to(now.read().withMode(mode)),
                (uid, gid) -> change.to(now.read().withOwner(uid, gid)));
    }

    private void apply(Owned owned) throws IOException {
        apply(owned, "", _ -> () -> {});
    }

    private void apply(Owned owned, String ownKey, Function<String, Change> own)
            throws IOException {
        for (var key : changes.keySet()) {
            if (!key.equals("mode")
                    && !key.equals("uid")
                    && !key.equals("gid")
                    && (ownKey.isEmpty() || !key.equals(ownKey))) {
                throw new IllegalArgumentException(
                        "'%s' has no '%s': mode, uid, gid%s"
                                .formatted(address, key, ownKey.isEmpty() ? "" : ", " + ownKey));
            }
        }
        // All is read before anything is changed: a mistake leaves the object as it was.
        var given = changes.get("mode");
        var mode = given == null ? null : FileMode.parse(given);
        var uid = id("uid");
        var gid = id("gid");
        var value = changes.get(ownKey);
        var change = value == null ? null : own.apply(value);
        if (mode != null) {
            owned.toMode().to(mode);
        }
        if (uid.isPresent() || gid.isPresent()) {
            var now = owned.owner().read();
            owned.toOwner().to(uid.orElse(now.uid()), gid.orElse(now.gid()));
        }
        if (change != null) {
            change.make();
        }
    }

    private OptionalLong id(String key) {
        var text = changes.get(key);
        if (text == null) {
            return OptionalLong.empty();
        }
        if (!text.matches("\\d{1,10}")) {
            throw new IllegalArgumentException(key + "=" + text + ": a number, as of id(1)");
        }
        return OptionalLong.of(Long.parseLong(text));
    }

    private static boolean isTrue(String value) {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("'" + value + "': true or false");
        };
    }
}
