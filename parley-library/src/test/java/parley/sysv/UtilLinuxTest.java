package parley.sysv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.ThreadKind;
import parley.memory.Protection;
import parley.os.Credentials;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.peer.Command;

/// The commands of util-linux see what we see, object for object: ipcs, lsipc, ipcmk, ipcrm.
@Timeout(120)
final class UtilLinuxTest {
    private static final DateTimeFormatter ISO =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx").withZone(ZoneOffset.UTC);
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final String PERMISSIONS = "KEY,ID,PERMS,UID,GID,CUID,CGID,";

    private final IpcKey key = Traces.newKey();

    @AfterEach
    void remove() throws Exception {
        Traces.removeQueue(key);
        Traces.removeSet(key);
        Traces.removeMemory(key);
    }

    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    /// The line that lsipc shows for each of some ids, with one space between columns.
    private static List<String> listed(String kind, String columns, List<Integer> ids)
            throws Exception {
        var output =
                Command.output(
                        "env",
                        "TZ=UTC0",
                        "lsipc",
                        kind,
                        "--bytes",
                        "--raw",
                        "--time-format=iso",
                        "--output=" + PERMISSIONS + columns);
        var lines =
                sorted(
                        output.lines()
                                .filter(line ->
                                        ids.stream().anyMatch(id -> idOf(line).equals("" + id))));
        assertEquals(ids.size(), lines.size(), output);
        return lines;
    }

    private static String idOf(String line) {
        return line.split(" ", -1)[1];
    }

    private static String row(IpcPermissions permissions, int id, Object... columns) {
        var before =
                "0x%08x %d %s %d %d %d %d"
                        .formatted(
                                permissions.key().value(),
                                id,
                                permissions.mode().letters(),
                                permissions.ownerUid(),
                                permissions.ownerGid(),
                                permissions.creatorUid(),
                                permissions.creatorGid());
        return Stream.of(columns)
                .map(String::valueOf)
                .collect(Collectors.joining(" ", before + " ", ""));
    }

    private static String iso(Instant time) {
        return ISO.format(time);
    }

    private static String iso(Optional<Instant> time) {
        return time.map(UtilLinuxTest::iso).orElse("");
    }

    /// In one order, and without what an empty last column leaves.
    private static List<String> sorted(Stream<String> rows) {
        return rows.map(String::stripTrailing).sorted().toList();
    }

    @Test
    void lsipcShowsQueuesAsWeDo() throws Exception {
        int foreign = made("-Q");
        try (var queue = SysvMessageQueue.create(key, new FileMode(0640))) {
            queue.send(1, new byte[10]);
            queue.send(2, new byte[20]);
            assertEquals(1, queue.receive(MessageSelector.ANY).type());
            var ids = List.of(foreign, queue.id());
            var ours =
                    SysvMessageQueue.list().stream()
                            .filter(status -> ids.contains(status.id()))
                            .map(status ->
                                    row(
                                            status.permissions(),
                                            status.id(),
                                            iso(status.changeTime()),
                                            status.bytes(),
                                            status.messages(),
                                            iso(status.lastSendTime()),
                                            iso(status.lastReceiveTime()),
                                            status.lastSendPid(),
                                            status.lastReceivePid()));
            var columns = "CTIME,USEDBYTES,MSGS,SEND,RECV,LSPID,LRPID";
            assertEquals(listed("--queues", columns, ids), sorted(ours));
        } finally {
            SysvMessageQueue.removeById(foreign);
        }
    }

    @Test
    void lsipcShowsSetsAsWeDo() throws Exception {
        int foreign = made("-S", "3");
        try (var set = SysvSemaphoreSet.create(key, new FileMode(0606), 1, 2)) {
            var ids = List.of(foreign, set.id());
            var ours =
                    SysvSemaphoreSet.list().stream()
                            .filter(status -> ids.contains(status.id()))
                            .map(status ->
                                    row(
                                            status.permissions(),
                                            status.id(),
                                            iso(status.changeTime()),
                                            status.count(),
                                            iso(status.lastOperationTime())));
            assertEquals(listed("--semaphores", "CTIME,NSEMS,OTIME", ids), sorted(ours));
        } finally {
            SysvSemaphoreSet.removeById(foreign);
        }
    }

