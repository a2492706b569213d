package parley.tool.object;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import parley.address.Address;
import parley.address.SysvName;
import parley.channel.MessageChannel;
import parley.os.Errno;
import parley.os.FileStatus;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixName;
import parley.posix.PosixNames;
import parley.posix.PosixPermissions;
import parley.posix.PosixSemaphore;
import parley.posix.PosixSharedMemory;
import parley.process.BlockedCalls;
import parley.shm.SharedRegion.Participant;
import parley.sysv.IpcPermissions;
import parley.sysv.SysvMessageQueue;
import parley.sysv.SysvSemaphoreSet;

/// What the kernel says of an object: the fields of its structure, by their meaning. Memory is not
/// attached for this, and what may not be read is still shown as far as the kernel shows it.
public final class ObjectFacts {
    private final Address address;
    private final Facts facts = new Facts();

    private ObjectFacts(Address address) {
        this.address = address;
        facts.add("address", address);
    }

    /// True if there is something to say of such an object.
    public static boolean isKnown(Address address) {
        return switch (address) {
            case Address.SysvQueue _,
                    Address.SysvSemaphores _,
                    Address.SysvMemory _,
                    Address.PosixQueue _,
                    Address.PosixSemaphore _,
                    Address.PosixMemory _,
                    Address.Channel _ ->
                    true;
            default -> false;
        };
    }

    /// Prints what is known of an object.
    public static void print(Address address, PrintWriter out, boolean isJson) throws IOException {
        var object = new ObjectFacts(address);
        switch (address) {
            case Address.SysvQueue(var name) -> object.queue(name);
            case Address.SysvSemaphores(var name) -> object.semaphores(name);
            case Address.SysvMemory(var name) -> object.memory(name);
            case Address.PosixQueue(var name) -> object.queue(name);
            case Address.PosixSemaphore(var name) -> object.semaphore(name);
            case Address.PosixMemory(var name) -> object.memory(name);
            case Address.Channel(var name) -> object.channel(name);
            default -> throw new IllegalArgumentException(address.toString());
        }
        object.facts.print(out, isJson);
    }

    private void queue(SysvName name) throws IOException {
        var status =
                SysvObjects.find(
                                SysvMessageQueue.list(),
                                name,
                                SysvMessageQueue.Status::id,
                                SysvMessageQueue.Status::permissions)
                        .orElseThrow(this::absent);
        permissions(status.id(), status.permissions());
        facts.add("messages", status.messages())
                .add("bytes", status.bytes())
                .add("bytes max", status.bytesMax())
                .add("last sender", process(status.lastSendPid()))
                .add("last sent", status.lastSendTime())
                .add("last receiver", process(status.lastReceivePid()))
                .add("last received", status.lastReceiveTime())
                .add("changed", status.changeTime());
        addWaiters(calls -> calls.onSysvQueue(status.id()));
    }

    private void semaphores(SysvName name) throws IOException {
        var status =
                SysvObjects.find(
                                SysvSemaphoreSet.list(),
                                name,
                                SysvSemaphoreSet.Status::id,
                                SysvSemaphoreSet.Status::permissions)
                        .orElseThrow(this::absent);
        permissions(status.id(), status.permissions());
        facts.add("semaphores", status.count());
        try (var set = SysvSemaphoreSet.openById(status.id())) {
            var values = new ArrayList<Integer>();
            var increase = new ArrayList<Integer>();
            var zero = new ArrayList<Integer>();
            var last = new ArrayList<Optional<Facts.SeenProcess>>();
            for (int i = 0; i < set.count(); i++) {
                var semaphore = set.semaphore(i);
                values.add(semaphore.value());
                increase.add(semaphore.waitingToAcquire());
                zero.add(semaphore.waitingForZero());
                last.add(process(semaphore.lastPid()));
            }
            facts.add("values", values)
                    .add("waiting", increase)
                    .add("waiting for zero", zero)
                    .add("last process", last);
        } catch (NotPermittedException _) {
            facts.addHidden("values", "hidden: they may not be read");
        }
        facts.add("last operation", status.lastOperationTime()).add("changed", status.changeTime());
        addWaiters(calls -> calls.onSysvSemaphores(status.id()));
    }

