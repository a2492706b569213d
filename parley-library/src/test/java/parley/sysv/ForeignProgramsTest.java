package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;

/// The other side is a program in C that knows nothing of Parley; or a JVM of another user.
@Timeout(120)
final class ForeignProgramsTest {
    private static final VarHandle COUNTER = JAVA_LONG.varHandle();

    private static final String MESSAGES =
            """
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/msg.h>
            struct msgbuf_of_the_textbook { long mtype; char mtext[100]; };
            int main(int argc, char **argv) {
                struct msgbuf_of_the_textbook message;
                int id = msgget((key_t) strtoul(argv[2], 0, 16), 0);
                if (id < 0) { perror("msgget"); return 1; }
                message.mtype = atol(argv[3]);
                if (argv[1][0] == 's') {
                    strcpy(message.mtext, argv[4]);
                    int r = msgsnd(id, &message, strlen(argv[4]), 0);
                    if (r < 0) { perror("msgsnd"); return 1; }
                } else {
                    ssize_t n = msgrcv(id, &message, sizeof message.mtext, message.mtype, 0);
                    if (n < 0) { perror("msgrcv"); return 1; }
                    printf("%ld %.*s\\n", message.mtype, (int) n, message.mtext);
                }
                return 0;
            }
            """;

    private static final String HOLDER =
            """
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/sem.h>
            #include <unistd.h>
            int main(int argc, char **argv) {
                struct sembuf take = { 0, -3, atoi(argv[2]) ? SEM_UNDO : 0 };
                int id = semget((key_t) strtoul(argv[1], 0, 16), 0, 0);
                if (id < 0 || semop(id, &take, 1) < 0) { perror("semop"); return 1; }
                puts("held");
                fflush(stdout);
                pause();
                return 0;
            }
            """;

    private static final String COUNTING =
            """
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/shm.h>
            int main(int argc, char **argv) {
                int id = shmget((key_t) strtoul(argv[1], 0, 16), 0, 0);
                long *counter = shmat(id, 0, 0);
                if (counter == (void *) -1) { perror("shmat"); return 1; }
                for (int i = 0; i < 200000; i++) __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
                return 0;
            }
            """;

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

    @Test
    void messagesGoToAndComeFromC(@TempDir Path directory) throws Exception {
        var program = Command.compile(directory, "messages", MESSAGES);
        try (var queue = SysvMessageQueue.create(key)) {
            queue.send(5, "from Java".getBytes(US_ASCII));
            assertEquals("5 from Java", Command.output(program, "r", key.toString(), "5"));
            Command.output(program, "s", key.toString(), "9", "from C");
            var message = queue.receive(MessageSelector.ANY);
            assertEquals(9, message.type());
            assertEquals("from C", new String(message.text(), US_ASCII));
        }
    }

    @Test
    void aWaitingProgramInCGetsTheMessage(@TempDir Path directory) throws Exception {
        var program = Command.compile(directory, "messages", MESSAGES);
        try (var queue = SysvMessageQueue.create(key);
                var receiver = Peer.start(List.of(program, "r", key.toString(), "-7"))) {
            queue.send(8, "too high".getBytes(US_ASCII));
            queue.send(7, "low enough".getBytes(US_ASCII));
            assertEquals("7 low enough", receiver.line());
            assertEquals(receiver.pid(), queue.status().lastReceivePid());
        }
    }

    @Test
    void whatAKilledProcessHeldWithUndoIsGivenBack(@TempDir Path directory) throws Exception {
        var program = Command.compile(directory, "holder", HOLDER);
        try (var set = SysvSemaphoreSet.create(key, 5)) {
            try (var holder = Peer.start(List.of(program, key.toString(), "1"))) {
                assertEquals("held", holder.line());
                assertEquals(2, set.semaphore(0).value());
                assertEquals(holder.pid(), set.semaphore(0).lastPid());
                assertFalse(set.operations().acquire(0, 5).tryPerform());
                holder.kill();
                assertTrue(set.operations().acquire(0, 5).perform(Duration.ofSeconds(60)));
            }
        }
    }

