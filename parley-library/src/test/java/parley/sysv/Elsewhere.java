package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import parley.kernel.SysMsg;
import parley.kernel.SysSem;
import parley.kernel.SysShm;
import parley.memory.Protection;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;

/// What the cases of other people's suites do as another user or in another IPC namespace: a JVM of
/// its own, which says for each case what came of it.
final class Elsewhere {
    private static final String CLASS_PATH =
            OtherUser.classPathOf(SysvMessageQueue.class, Elsewhere.class);
    private static final List<String> WITHOUT_LOCKED_MEMORY = List.of("prlimit", "--memlock=0:0");

    private Elsewhere() {}

    private interface Call {
        Object make() throws IOException, InterruptedException;
    }

    /// What it says as nobody, who may lock no memory.
    static String asNobody(Object... arguments) throws Exception {
        OtherUser.assumeItCanRead(OtherUser.NOBODY, CLASS_PATH);
        Command.require("prlimit");
        var before = new ArrayList<>(WITHOUT_LOCKED_MEMORY);
        before.addAll(OtherUser.NOBODY);
        return Command.output(command(before, arguments));
    }

    /// The words that start it behind others.
    static List<String> command(List<String> before, Object... arguments) {
        var words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        return Command.java(before, CLASS_PATH, Elsewhere.class, words);
    }