    private void memory(SysvName name) throws IOException {
        var status = SysvObjects.memoryStatus(name).orElseThrow(this::absent);
        permissions(status.id(), status.permissions());
        var mapped = Pattern.compile(".* %d +/SYSV[0-9a-f]{8}( .*)?".formatted(status.id()));
        facts.add("bytes", status.bytes()).add("attachments", status.attachments());
        addMappers("attached by", line -> mapped.matcher(line).matches());
        facts.add("removed", status.isRemoved())
                .add("locked", status.isLocked())
                .add("creator process", process(status.creatorPid()))
                .add("last process", process(status.lastPid()))
                .add("last attached", status.lastAttachTime())
                .add("last detached", status.lastDetachTime())
                .add("changed", status.changeTime());
    }

    private void queue(String name) throws IOException {
        try (var queue = PosixMessageQueue.open(name)) {
            permissions(queue.permissions());
            var status = queue.status();
            facts.add("messages", status.messages())
                    .add("messages max", status.messagesMax())
                    .add("bytes", queue.bytesWaiting())
                    .add("message bytes max", status.messageBytesMax())
                    .add("notified", queue.registered().flatMap(who -> process(who.pid())));
            var file = FileStatus.of(queue.fd());
            addWaiters(calls -> calls.onPosixQueue(file));
        }
    }

    private void semaphore(String name) throws IOException {
        var found = find(PosixSemaphore.list(), name);
        permissions(found);
        try (var semaphore = PosixSemaphore.open(name)) {
            facts.add("value", semaphore.value());
        } catch (NotPermittedException _) {
            facts.addHidden("value", "hidden: it may not be read");
        }
        addMappers(PosixNames.SEMAPHORE + name.substring(1));
        addWaiters(calls -> calls.onMemory(found.status()));
    }

    private void memory(String name) throws IOException {
        var found = find(PosixSharedMemory.list(), name);
        permissions(found);
        facts.add("bytes", found.status().sizeBytes());
        addMappers(name.substring(1));
    }

    private void channel(String name) throws IOException {
        try (var channel = MessageChannel.open(name)) {
            var status = channel.status();
            var lanes = status.lanes();
            facts.add("messages", sum(lanes, lane -> lane.ring().sent() - lane.ring().received()))
                    .add("bytes", sum(lanes, lane -> lane.ring().bytesWaiting()))
                    .add("message bytes max", channel.messageBytesMax())
                    .add("lane bytes", status.size().capacity())
                    .add("lanes", status.size().senders())
                    .add("delivery", status.size().delivery())
                    .add("receivers", processes(status.receivers()))
                    .add("receivers max", status.size().receivers())
                    .add(
                            "senders",
                            each(lanes, lane -> lane.sender().flatMap(one -> process(one.pid()))))
                    .add("sent", each(lanes, lane -> lane.ring().sent()))
                    .add("received", each(lanes, lane -> lane.ring().received()))
                    .add("lost", each(lanes, MessageChannel.Status.Lane::dropped))
                    .add("bytes waiting", each(lanes, lane -> lane.ring().bytesWaiting()))
                    .add("participants", others(channel));
            var file = FileStatus.of(channel.fd());
            addWaiters(calls -> calls.onMemory(file));
        }
    }

    private static long sum(
            List<MessageChannel.Status.Lane> lanes,
            ToLongFunction<MessageChannel.Status.Lane> what) {
        return lanes.stream().mapToLong(what).sum();
    }

    private static List<?> each(
            List<MessageChannel.Status.Lane> lanes, Function<MessageChannel.Status.Lane, ?> what) {
        return lanes.stream().map(what).toList();
    }

