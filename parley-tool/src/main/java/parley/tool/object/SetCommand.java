package parley.tool.object;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import parley.channel.Address;
import parley.memory.Protection;
import parley.os.FileMode;
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
            "",
            "mode, uid and gid: for its owner, its creator and root. More bytes than",
            "kernel.msgmnb: for root. Values of semaphores: parley sem set."
        })
public final class SetCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description = "msg:, sem: or shm: with 0xKEY, #ID or /path,LETTER")
    private Address address = new Address.Standard();

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description = "mode, uid, gid; msg: bytes; shm: locked")
    private Map<String, String> changes = new LinkedHashMap<>();

    /// An object with permissions.
    private interface Owned {
        IpcPermissions permissions() throws IOException;

        void setMode(FileMode mode) throws IOException;

        void setOwner(long uid, long gid) throws IOException;
    }

    /// What only one kind has.
    private interface Own {
        void change(String value) throws IOException;
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
                    var owned = new Queue(queue);
                    apply(owned, "bytes", value -> queue.setBytesMax(new Sizes().convert(value)));
                }
            }
            case Address.SysvSemaphores(var name) -> {
                try (var set = SysvObjects.semaphores(name)) {
                    apply(new Semaphores(set), "", _ -> {});
                }
            }
            case Address.SysvMemory(var name) -> {
                try (var memory = SysvObjects.memory(name, Protection.READ_ONLY)) {
                    apply(
                            new Memory(memory),
                            "locked",
                            value -> {
                                if (isTrue(value)) {
                                    memory.lock();
                                } else {
                                    memory.unlock();
                                }
                            });
                }
            }
            default ->
                    throw new IllegalArgumentException("nothing of '" + address + "' can be set");
        }
    }

    private void apply(Owned owned, String ownKey, Own own) throws IOException {
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
        var mode = changes.get("mode");
        if (mode != null) {
            owned.setMode(FileMode.parse(mode));
        }
        if (changes.containsKey("uid") || changes.containsKey("gid")) {
            var now = owned.permissions();
            owned.setOwner(id("uid", now.ownerUid()), id("gid", now.ownerGid()));
        }
        var value = changes.get(ownKey);
        if (value != null) {
            own.change(value);
        }
    }

    private long id(String key, long now) {
        var text = changes.get(key);
        if (text == null) {
            return now;
        }
        if (!text.matches("\\d{1,10}")) {
            throw new IllegalArgumentException(key + "=" + text + ": a number, as of id(1)");
        }
        return Long.parseLong(text);
    }

    private static boolean isTrue(String value) {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("'" + value + "': true or false");
        };
    }

    private record Queue(parley.sysv.SysvMessageQueue queue) implements Owned {
        @Override
        public IpcPermissions permissions() throws IOException {
            return queue.status().permissions();
        }

        @Override
        public void setMode(FileMode mode) throws IOException {
            queue.setMode(mode);
        }

        @Override
        public void setOwner(long uid, long gid) throws IOException {
            queue.setOwner(uid, gid);
        }
    }

    private record Semaphores(parley.sysv.SysvSemaphoreSet set) implements Owned {
        @Override
        public IpcPermissions permissions() throws IOException {
            return set.status().permissions();
        }

        @Override
        public void setMode(FileMode mode) throws IOException {
            set.setMode(mode);
        }

        @Override
        public void setOwner(long uid, long gid) throws IOException {
            set.setOwner(uid, gid);
        }
    }

    private record Memory(parley.sysv.SysvSharedMemory memory) implements Owned {
        @Override
        public IpcPermissions permissions() throws IOException {
            return memory.status().permissions();
        }

        @Override
        public void setMode(FileMode mode) throws IOException {
            memory.setMode(mode);
        }

        @Override
        public void setOwner(long uid, long gid) throws IOException {
            memory.setOwner(uid, gid);
        }
    }
}
