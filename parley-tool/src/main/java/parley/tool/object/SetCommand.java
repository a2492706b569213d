package parley.tool.object;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import parley.address.Address;
import parley.address.SysvName;
import parley.memory.Protection;
import parley.os.FileMode;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixMessageQueue.Access;
import parley.posix.PosixPermissions;
import parley.posix.PosixSemaphore;
import parley.posix.PosixSharedMemory;
import parley.sysv.IpcPermissions;
import parley.sysv.SysvMessageQueue;
import parley.sysv.SysvSharedMemory;
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
    private static final String PERMISSIONS = "mode, uid, gid";

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

    /// What is asked for.
    private record Wanted(@Nullable FileMode mode, OptionalLong uid, OptionalLong gid) {
        boolean isOwner() {
            return uid.isPresent() || gid.isPresent();
        }
    }

    /// Changes whose an object is, and who may use it.
    private interface Permissions {
        void become(Wanted wanted) throws IOException;
    }

    /// A change that is ready to be made.
    private interface Change {
        void make() throws IOException;
    }

    /// Something that only one kind of object has.
    private record OwnKey(String key, Function<String, Change> change) {
        static final OwnKey NONE =
                new OwnKey(
                        "",
                        _ -> {
                            throw new IllegalStateException();
                        });
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
                    apply(
                            sysv(
                                    () -> queue.status().permissions(),
                                    queue::setMode,
                                    queue::setOwner),
                            new OwnKey("bytes", value -> toHold(queue, value)));
                }
            }
            case Address.SysvSemaphores(var name) -> {
                try (var set = SysvObjects.semaphores(name)) {
                    apply(
                            sysv(() -> set.status().permissions(), set::setMode, set::setOwner),
                            OwnKey.NONE);
                }
            }
            case Address.SysvMemory(var name) -> change(name);
            case Address.PosixQueue(var name) -> {
                try (var queue = PosixMessageQueue.open(name, Access.RECEIVE)) {
                    apply(posix(queue::permissions, queue::setPermissions), OwnKey.NONE);
                }
            }
            case Address.PosixSemaphore(var name) ->
                    apply(
                            posix(
                                    () -> PosixSemaphore.permissions(name),
                                    to -> PosixSemaphore.setPermissions(name, to)),
                            OwnKey.NONE);
            case Address.PosixMemory(var name) ->
                    apply(
                            posix(
                                    () -> PosixSharedMemory.permissions(name),
                                    to -> PosixSharedMemory.setPermissions(name, to)),
                            OwnKey.NONE);
            default ->
                    throw new IllegalArgumentException("nothing of '" + address + "' can be set");
        }
    }

    private static Change toHold(SysvMessageQueue queue, String value) {
        long bytes = new Sizes().convert(value);
        if (bytes == 0) {
            throw new IllegalArgumentException("bytes=0: nothing could be sent any more");
        }
        return () -> queue.setBytesMax(bytes);
    }

    /// Without attaching it: its owner may change what its mode does not let it read.
    private void change(SysvName name) throws IOException {
        var status = SysvObjects.memoryStatus(name);
        if (status.isEmpty()) {
            SysvObjects.memory(name, Protection.READ_ONLY).close(); // says why
            return;
        }
        int id = status.get().id();
        apply(
                sysv(
                        status.get()::permissions,
                        mode -> SysvSharedMemory.setModeById(id, mode),
                        (uid, gid) -> SysvSharedMemory.setOwnerById(id, uid, gid)),
                new OwnKey("locked", value -> toLock(name, isTrue(value))));
    }

    private static Change toLock(SysvName name, boolean isLocked) {
        return () -> {
            try (var memory = SysvObjects.memory(name, Protection.READ_ONLY)) {
                if (isLocked) {
                    memory.lock();
                } else {
                    memory.unlock();
                }
            }
        };
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private interface ModeChange {
        void to(FileMode mode) throws IOException;
    }

    private interface OwnerChange {
        void to(long uid, long gid) throws IOException;
    }

    /// Who may do the first may do the second; after the second perhaps not the first.
    private static Permissions sysv(
            Reading<IpcPermissions> now, ModeChange toMode, OwnerChange toOwner) {
        return wanted -> {
            if (wanted.mode() != null) {
                toMode.to(wanted.mode());
            }
            if (wanted.isOwner()) {
                var owner = now.read();
                toOwner.to(
                        wanted.uid().orElse(owner.ownerUid()),
                        wanted.gid().orElse(owner.ownerGid()));
            }
        };
    }

    private interface PosixChange {
        void to(PosixPermissions permissions) throws IOException;
    }

    private static Permissions posix(Reading<PosixPermissions> now, PosixChange change) {
        return wanted -> {
            var before = now.read();
            change.to(
                    new PosixPermissions(
                            wanted.uid().orElse(before.ownerUid()),
                            wanted.gid().orElse(before.ownerGid()),
                            wanted.mode() == null ? before.mode() : wanted.mode()));
        };
    }

    /// Reads all before anything is changed, and begins with what is most often refused: a mistake
    /// leaves the object as it was.
    private void apply(Permissions permissions, OwnKey own) throws IOException {
        var keys = own.key().isEmpty() ? PERMISSIONS : PERMISSIONS + ", " + own.key();
        for (var key : changes.keySet()) {
            if (!List.of(keys.split(", ", -1)).contains(key)) {
                throw new IllegalArgumentException(
                        "'%s' has no '%s': %s".formatted(address, key, keys));
            }
        }
        var mode = changes.get("mode");
        var wanted = new Wanted(mode == null ? null : FileMode.parse(mode), id("uid"), id("gid"));
        var value = changes.get(own.key());
        if (value != null) {
            own.change().apply(value).make();
        }
        permissions.become(wanted);
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
