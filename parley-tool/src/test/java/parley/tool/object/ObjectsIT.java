package parley.tool.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parley.contract.Unique;
import parley.peer.Command;
import parley.peer.Peer;
import parley.signal.Signal;
import parley.signal.Signals;
import parley.tool.demo.Packaged;
import parley.tool.talk.Parley;

/// System V and POSIX objects as the command's user sees them, judged by ipcs(1), ipcmk(1) and
/// Python.
@Timeout(180)
class ObjectsIT {
    private static final String HELD = "echo held; exec sleep 99";

    private final List<String> made = new ArrayList<>();

    /// Makes something that is removed in the end.
    private String made(String address, String... options) throws Exception {
        var arguments = new ArrayList<>(List.of("create", address));
        arguments.addAll(List.of(options));
        var created = Parley.run(arguments.toArray(String[]::new));
        assertEquals(0, created.status(), created.err());
        var name = created.out().isEmpty() ? address : created.out().strip();
        made.add(name);
        return name;
    }

    @AfterEach
    void removeAll() throws Exception {
        if (!made.isEmpty()) {
            made.addFirst("remove");
            var _ = Parley.run(made.toArray(String[]::new));
        }
    }

    private static String said(String... arguments) throws Exception {
        var ran = Parley.run(arguments);
        assertEquals(0, ran.status(), ran.err());
        return ran.out();
    }

    private static int status(String... arguments) throws Exception {
        return Parley.run(arguments).status();
    }

    private static String id(String address) {
        return address.substring(address.indexOf('#') + 1);
    }

    @Test
    void messagesOfAQueueAreTakenByTheirTypes() throws Exception {
        var queue = made("msg:private", "--mode", "0640");
        assertTrue(Command.output("ipcs", "-q", "-i", id(queue)).contains("mode=0640"));
        said("send", queue, "a", "--type", "3");
        said("send", queue, "b", "--type", "2");
        said("send", queue, "c");
        assertTrue(said("receive", queue, "--peek", "-J").contains("\"text\":\"a\",\"type\":3"));
        assertEquals("b\n", said("receive", queue, "--type", "!3"));
        assertEquals("c\n", said("receive", queue, "--type", "-2"));
        assertEquals(75, status("receive", queue, "--type", "7", "--nonblock"));
        assertEquals("a", said("receive", queue, "--type", "3", "--raw"));
        assertEquals(124, status("receive", queue, "--timeout", "50ms"));
    }

    @Test
    void aQueueOfIpcmkIsUsedAndRemovedWhileSomebodyWaits() throws Exception {
        var id = Command.output("ipcmk", "-Q").replaceAll("\\D", "");
        var queue = "msg:#" + id;
        said("send", queue, "--lines", "x");
        assertEquals("x\n", said("receive", queue));
        try (var waiting = Parley.start("receive", queue)) {
            awaitCall(waiting.pid(), id);
            said("remove", queue);
            assertTrue(waiting.line().contains("EIDRM"));
            assertEquals(3, waiting.exitCode());
        }
        assertEquals(3, status("remove", queue));
    }

    /// Some thread of the process waits in a call whose first argument is the id.
    private static void awaitCall(long pid, String id) throws Exception {
        var call = Pattern.compile("\\d+ 0x" + Integer.toHexString(Integer.parseInt(id)) + " .*");
        var tasks = Path.of("/proc", "" + pid, "task");
        boolean isThere = false;
        while (!isThere) {
            assertFalse(Thread.interrupted(), "the time is over");
            try (var all = Files.list(tasks)) {
                for (var task : all.toList()) {
                    isThere |= call.matcher(syscall(task).strip()).matches();
                }
            }
        }
    }

    private static String syscall(Path task) {
        try {
            return Files.readString(task.resolve("syscall"));
        } catch (IOException _) {
            return ""; // ended meanwhile
        }
    }

    @Test
    void aQueueIsSetAsItsOwnerMay() throws Exception {
        var queue = made("msg:private");
        said("set", queue, "bytes=1K", "mode=0660", "gid=65534");
        var shown = Command.output("ipcs", "-q", "-i", id(queue));
        assertTrue(shown.contains("mode=0660") && shown.contains("gid=65534"), shown);
        assertTrue(shown.contains("qbytes=1024"), shown);
        assertEquals(2, status("set", queue, "mode=0600", "uid=nobody"));
        assertEquals(2, status("set", queue, "mode=0600", "bytes=many"));
        assertTrue(Command.output("ipcs", "-q", "-i", id(queue)).contains("mode=0660"));
    }