    @Test
    void whatAKilledProcessHeldWithoutUndoIsLost(@TempDir Path directory) throws Exception {
        var program = Command.compile(directory, "holder", HOLDER);
        try (var set = SysvSemaphoreSet.create(key, 5)) {
            try (var holder = Peer.start(List.of(program, key.toString(), "0"))) {
                assertEquals("held", holder.line());
                holder.kill();
            }
            assertEquals(2, set.semaphore(0).value());
        }
    }

    @Test
    void whatAKilledJvmHeldWithUndoIsGivenBack() throws Exception {
        try (var set = SysvSemaphoreSet.create(key, 1, 0);
                var holder =
                        Peer.start(
                                Command.java(List.of(), OtherJvm.class, "hold", key.toString()))) {
            assertEquals("held", holder.line());
            assertArrayEquals(new int[] {0, 1}, set.values());
            holder.kill();
            assertTrue(set.semaphore(0).tryAcquire(Duration.ofSeconds(60)));
            assertArrayEquals(new int[] {0, 1}, set.values());
        }
    }

    @Test
    void aCounterInSharedMemoryIsCountedTogetherWithC(@TempDir Path directory) throws Exception {
        var program = Command.compile(directory, "counting", COUNTING);
        try (var memory = SysvSharedMemory.create(key, Long.BYTES);
                var peer = Peer.start(List.of(program, key.toString()))) {
            for (int i = 0; i < 200_000; i++) {
                var _ = (long) COUNTER.getAndAdd(memory.segment(), 0L, 1L);
            }
            assertEquals(0, peer.exitCode());
            assertEquals(400_000, memory.segment().get(JAVA_LONG, 0));
        }
    }

    /// Another user's JVM is refused with a sentence that says whose the object is.
    @Test
    void anotherUserIsRefusedWithASentence() throws Exception {
        var classPath = OtherUser.classPathOf(SysvMessageQueue.class, OtherJvm.class);
        OtherUser.assumeItCanRead(OtherUser.NOBODY, classPath);
        try (var queue = SysvMessageQueue.create(key);
                var set = SysvSemaphoreSet.create(key, 1);
                var memory = SysvSharedMemory.create(key, 1)) {
            var result =
                    Command.run(
                            Command.java(
                                    OtherUser.NOBODY,
                                    classPath,
                                    OtherJvm.class,
                                    "refused",
                                    key.toString()));
            var lines = result.output().lines().toList();
            assertEquals(9, lines.size(), result.output());
            for (var line : lines) {
                assertTrue(line.startsWith("NotPermittedException "), line);
                assertTrue(line.contains("it belongs to uid 0"), line);
                assertTrue(line.contains("uid 65534"), line);
            }
            assertEquals(0, queue.status().messages());
            assertEquals(1, set.semaphore(0).value());
            assertEquals(1, memory.status().attachments());
        }
    }

    /// Sent by another program, so that our buffer is as small as it is at first.
    @Test
    void aTextIsCutOffAtTheCallersRoomAndNotAtOurs() throws Exception {
        Command.require("perl");
        var send =
                """
                perl -e 'my $queue = msgget(hex($ARGV[0]), 01600);
                    msgsnd($queue, pack("l! a*", 5, "x" x 16000), 0) or die "$!"' "$0" &&
                exec "$@"
                """;
        var before = new ArrayList<>(Command.inIpcNamespace("msgmax", "16000"));
        before.addAll(List.of("sh", "-c", send, key.toString()));
        var result = Command.run(Command.java(before, OtherJvm.class, "cut", key.toString()));
        assumeTrue(result.exitCode() != 77, "no sysctl of an IPC namespace: " + result.output());
        assertEquals("16000", result.output());
    }

    @Test
    void messagesLongerThanTheDefaultLimitPassWhereItIsRaised() throws Exception {
        var result =
                Command.run(
                        Command.java(
                                Command.inIpcNamespace("msgmax", "16000"), OtherJvm.class, "long"));
        assumeTrue(result.exitCode() != 77, "no sysctl of an IPC namespace: " + result.output());
        assertEquals("16000 16000 16000 16000 refused", result.output());
    }
}
