package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.memory.Protection;
import parley.os.FileMode;
import parley.os.RemovedException;
import parley.peer.Command;
import parley.peer.Peer;

/// The other side is a script: Perl with IPC::Msg, IPC::Semaphore and IPC::SharedMem, Python with
/// sysv_ipc. Each both uses what we made and makes what we use.
@Timeout(120)
final class ScriptingPeersTest {
    /// A script in each language for the same conversation; each is given a key.
    enum Language {
        PERL,
        PYTHON;

        private List<String> words(String script, String... arguments) {
            var words = new ArrayList<>(interpreter());
            words.add(script);
            words.addAll(List.of(arguments));
            return words;
        }

        private List<String> interpreter() {
            return switch (this) {
                case PERL ->
                        List.of(
                                "perl",
                                "-MIPC::SysV=:all",
                                "-MIPC::Msg",
                                "-MIPC::Semaphore",
                                "-MIPC::SharedMem",
                                "-e");
                case PYTHON -> List.of("/usr/bin/python3", "-c"); // that of Debian's package
            };
        }

        private void require() throws Exception {
            var probe = this == PERL ? "1" : "import sysv_ipc";
            var module = this == PERL ? "Perl's IPC::SysV" : "Python's sysv_ipc";
            Command.require(interpreter().getFirst());
            assumeTrue(Command.run(words(probe)).exitCode() == 0, module + " is not installed");
        }

        private String script(String perl, String python) {
            return this == PERL ? perl : python;
        }
    }

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

    private String output(Language language, String perl, String python) throws Exception {
        language.require();
        return Command.output(language.words(language.script(perl, python), key.toString()));
    }

    @ParameterizedTest
    @EnumSource
    void itAnswersOnOurQueue(Language language) throws Exception {
        try (var queue = SysvMessageQueue.create(key)) {
            queue.send(9, "later".getBytes(US_ASCII));
            queue.send(3, "abc".getBytes(US_ASCII));
            var said =
                    output(
                            language,
                            """
                            my $queue = IPC::Msg->new(hex($ARGV[0]), 0) or die "$!";
                            my $type = $queue->rcv(my $text, 100, -5) or die "$!";
                            $queue->snd($type + 1, scalar reverse $text) or die "$!";
                            my $status = $queue->stat;
                            printf "%d %d %o", $status->qnum, $status->qbytes, $status->mode;
                            """,
                            """
                            import sys, sysv_ipc
                            queue = sysv_ipc.MessageQueue(int(sys.argv[1], 16))
                            text, type = queue.receive(type=-5)
                            queue.send(text[::-1], type=type + 1)
                            print(queue.current_messages, queue.max_size, oct(queue.mode)[2:])
                            """);
            assertEquals("2 " + queue.status().bytesMax() + " 600", said);
            var answer = queue.receive(MessageSelector.exactly(4));
            assertEquals("cba", new String(answer.text(), US_ASCII));
        }
    }

    @ParameterizedTest
    @EnumSource
    void weAnswerOnItsQueue(Language language) throws Exception {
        output(
                language,
                """
                my $queue = IPC::Msg->new(hex($ARGV[0]), IPC_CREAT | IPC_EXCL | 0640) or die "$!";
                $queue->snd(7, "made there") or die "$!";
                $queue->set(qbytes => 1000) or die "$!";
                """,
                """
                import sys, sysv_ipc
                queue = sysv_ipc.MessageQueue(int(sys.argv[1], 16), sysv_ipc.IPC_CREX, 0o640)
                queue.send(b"made there", type=7)
                queue.max_size = 1000
                """);
        try (var queue = SysvMessageQueue.open(key)) {
            var status = queue.status();
            assertEquals(new FileMode(0640), status.permissions().mode());
            assertEquals(1000, status.bytesMax());
            assertEquals(7, queue.peek(0).orElseThrow().type());
            var message = queue.receive(MessageSelector.anyExcept(6));
            assertEquals("made there", new String(message.text(), US_ASCII));
            queue.remove();
        }
    }

    @ParameterizedTest
    @EnumSource
    void itChangesOurSemaphores(Language language) throws Exception {
        try (var set = SysvSemaphoreSet.create(key, 1)) {
            var said =
                    output(
                            language,
                            """
                            my $set = IPC::Semaphore->new(hex($ARGV[0]), 1, 0) or die "$!";
                            $set->op(0, -1, 0) or die "$!";
                            print $set->getval(0), " ";
                            $set->op(0, 4, SEM_UNDO, 0, 2, 0) or die "$!";
                            print $set->getval(0), " ", $set->getpid(0) == $$ ? "own" : "other";
                            """,
                            """
                            import os, sys, sysv_ipc
                            semaphore = sysv_ipc.Semaphore(int(sys.argv[1], 16))
                            semaphore.acquire()
                            print(semaphore.value, end=" ")
                            semaphore.undo = True
                            semaphore.release(4)
                            semaphore.undo = False
                            semaphore.release(2)
                            is_own = semaphore.last_pid == os.getpid()
                            print(semaphore.value, "own" if is_own else "other")
                            """);
            assertEquals("0 6 own", said);
            assertEquals(2, set.semaphore(0).value(), "what was done with undo is undone");
        }
    }

