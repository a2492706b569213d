package parley.tool.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parley.contract.Unique;
import parley.peer.Command;
import parley.signal.Signal;
import parley.signal.Signals;
import parley.tool.talk.Parley;

/// System V and POSIX objects as the command's user sees them, judged by ipcs(1), ipcmk(1) and
/// Python.
@Timeout(180)
class ObjectsIT {
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
            awaitReader(waiting.pid());
            said("remove", queue);
            assertTrue(waiting.line().contains("EIDRM"));
            assertEquals(3, waiting.exitCode());
        }
        assertEquals(3, status("remove", queue));
    }

    private static void awaitReader(long pid) throws Exception {
        var tasks = Path.of("/proc", "" + pid, "task");
        while (true) {
            try (var all = Files.list(tasks)) {
                for (var task : all.toList()) {
                    if (Files.readString(task.resolve("wchan")).contains("msgrcv")) {
                        return;
                    }
                }
            }
        }
    }

    @Test
    void aQueueIsSetAsItsOwnerMay() throws Exception {
        var queue = made("msg:private");
        said("set", queue, "bytes=1K", "mode=0660", "gid=65534");
        var shown = Command.output("ipcs", "-q", "-i", id(queue));
        assertTrue(shown.contains("mode=0660") && shown.contains("gid=65534"), shown);
        assertTrue(shown.contains("qbytes=1024"), shown);
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
        assertEquals(2, status("sem", "set", semaphore, "1"));
        assertEquals(6, status("create", semaphore));
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
        assertEquals(137, status("with", semaphore, "sh", "-c", "kill -9 $$"));
        assertEquals(3, status("with", semaphore, "--", "/no/such/command"));
        assertEquals("1\n", said("sem", "get", semaphore));
        try (var holder = Parley.start("with", semaphore, "sh", "-c", "echo held; exec sleep 99")) {
            assertEquals("held", holder.line());
            assertEquals(75, status("with", semaphore, "--nonblock", "true"));
            Signals.send(holder.pid(), Signal.TERM);
            assertEquals(143, holder.exitCode());
        }
        assertEquals("1\n", said("sem", "get", semaphore));
    }

    @Test
    void theKernelGivesBackWhatAKilledHolderHad() throws Exception {
        var set = made("sem:private");
        try (var holder = Parley.start("with", set, "sh", "-c", "echo held; exec sleep 99")) {
            assertEquals("held", holder.line());
            Signals.send(holder.pid(), Signal.KILL);
            said("sem", "wait", set); // it comes back when the process has ended
        }
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
                from multiprocessing import shared_memory
                m = shared_memory.SharedMemory(sys.argv[1])
                print(bytes(m.buf[:14]), m.size)
                m.buf[:2] = b'XY'
                m.close()
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
            assertEquals("one\ntwo\n", said("receive", to, "-c", "2"));
            Signals.send(bridge.pid(), Signal.INT);
            assertEquals(130, bridge.exitCode());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "create msg:#3|2|the kernel chooses ids, also #3",
                "create shm:private|2|how much? --size 64K",
                "create sem:private --size 4|2|--size means nothing to 'sem:private'",
                "create psem:/x --value 1,2|2|a POSIX semaphore has one value",
                "create sem:private --value -1|2|",
                "create tcp:host:80|2|is not made in advance",
                "create fifo:/f --value 3|2|--value means nothing to 'fifo:/f'",
                "receive msg:private|1|it is found by its id",
                "receive msg:0x7a11a11a|3|ENOENT",
                "receive mq:/no-such-queue|3|ENOENT",
                "receive sem:#1|2|carries nothing; see 'parley sem --help'",
                "receive msg:0x7a11a11a --type x|2|--type x: a number from 1 on",
                "receive mq:/no-such-queue --type 1|2|--type is for msg: alone",
                "receive unix:/s --offset 4|2|--offset and --length are for shm: and pshm:",
                "send msg:0x7a11a11a x --priority 2|2|--priority: 0 to 32767, for mq: alone",
                "send mq:/no-such-queue x --priority 32768|2|--priority: 0 to 32767",
                "bridge - shm:#1|2|is read and written in place",
                "remove tcp:host:80|2|is nothing that stays",
                "remove psem:/no-such-semaphore|3|ENOENT",
                "set mq:/x mode=0600|2|nothing of 'mq:/x' can be set",
                "sem look sem:#1|2|'look': wait, post, zero, get or set",
                "sem get msg:#1|2|is no semaphore",
                "sem wait sem:0x7a11a11a 0|2|0: a number from 1 on",
                "sem wait sem:0x7a11a11a|3|ENOENT",
                "with sem:0x7a11a11a true|3|ENOENT",
                "with msg:#1 true|2|is no semaphore",
            })
    void aMistakeIsExplained(String words, int status, String expected) throws Exception {
        var ran = Parley.run(words.split(" "));
        assertEquals(status, ran.status(), ran.err());
        assertTrue(ran.err().contains(expected == null ? "" : expected), ran.err());
    }
}