    @Test
    void posixObjectsAreSetToo() throws Exception {
        var name = Unique.name("set");
        var memory = made("pshm:/" + name, "--size", "4K");
        var semaphore = made("psem:/" + name);
        var queue = made("mq:/" + name);
        for (var each : List.of(memory, semaphore, queue)) {
            said("set", each, "mode=0620", "gid=65534");
            var shown = said("show", each);
            assertTrue(shown.contains("owner gid         65534\nmode              0620"), shown);
            var refused = Parley.run("set", each, "mode=0600", "size=8K");
            assertEquals(2, refused.status());
            assertTrue(refused.err().contains("has no 'size': mode, uid, gid"), refused.err());
        }
        var file = "/dev/shm/sem." + name;
        assertEquals("620 65534", Command.output("stat", "-c", "%a %g", file));
        assertEquals(3, status("set", "psem:/" + name + "-none", "mode=0600"));
    }

    @Test
    void semaphoresAreCountedTogetherAndEachForItself() throws Exception {
        var set = made("sem:private", "--value", "1,0");
        assertEquals("1 0\n", said("sem", "get", set));
        said("sem", "post", set, "3", "--index", "1");
        said("sem", "wait", set, "2", "--index", "1");
        assertEquals("1\n", said("sem", "get", set, "--index", "1"));
        assertEquals(75, status("sem", "zero", set, "--nonblock"));
        said("sem", "set", set, "0", "5");
        said("sem", "zero", set);
        assertEquals("0 5\n", said("sem", "get", set));
        assertEquals(124, status("sem", "wait", set, "--timeout", "50ms"));
        assertTrue(Command.output("ipcs", "-s", "-i", id(set)).contains("nsems = 2"));
    }

    @Test
    void aPosixSemaphoreThatIsNotAllThereIsLeftAsItWas() throws Exception {
        var semaphore = made("psem:/" + Unique.name("sem"), "--value", "2");
        assertEquals(124, status("sem", "wait", semaphore, "3", "--timeout", "50ms"));
        assertEquals("2\n", said("sem", "get", semaphore));
        assertEquals(6, status("create", semaphore));
    }

    @Test
    void whatAPosixSemaphoreCannotDoIsRefusedWithWhatCan() throws Exception {
        var semaphore = made("psem:/" + Unique.name("sem"), "--value", "0");
        for (var options : List.of("--timeout=50ms", "--nonblock")) { // also if it is 0 already
            var zero = Parley.run("sem", "zero", semaphore, options);
            assertEquals(2, zero.status());
            assertTrue(zero.err().contains("Try: parley sem get " + semaphore), zero.err());
        }
        var set = Parley.run("sem", "set", semaphore, "1");
        assertEquals(2, set.status());
        assertTrue(set.err().contains("Try: parley sem post " + semaphore + " N"), set.err());
        assertEquals("0\n", said("sem", "get", semaphore));
        said("sem", "post", semaphore, "2");
        said("sem", "wait", semaphore);
        assertEquals("1\n", said("sem", "get", semaphore));
    }

    @ParameterizedTest
    @CsvSource({"sem:private", "psem:"})
    void aCommandRunsWhileASemaphoreIsHeld(String kind) throws Exception {
        var address = kind.endsWith(":") ? kind + "/" + Unique.name("with") : kind;
        var semaphore = made(address);
        var seen = Parley.quoted("sem", "get", semaphore) + "; exit 7";
        var ran = Parley.run("with", semaphore, "--", "sh", "-c", seen);
        assertEquals("0\n", ran.out());
        assertEquals(7, ran.status());
        assertEquals(137, status("with", semaphore, "--", "sh", "-c", "kill -9 $$"));
        assertEquals(3, status("with", semaphore, "--", "/no/such/command"));
        assertEquals("1\n", said("sem", "get", semaphore));
        try (var holder = Parley.start("with", semaphore, "--", "sh", "-c", HELD)) {
            assertEquals("held", holder.line());
            assertEquals(75, status("with", semaphore, "--nonblock", "true"));
            Signals.send(holder.pid(), Signal.TERM);
            assertEquals(143, holder.exitCode());
        }
        assertEquals("1\n", said("sem", "get", semaphore));
    }