    @Test
    void lsipcShowsSegmentsAsWeDo() throws Exception {
        int foreign = made("-M", "5000");
        try (var memory = SysvSharedMemory.create(key, 12345);
                var removed = SysvSharedMemory.createPrivate(1)) {
            removed.remove();
            SysvSharedMemory.open(key).close();
            var ids = List.of(foreign, memory.id(), removed.id());
            var ours =
                    SysvSharedMemory.list().stream()
                            .filter(status -> ids.contains(status.id()))
                            .map(status ->
                                    row(
                                            status.permissions(),
                                            status.id(),
                                            iso(status.changeTime()),
                                            status.bytes(),
                                            status.attachments(),
                                            status.isRemoved() ? "dest" : "",
                                            iso(status.lastAttachTime()),
                                            iso(status.lastDetachTime()),
                                            status.creatorPid(),
                                            status.lastPid()));
            var columns = "CTIME,SIZE,NATTCH,STATUS,ATTACH,DETACH,CPID,LPID";
            assertEquals(listed("--shmems", columns, ids), sorted(ours));
        } finally {
            SysvSharedMemory.removeById(foreign);
        }
    }

    @Test
    void ipcsShowsEachSemaphoreAsWeDo() throws Exception {
        try (var set = SysvSemaphoreSet.create(key, 3, 0)) {
            var acquirer = ThreadKind.VIRTUAL.start(() -> set.semaphore(1).tryAcquire(LONG));
            var awaiter =
                    ThreadKind.VIRTUAL.start(() -> set.operations().awaitZero(0).perform(LONG));
            while (set.semaphore(1).waitingToAcquire() + set.semaphore(0).waitingForZero() < 2) {
                Thread.onSpinWait();
            }
            long pid = Credentials.own().pid();
            var output = Command.output("ipcs", "-s", "-i", Integer.toString(set.id()));
            var lines = output.lines().map(line -> line.strip().replaceAll("\\s+", " ")).toList();
            assertTrue(lines.contains("0 3 0 1 " + pid), output);
            assertTrue(lines.contains("1 0 1 0 " + pid), output);
            assertTrue(set.operations().acquire(0, 3).release(1).tryPerform());
            assertTrue(acquirer.result());
            assertTrue(awaiter.result());
        }
    }

    @Test
    void ipcsShowsOurLocksAndSizes() throws Exception {
        try (var memory = SysvSharedMemory.create(key, 100);
                var queue = SysvMessageQueue.create(key)) {
            memory.lock();
            var shown = Command.output("ipcs", "-m").lines().filter(this::isOurs).findFirst();
            assertTrue(shown.orElseThrow().endsWith("locked"), shown::get);
            memory.unlock();
            queue.setBytesMax(1234);
            var details = Command.output("ipcs", "-q", "-i", Integer.toString(queue.id()));
            assertTrue(details.contains("qbytes=1234"), details);
        }
    }

    private boolean isOurs(String line) {
        return line.startsWith("0x%08x ".formatted(key.value()));
    }