    /// Who has it open, without this process, that looks at it.
    private static List<Optional<Facts.SeenProcess>> others(MessageChannel channel) {
        return processes(
                channel.participants().stream()
                        .filter(one -> one.pid() != ProcessHandle.current().pid())
                        .toList());
    }

    private static List<Optional<Facts.SeenProcess>> processes(List<Participant> participants) {
        return participants.stream().map(one -> process(one.pid())).toList();
    }

    private void permissions(int id, IpcPermissions of) {
        facts.add("id", id)
                .add("key", new SysvName.ByKey(of.key()))
                .add("owner uid", of.ownerUid())
                .add("owner gid", of.ownerGid())
                .add("creator uid", of.creatorUid())
                .add("creator gid", of.creatorGid())
                .add("mode", of.mode());
    }

    private void permissions(PosixPermissions of) {
        facts.add("owner uid", of.ownerUid())
                .add("owner gid", of.ownerGid())
                .add("mode", of.mode());
    }

    private void permissions(PosixName of) {
        var status = of.status();
        permissions(new PosixPermissions(status.uid(), status.gid(), status.mode()));
    }

    private PosixName find(List<PosixName> all, String name) throws OsException {
        return all.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(this::absent);
    }

    private OsException absent() {
        return OsException.of("show", address.toString(), Errno.ENOENT.number());
    }

    /// Empty for 0.
    private static Optional<Facts.SeenProcess> process(int pid) {
        return pid == 0 ? Optional.empty() : Optional.of(process(pid, Optional.empty()));
    }

    private static Facts.SeenProcess process(int pid, Optional<String> call) {
        try {
            var command = Files.readString(Path.of("/proc", "" + pid, "comm")).strip();
            return new Facts.SeenProcess(pid, Optional.of(command), call);
        } catch (IOException _) {
            return new Facts.SeenProcess(pid, Optional.empty(), call);
        }
    }

    private void addMappers(String file) throws IOException {
        var end = " " + PosixNames.SHARED_MEMORY + "/" + file;
        addMappers("mapped by", line -> line.endsWith(end) || line.endsWith(end + " (deleted)"));
    }

    /// The processes that have a line in their maps; those that may not be looked at are counted.
    private void addMappers(String label, Predicate<String> isMeant) throws IOException {
        var found = new ArrayList<Facts.SeenProcess>();
        int hidden = 0;
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var folder : processes) {
                var pid = folder.getFileName().toString();
                try (var lines = Files.lines(folder.resolve("maps"))) {
                    if (lines.anyMatch(isMeant)) {
                        found.add(process(Integer.parseInt(pid), Optional.empty()));
                    }
                } catch (AccessDeniedException _) {
                    hidden += isProgram(folder) ? 1 : 0;
                } catch (IOException | UncheckedIOException _) {
                    // It has ended meanwhile.
                }
            }
        }
        facts.add(label, found);
        addHidden(hidden);
    }

    /// The kernel's own threads have no words they were started with, nor has what has ended.
    private static boolean isProgram(Path folder) {
        try {
            return !Files.readString(folder.resolve("cmdline"), ISO_8859_1).isEmpty();
        } catch (IOException _) {
            return false; // it has ended meanwhile
        }
    }

    /// Those of an object, of all that wait.
    private interface Choice {
        List<BlockedCalls.Blocked> of(BlockedCalls calls) throws IOException;
    }

    private void addWaiters(Choice choice) throws IOException {
        var calls = BlockedCalls.read();
        var waiters = new ArrayList<Facts.SeenProcess>();
        for (var one : choice.of(calls)) {
            waiters.add(process(one.pid(), Optional.of(one.call().toString())));
        }
        facts.add("waiters", waiters);
        addHidden(calls.hiddenProcesses());
    }

    private void addHidden(int processes) {
        if (processes > 0) {
            facts.addHidden("hidden processes", processes + " cannot be looked into: run as root");
        }
    }
}