    @ParameterizedTest
    @CsvSource({"INT, 7", "HUP, 129", "TERM, 143", "KILL, 137"})
    void aHolderIsTheCommandAndGivesBackHoweverItEnds(String signal, int exitCode)
            throws Exception {
        var set = made("sem:private");
        var script = "trap 'exit 7' INT; echo $$; read _";
        try (var holder = Parley.start("with", set, "--", "sh", "-c", script)) {
            assertEquals("" + holder.pid(), holder.line()); // there is no second process to end
            assertEquals("0\n", said("sem", "get", set));
            Signals.send(holder.pid(), Signal.named(signal).orElseThrow());
            said("sem", "wait", set); // it comes back when the process has ended
            assertEquals(exitCode, holder.exitCode());
        }
    }

    @Test
    void aCommandThatCannotBeRunHoldsNothing() throws Exception {
        var set = made("sem:private");
        assertEquals(3, status("with", set, "--", "/no/such/command"));
        assertEquals(4, status("with", set, "--", "/"));
        assertEquals("1\n", said("sem", "get", set));
    }

    @Test
    void memoryIsReadAndWrittenInPlace() throws Exception {
        for (var memory :
                List.of(
                        made("shm:private", "--size", "8"),
                        made("pshm:/" + Unique.name("mem"), "--size", "8"))) {
            said("send", memory, "abcd", "--offset", "2");
            assertEquals("\0\0abcd\0\0", said("receive", memory));
            assertEquals("bc", said("receive", memory, "--offset", "3", "--length", "2"));
            assertEquals(1, status("send", memory, "abc", "--offset", "6"));
            assertEquals(1, status("receive", memory, "--offset", "9"));
        }
    }

    @Test
    void pythonReadsSharedMemoryThatTheCommandMade() throws Exception {
        var name = Unique.name("mem");
        var memory = made("pshm:/" + name, "--size", "4K");
        said("send", memory, "from the shell");
        var script =
                """
                import sys
                from multiprocessing import resource_tracker, shared_memory
                m = shared_memory.SharedMemory(sys.argv[1])
                print(bytes(m.buf[:14]), m.size)
                m.buf[:2] = b'XY'
                m.close()
                resource_tracker.unregister(m._name, 'shared_memory') # it would remove it
                """;
        var said = Command.output("python3", "-c", script, name);
        assertTrue(said.startsWith("b'from the shell' 4096"), said);
        assertEquals("XYom", said("receive", memory, "--length", "4"));
    }

    @Test
    void aPosixQueueGivesTheHighestPriorityFirst() throws Exception {
        var queue = made("mq:/" + Unique.name("mq"), "--max-messages", "2", "--max-size", "16");
        said("send", queue, "low");
        said("send", queue, "high", "--priority", "9");
        assertEquals(75, status("send", queue, "full", "--nonblock"));
        assertEquals(5, status("send", queue, "longer than sixteen bytes"));
        assertTrue(said("receive", queue, "-J").contains("\"text\":\"high\",\"priority\":9"));
        assertEquals("low\n", said("receive", queue));
    }

    @Test
    void queuesAreBridged() throws Exception {
        var from = made("msg:private");
        var to = made("mq:/" + Unique.name("mq"));
        try (var bridge = Parley.start("bridge", from, to)) {
            said("send", from, "one", "--type", "5");
            said("send", from, "two");
            assertEquals("one\ntwo\n", said("receive", to, "-c", "2", "--timeout", "60s"));
            Signals.send(bridge.pid(), Signal.INT);
            assertEquals(130, bridge.exitCode());
        }
        try (var bridge = Parley.start("bridge", to, from)) { // and back
            said("send", to, "high", "--priority", "3");
            said("send", to, "");
            assertEquals("high\n\n", said("receive", from, "-c", "2", "--timeout", "60s"));
            Signals.send(bridge.pid(), Signal.INT);
            assertEquals(130, bridge.exitCode());
        }
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        assertEquals(3, status("receive", "msg:0x7a11a11a"));
        assertEquals(3, status("send", "mq:/no-such-queue", "x"));
        assertEquals(3, status("receive", "pshm:/no-such-memory"));
        var ran = Parley.run("receive", "msg:private");
        assertTrue(ran.err().contains("it is found by its id"), ran.err());
    }

    @Test
    void theKernelsStructureIsShownInWords() throws Exception {
        var queue = made("msg:private", "--mode", "0620");
        said("send", queue, "hello");
        var shown = said("show", queue);
        assertTrue(shown.contains("mode              0620"), shown);
        assertTrue(shown.contains("messages          1\nbytes             5\n"), shown);
        var set = made("sem:private", "--value", "0,3");
        try (var waiting = Parley.start("sem", "wait", set)) {
            awaitCall(waiting.pid(), id(set));
            shown = said("show", set, "-J");
            assertTrue(shown.contains("\"values\":[0,3],\"waiting\":[1,0]"), shown);
            said("sem", "post", set);
            assertEquals(0, waiting.exitCode());
        }
        var memory = made("shm:private", "--size", "5000");
        shown = said("show", memory, "-J");
        assertTrue(shown.contains("\"bytes\":5000,\"attachments\":0,\"attachedBy\":[]"), shown);
        assertEquals(3, status("show", "shm:0x7a11a11a"));
    }