    @ParameterizedTest
    @EnumSource
    void weWaitOnItsSemaphoreAndItRemovesIt(Language language) throws Exception {
        language.require();
        var script =
                language.script(
                        """
                        $| = 1;
                        my $set = IPC::Semaphore->new(hex($ARGV[0]), 1, IPC_CREAT | 0600) or die;
                        $set->setval(0, 1) or die "$!";
                        print "made\\n";
                        <STDIN>;
                        select(undef, undef, undef, 0.001) until $set->getncnt(0);
                        $set->remove or die "$!";
                        """,
                        """
                        import sys, time, sysv_ipc
                        key = int(sys.argv[1], 16)
                        semaphore = sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX, 0o600, 1)
                        print("made", flush=True)
                        sys.stdin.readline()
                        while not semaphore.waiting_for_nonzero:
                            time.sleep(0.001)
                        semaphore.remove()
                        """);
        try (var peer = Peer.start(language.words(script, key.toString()))) {
            assertEquals("made", peer.line());
            try (var set = SysvSemaphoreSet.open(key)) {
                var semaphore = set.semaphore(0);
                semaphore.acquire();
                peer.tell("waiting soon");
                boolean isRemoved = false;
                try {
                    semaphore.acquire();
                } catch (RemovedException _) {
                    isRemoved = true;
                }
                assertTrue(isRemoved);
            }
            assertEquals(0, peer.exitCode(), peer::rest);
        }
    }

    @ParameterizedTest
    @EnumSource
    void itReadsAndWritesOurMemory(Language language) throws Exception {
        try (var memory = SysvSharedMemory.create(key, 100)) {
            memory.segment().setString(0, "from Java");
            var said =
                    output(
                            language,
                            """
                            my $memory = IPC::SharedMem->new(hex($ARGV[0]), 0, 0) or die "$!";
                            $memory->attach or die "$!";
                            print $memory->read(0, 9), " ", $memory->stat->nattch;
                            $memory->write(pack("l", 42), 20, 4) or die "$!";
                            $memory->detach or die "$!";
                            """,
                            """
                            import struct, sys, sysv_ipc
                            memory = sysv_ipc.SharedMemory(int(sys.argv[1], 16))
                            print(memory.read(9).decode(), memory.number_attached)
                            memory.write(struct.pack("i", 42), 20)
                            memory.detach()
                            """);
            assertEquals("from Java 2", said);
            assertEquals(42, memory.segment().get(JAVA_INT, 20));
            assertEquals(1, memory.status().attachments());
        }
    }

    @ParameterizedTest
    @EnumSource
    void weReadItsMemory(Language language) throws Exception {
        output(
                language,
                """
                my $memory = IPC::SharedMem->new(hex($ARGV[0]), 5000, IPC_CREAT | 0600) or die;
                $memory->write("made there", 0, 10) or die "$!";
                """,
                """
                import sys, sysv_ipc
                key = int(sys.argv[1], 16)
                memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, size=5000)
                memory.write(b"made there")
                memory.detach()
                """);
        try (var memory = SysvSharedMemory.open(key, Protection.READ_ONLY)) {
            assertEquals(5000, memory.bytes());
            var bytes = memory.segment().asSlice(0, 10).toArray(JAVA_BYTE);
            assertEquals("made there", new String(bytes, US_ASCII));
        }
    }

    @Test
    void allSemaphoresOfASetAreSetAndReadTogether() throws Exception {
        try (var set = SysvSemaphoreSet.create(key, 1, 2, 3)) {
            assertEquals(
                    "1 2 3",
                    output(
                            Language.PERL,
                            """
                            my $set = IPC::Semaphore->new(hex($ARGV[0]), 3, 0) or die "$!";
                            print join " ", $set->getall;
                            $set->setall(4, 5, 6) or die "$!";
                            """,
                            ""));
            assertArrayEquals(new int[] {4, 5, 6}, set.values());
        }
    }

    /// Both come to the same key for a file.
    @ParameterizedTest
    @EnumSource
    void itsFtokIsOurs(Language language) throws Exception {
        var said =
                output(
                        language,
                        "print ftok('/usr', ord('P')) & 0xffffffff;",
                        "import sysv_ipc as s; print(s.ftok('/usr', ord('P'), True) & 0xffffffff)");
        var ours = IpcKey.ftok(Path.of("/usr"), 'P');
        assertEquals(Integer.toUnsignedString(ours.value()), said);
    }
}