    public static void main(String[] arguments) throws Exception {
        var keys =
                Arrays.stream(arguments)
                        .skip(1)
                        .map(text -> IpcKey.of(Long.decode(text).intValue()))
                        .toList();
        switch (arguments[0]) {
            case "others-queue" -> othersQueue(keys.get(0), keys.get(1));
            case "others-set" -> othersSet(keys.get(0), keys.get(1));
            case "others-segment" -> othersSegment(keys.get(0), keys.get(1));
            case "queues" -> queues(keys.getFirst());
            case "sets" -> sets(keys.getFirst());
            case "segments" -> segments(keys.getFirst());
            case "enlarge" -> enlarge(keys.getFirst());
            case "summaries" -> summaries();
            case "undo" -> undo(keys.getFirst());
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void report(String id, Call call) throws InterruptedException {
        try {
            System.out.println(id + " " + call.make());
        } catch (OsException e) {
            System.out.println(id + " " + e.errno());
        } catch (IOException e) {
            System.out.println(id + " " + e);
        }
    }

    /// The errno of a call of the kernel's that the library has no use for.
    private static Object raw(int r) {
        return r < 0 ? Errno.of(-r) : r;
    }

    private static String done() {
        return "done";
    }

    private static void othersQueue(IpcKey closed, IpcKey ownersOnly) throws Exception {
        report("MSG-006", () -> raw(SysMsg.msgget(closed.value(), 0200)));
        report("MSG-007", () -> SysvMessageQueue.open(ownersOnly).id());
        try (var queue = SysvMessageQueue.open(ownersOnly)) {
            report("MSG-027", () -> queue.tryReceive(MessageSelector.ANY));
            report("MSG-047", queue::status);
        }
    }

    private static void othersSet(IpcKey closed, IpcKey readable) throws Exception {
        report("SEM-007", () -> raw(SysSem.semget(closed.value(), 1, 0400)));
        report("SEM-007", () -> SysvSemaphoreSet.openAsIs(closed).semaphore(0).tryAcquire());
        try (var set = SysvSemaphoreSet.openAsIs(readable)) {
            report(
                    "SEM-017",
                    () -> {
                        set.setMode(new FileMode(0666));
                        return done();
                    });
            report(
                    "SEM-018",
                    () -> {
                        set.remove();
                        return done();
                    });
        }
    }

    private static void othersSegment(IpcKey closed, IpcKey open) throws Exception {
        report("SHM-006", () -> raw(SysShm.shmget(closed.value(), 1, 0400)));
        report("SHM-015", () -> SysvSharedMemory.open(closed, Protection.READ_ONLY));
        report(
                "SHM-008",
                () ->
                        SysvSharedMemory.create(
                                IpcKey.PRIVATE, 1, FileMode.OWNER_ONLY, SegmentPages.huge()));
        try (var memory = SysvSharedMemory.open(open)) {
            report(
                    "SHM-022",
                    () -> {
                        memory.remove();
                        return done();
                    });
            report(
                    "SHM-023",
                    () -> {
                        memory.setMode(FileMode.OWNER_ONLY);
                        return done();
                    });
            report(
                    "SHM-025",
                    () -> {
                        memory.unlock();
                        return done();
                    });
        }
    }

    /// Read in one piece: the kernel gives such a file only so.
    private static int nextId(String kind) throws IOException {
        return Integer.parseInt(Files.readAllLines(nextIdFile(kind)).getFirst());
    }

    private static void setNextId(String kind, int id) throws IOException {
        Files.writeString(nextIdFile(kind), Integer.toString(id));
    }

    private static Path nextIdFile(String kind) {
        return Path.of("/proc/sys/kernel", kind + "_next_id");
    }

    /// In a namespace of its own.
    private static void queues(IpcKey ofOutside) throws Exception {
        report("MSG-052", () -> SysvMessageQueue.open(ofOutside));
        setNextId("msg", 4321);
        try (var queue = SysvMessageQueue.create(ofOutside)) {
            report("MSG-009", () -> queue.id() + " " + nextId("msg"));
            queue.send(1, "first".getBytes(US_ASCII));
            queue.send(26538, "second, longer".getBytes(US_ASCII));
            report("MSG-054", () -> words(queue.peek(0).get()) + ", " + words(queue.peek(1).get()));
            var dumped = List.of(queue.peek(0).get(), queue.peek(1).get());
            report("MSG-054", () -> drained(queue));
            queue.remove();
            restore(ofOutside, queue.id(), dumped);
        }
    }

    private static void restore(IpcKey key, int id, List<SysvMessageQueue.Message> messages)
            throws Exception {
        setNextId("msg", id);
        try (var queue = SysvMessageQueue.create(key)) {
            for (var message : messages) {
                queue.send(message.type(), message.text());
            }
            report("MSG-054", () -> drained(queue));
            report("MSG-054", () -> queue.id() == id);
        }
    }

    private static String drained(SysvMessageQueue queue) throws IOException {
        var any = MessageSelector.ANY;
        var found = words(queue.tryReceive(any).get()) + ", " + words(queue.tryReceive(any).get());
        return found + (queue.tryReceive(any).isEmpty() ? "" : " and more");
    }

    private static String words(SysvMessageQueue.Message message) {
        return message.type() + " " + new String(message.text(), US_ASCII);
    }

    /// In a namespace of its own, where there may be three sets.
    private static void sets(IpcKey ofOutside) throws Exception {
        report("SEM-046", () -> SysvSemaphoreSet.openAsIs(ofOutside));
        try (var set = SysvSemaphoreSet.create(ofOutside, 1)) {
            report("SEM-047", set.semaphore(0)::tryAcquire);
        }
        report("SEM-008", () -> SysvSemaphoreSet.createPrivate(1).id() >= 0);
        report("SEM-008", () -> SysvSemaphoreSet.createPrivate(1).id() >= 0);
        report("SEM-008", () -> SysvSemaphoreSet.createPrivate(1));
    }

    /// In a namespace of its own, where a segment may have two pages.
    private static void segments(IpcKey ofOutside) throws Exception {
        report("SHM-035", () -> SysvSharedMemory.open(ofOutside));
        report("SHM-004", () -> SysvSharedMemory.create(ofOutside, 8193));
        setNextId("shm", 4321);
        try (var memory = SysvSharedMemory.create(ofOutside, 8192);
                var another = SysvSharedMemory.createPrivate(5000)) {
            report("SHM-010", () -> memory.id() + " " + nextId("shm"));
            memory.segment().set(JAVA_LONG, 0, 35);
            report("SHM-029", () -> agreesWithProc(List.of(another.id(), memory.id())));
        }
    }

    private static boolean agreesWithProc(List<Integer> ids) throws IOException {
        var lines = Files.readAllLines(Path.of("/proc/sysvipc/shm"));
        var names = Arrays.asList(lines.getFirst().strip().split("\\s+", -1));
        long pages = 0;
        long resident = 0;
        long swapped = 0;
        for (var line : lines.subList(1, lines.size())) {
            var values = line.strip().split("\\s+", -1);
            pages += Math.ceilDiv(number(names, values, "size"), IpcKind.PAGE_BYTES);
            resident += number(names, values, "rss") / IpcKind.PAGE_BYTES;
            swapped += number(names, values, "swap") / IpcKind.PAGE_BYTES;
        }
        var summary = SysvSharedMemory.summary();
        var listed = SysvSharedMemory.list().stream().map(SysvSharedMemory.Status::id).toList();
        return summary.segments() == lines.size() - 1
                && summary.pages() == pages
                && summary.residentPages() == resident
                && summary.swappedPages() == swapped
                && listed.size() == ids.size()
                && listed.containsAll(ids);
    }

    private static long number(List<String> names, String[] values, String name) {
        return Long.parseLong(values[names.indexOf(name)]);
    }

    /// In the words of ipcs.
    private static void summaries() throws OsException {
        var queues = SysvMessageQueue.summary();
        System.out.println("allocated queues = " + queues.queues());
        System.out.println("used headers = " + queues.messages());
        System.out.println("used space = " + queues.bytes() + " bytes");
        System.out.println("max queues system wide = " + queues.queuesMax());
        System.out.println("max size of message (bytes) = " + queues.messageBytesMax());
        System.out.println("default max size of queue (bytes) = " + queues.queueBytesMax());
        var sets = SysvSemaphoreSet.summary();
        System.out.println("used arrays = " + sets.sets());
        System.out.println("allocated semaphores = " + sets.semaphores());
        System.out.println("max number of arrays = " + sets.setsMax());
        System.out.println("max semaphores per array = " + sets.setSemaphoresMax());
        System.out.println("max semaphores system wide = " + sets.semaphoresMax());
        System.out.println("max ops per semop call = " + sets.operationsMax());
        var segments = SysvSharedMemory.summary();
        System.out.println("segments allocated " + segments.segments());
        System.out.println("pages allocated " + segments.pages());
        System.out.println("max number of segments = " + segments.segmentsMax());
    }

    private static void enlarge(IpcKey key) throws Exception {
        try (var queue = SysvMessageQueue.open(key)) {
            long more = SysvMessageQueue.summary().queueBytesMax() + 1L;
            report(
                    "MSG-045",
                    () -> {
                        queue.setBytesMax(more);
                        return done();
                    });
            try {
                queue.setBytesMax(more);
            } catch (OsException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /// A thread gives a permit with undo, and ends; the JVM ends when it is told.
    private static void undo(IpcKey key) throws Exception {
        try (var set = SysvSemaphoreSet.open(key)) {
            var release = set.operations().release(0).undo();
            var thread =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    release.perform();
                                } catch (IOException | InterruptedException e) {
                                    throw new AssertionError(e);
                                }
                            });
            thread.join();
            System.out.println("SEM-045 " + set.semaphore(0).value());
            var _ = System.in.read();
        }
    }
}