    /// In a namespace of its own, where nobody else makes objects meanwhile.
    @Test
    void theSummariesAreThoseOfIpcs() throws Exception {
        Command.require("unshare");
        assumeTrue(Credentials.own().uid() == 0, "only root can have an IPC namespace of its own");
        var script =
                """
                ipcmk -Q >/dev/null && ipcmk -S 3 >/dev/null && ipcmk -S 4 >/dev/null || exit 1
                ipcmk -M 5000 >/dev/null && ipcmk -M 1 >/dev/null || exit 1
                ipcs -u; ipcs -l; exec "$@"
                """;
        var before = List.of("unshare", "--ipc", "sh", "-c", script, "sh");
        var said = Command.output(Elsewhere.command(before, "summaries"));
        for (var agreed :
                List.of(
                        "allocated queues = 1",
                        "used headers = 0",
                        "used space = 0 bytes",
                        "used arrays = 2",
                        "allocated semaphores = 7",
                        "segments allocated 2",
                        "pages allocated 3")) {
            assertEquals(2, said.lines().filter(agreed::equals).count(), () -> agreed + said);
        }
        for (var name :
                List.of(
                        "max queues system wide",
                        "max size of message (bytes)",
                        "default max size of queue (bytes)",
                        "max number of arrays",
                        "max semaphores per array",
                        "max semaphores system wide",
                        "max ops per semop call",
                        "max number of segments")) {
            var values = said.lines().filter(line -> line.startsWith(name + " = ")).toList();
            assertEquals(2, values.size(), () -> name + said);
            assertEquals(values.get(0), values.get(1));
        }
    }

    @Test
    void ipcsShowsWhatWeMade() throws Exception {
        try (var queue = SysvMessageQueue.create(key, new FileMode(0640));
                var set = SysvSemaphoreSet.create(key, 1, 2, 3);
                var memory = SysvSharedMemory.create(key, 12345)) {
            queue.send(1, new byte[10]);
            assertShown(Command.output("ipcs", "-q"), queue.id(), "640", "10", "1");
            assertShown(Command.output("ipcs", "-s"), set.id(), "600", "3");
            assertShown(Command.output("ipcs", "-m"), memory.id(), "600", "12345", "1");
            Command.output("ipcrm", "-Q", key.toString());
            Command.output("ipcrm", "-S", key.toString());
            Command.output("ipcrm", "-M", key.toString());
            assertTrue(memory.status().isRemoved());
        }
        assertThrows(NotFoundException.class, () -> SysvMessageQueue.remove(key));
    }

    private void assertShown(String output, int id, String... columns) {
        var start = "0x%08x %d ".formatted(key.value(), id);
        var line =
                output.lines()
                        .map(shown -> shown.replaceAll("\\s+", " "))
                        .filter(shown -> shown.startsWith(start))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(output));
        // Behind key, id and owner.
        var rest = line.substring(start.length()).replaceFirst("\\S+ ", "").strip();
        assertEquals(String.join(" ", columns), rest);
    }

    @Test
    void whatIpcmkMadeCanBeOpenedAndUsed() throws Exception {
        try (var queue = SysvMessageQueue.openById(made("-Q"))) {
            queue.send(1, new byte[1]);
            assertEquals(1, queue.receive(MessageSelector.ANY).type());
            queue.remove();
        }
        try (var set = SysvSemaphoreSet.openById(made("-S", "2"))) {
            var madeKey = set.status().permissions().key();
            assertTrue(SysvSemaphoreSet.openInitialized(madeKey, Duration.ofMillis(20)).isEmpty());
            try (var byKey = SysvSemaphoreSet.open(madeKey)) {
                assertArrayEquals(new int[] {0, 0}, byKey.values());
                byKey.semaphore(1).release();
            }
            assertEquals(1, set.semaphore(1).value());
            set.remove();
        }
        var memoryId = made("-M", "100");
        try (var memory = SysvSharedMemory.openById(memoryId, Protection.READ_WRITE)) {
            assertEquals(100, memory.bytes());
            memory.remove();
        }
    }

    /// The id of what ipcmk says that it has made.
    private static int made(String... options) throws Exception {
        var command = new ArrayList<>(List.of("ipcmk", "-p", "0600"));
        command.addAll(List.of(options));
        var said = Command.output(command.toArray(String[]::new));
        return Integer.parseInt(said.substring(said.lastIndexOf(' ') + 1));
    }
}