    @Test
    void whoHasMemoryMappedIsNamed() throws Exception {
        var name = Unique.name("mem");
        var memory = made("pshm:/" + name, "--size", "4K");
        var script =
                """
                import sys
                from multiprocessing import resource_tracker, shared_memory
                m = shared_memory.SharedMemory(sys.argv[1])
                resource_tracker.unregister(m._name, 'shared_memory')
                print('ready', flush=True)
                input()
                """;
        try (var python = Parley.python(script, name)) {
            var shown = said("show", memory);
            assertTrue(shown.contains("mapped by         " + python.pid() + " (python3"), shown);
        }
        assertTrue(said("show", memory).contains("mapped by         -"));
        var queue = made("mq:/" + Unique.name("mq"));
        assertTrue(said("show", queue, "-J").contains("\"messages\":0,\"messagesMax\":10"));
        var semaphore = made("psem:/" + Unique.name("sem"), "--value", "4");
        assertTrue(said("show", semaphore).contains("value             4"));
    }

    @Test
    void theOptionsBehindTheCommandAreTheCommands() throws Exception {
        var semaphore = made("psem:/" + Unique.name("with"));
        for (var words :
                List.of(
                        List.of("with", semaphore, "echo", "--nonblock", "--", "-x"),
                        List.of("with", semaphore, "--", "echo", "--nonblock", "--", "-x"))) {
            assertEquals("--nonblock -- -x\n", said(words.toArray(String[]::new)));
        }
    }

    @Test
    void whatIsRefusedChangesNothing() throws Exception {
        var queue = made("msg:private");
        assertEquals(5, status("send", queue, "x".repeat(8193)));
        assertEquals(2, status("set", queue, "mode=0644", "bytes=0"));
        var shown = said("show", queue);
        assertTrue(shown.contains("mode              0600"), shown);
        assertTrue(shown.contains("messages          0"), shown);
    }

    /// Then the mode counts for root as for anybody.
    private static final List<String> WITHOUT_CAPABILITIES =
            List.of("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--");

    @Test
    void whoMayNotReadMemoryMayStillChangeItsMode() throws Exception {
        var memory = made("shm:private", "--size", "4K");
        said("set", memory, "mode=0000");
        var words = new ArrayList<>(WITHOUT_CAPABILITIES);
        words.addAll(Packaged.command("set", memory, "mode=0640"));
        assertEquals(0, Packaged.run(words).status());
        assertTrue(said("show", memory).contains("mode              0640"));
    }

    /// What `show` says, once it says that.
    private static void awaitShown(String what, String... show) throws Exception {
        while (!said(show).contains(what)) {
            assertFalse(Thread.interrupted(), "the time is over");
        }
    }

    @Test
    void whoWaitsIsNamedWithTheCall() throws Exception {
        var queue = made("msg:private");
        var script = "msgrcv($ARGV[0], my $m, 99, 0, 0)";
        try (var perl = Peer.start(List.of("perl", "-e", script, id(queue)))) {
            var who = perl.pid() + " (perl) in msgrcv";
            awaitShown("waiters           " + who + "\n", "show", queue);
            var start = "\"waiters\":[{\"pid\":" + perl.pid();
            awaitShown(start + ",\"command\":\"perl\",\"call\":\"msgrcv\"}]", "show", queue, "-J");
        }
        assertTrue(said("show", queue).contains("waiters           -"));
        var set = made("sem:private", "--value", "0");
        try (var waiting = Parley.start("sem", "wait", set)) {
            awaitShown(waiting.pid() + " (java) in semtimedop", "show", set);
        }
        var posixQueue = made("mq:/" + Unique.name("mq"));
        try (var waiting = Parley.start("receive", posixQueue)) {
            awaitShown(waiting.pid() + " (java) in mq_timedreceive", "show", posixQueue);
        }
        var semaphore = made("psem:/" + Unique.name("sem"), "--value", "0");
        try (var waiting = Parley.start("sem", "wait", semaphore)) {
            awaitShown(waiting.pid() + " (java) in futex", "show", semaphore);
        }
    }
}
