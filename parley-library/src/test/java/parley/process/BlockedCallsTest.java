package parley.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.Unique;
import parley.kernel.Abi;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixNames;
import parley.posix.PosixSemaphore;
import parley.process.BlockedCalls.Blocked;
import parley.process.BlockedCalls.Call;
import parley.sysv.IpcKey;
import parley.sysv.SysvMessageQueue;
import parley.sysv.SysvSemaphoreSet;

/// Who waits, seen from outside; who waits are Perl's and Python's processes.
@Timeout(180)
class BlockedCallsTest {
    /// The waiters of an object.
    private interface Choice {
        List<Blocked> of(BlockedCalls calls) throws Exception;
    }

    /// Looks until the process waits there.
    private static Blocked await(Peer peer, Choice choice) throws Exception {
        while (true) {
            assertFalse(Thread.interrupted(), "the time is over");
            for (var one : choice.of(BlockedCalls.read())) {
                if (one.pid() == peer.pid()) {
                    return one;
                }
            }
        }
    }

    private static Peer perl(String script, int id) throws Exception {
        Command.require("perl");
        return Peer.start(List.of("perl", "-e", script, "" + id));
    }

    private static Peer python(String script, String name) throws Exception {
        return Peer.start(List.of("python3", "-c", "import ctypes, sys\n" + script, name));
    }

    @Test
    void aSystemVQueueHasSendersAndReceivers() throws Exception {
        try (var queue = SysvMessageQueue.create(IpcKey.PRIVATE, FileMode.OWNER_ONLY);
                var other = SysvMessageQueue.create(IpcKey.PRIVATE, FileMode.OWNER_ONLY)) {
            try (var receiver = perl("msgrcv($ARGV[0], my $m, 99, 0, 0)", queue.id());
                    var sender = perl("msgsnd($ARGV[0], 'x' x 99, 0) while 1", other.id())) {
                assertEquals(Call.MSGRCV, await(receiver, c -> c.onSysvQueue(queue.id())).call());
                assertEquals(Call.MSGSND, await(sender, c -> c.onSysvQueue(other.id())).call());
                assertEquals(1, BlockedCalls.read().onSysvQueue(queue.id()).size());
                assertEquals(List.of(), BlockedCalls.read().onSysvSemaphores(queue.id()));
            } finally {
                queue.remove();
                other.remove();
            }
            assertEquals(List.of(), BlockedCalls.read().onSysvQueue(queue.id()));
        }
    }

    @Test
    void aSemaphoreSetHasThoseThatWaitAlsoForZero() throws Exception {
        try (var set = SysvSemaphoreSet.create(IpcKey.PRIVATE, FileMode.OWNER_ONLY, 0, 1)) {
            try (var taker = perl("semop($ARGV[0], pack('s3', 0, -1, 0))", set.id());
                    var watcher = perl("semop($ARGV[0], pack('s3', 1, 0, 0))", set.id())) {
                for (var peer : List.of(taker, watcher)) {
                    var call = await(peer, c -> c.onSysvSemaphores(set.id())).call();
                    assertTrue(call == Call.SEMOP || call == Call.SEMTIMEDOP, call.toString());
                }
            } finally {
                set.remove();
            }
        }
    }

    @Test
    void aPosixQueueIsKnownByWhatTheDescriptorLeadsTo() throws Exception {
        var name = "/" + Unique.name("blocked");
        var script =
                """
                c = ctypes.CDLL('librt.so.1')
                q = c.mq_open(sys.argv[1].encode(), 2)
                c.mq_receive(q, ctypes.create_string_buffer(8192), 8192, None)
                """;
        try (var queue = PosixMessageQueue.create(name);
                var receiver = python(script, name)) {
            var file = FileStatus.of(queue.fd());
            var seen = await(receiver, calls -> calls.onPosixQueue(file));
            assertEquals(Call.MQ_TIMEDRECEIVE, seen.call());
            assertEquals("mq_timedreceive", seen.call().toString());
            PosixMessageQueue.unlink(name);
            try (var second = PosixMessageQueue.create(name)) { // of the same name, and another
                var other = FileStatus.of(second.fd());
                assertEquals(List.of(), BlockedCalls.read().onPosixQueue(other));
            }
        } finally {
            PosixMessageQueue.unlink(name);
        }
    }

    @Test
    void aPosixSemaphoreIsKnownByItsMemory() throws Exception {
        var name = "/" + Unique.name("blocked");
        var script =
                """
                c = ctypes.CDLL('libpthread.so.0')
                c.sem_open.restype = ctypes.c_void_p
                c.sem_wait(ctypes.c_void_p(c.sem_open(sys.argv[1].encode(), 0)))
                """;
        try (var semaphore = PosixSemaphore.create(name, 0);
                var waiter = python(script, name)) {
            var file = PosixNames.SHARED_MEMORY + "/" + PosixNames.SEMAPHORE + name.substring(1);
            var status = FileStatus.of(file).orElseThrow();
            assertEquals(Call.FUTEX, await(waiter, calls -> calls.onMemory(status)).call());
            semaphore.release();
            assertEquals(0, waiter.exitCode());
            assertEquals(List.of(), BlockedCalls.read().onMemory(status));
        } finally {
            PosixSemaphore.unlink(name);
        }
    }

    /// Prints how many processes are hidden.
    static final class Hidden {
        private Hidden() {}

        static void main(String[] arguments) throws Exception {
            var calls = BlockedCalls.read();
            var waiters = calls.onSysvQueue(Integer.parseInt(arguments[0]));
            IO.println(waiters.size() + " " + (calls.hiddenProcesses() > 0));
        }
    }

    @Test
    void whatAnotherUserMayNotSeeIsCountedAndNotGuessed() throws Exception {
        var classes = OtherUser.classPathOf(Hidden.class, BlockedCalls.class);
        OtherUser.assumeItCanRead(OtherUser.NOBODY, classes);
        try (var queue = SysvMessageQueue.create(IpcKey.PRIVATE, FileMode.parse("0666"))) {
            try (var receiver = perl("msgrcv($ARGV[0], my $m, 99, 0, 0)", queue.id())) {
                var _ = await(receiver, calls -> calls.onSysvQueue(queue.id()));
                var words = Command.java(OtherUser.NOBODY, classes, Hidden.class, "" + queue.id());
                assertEquals("0 true", Command.output(words));
            } finally {
                queue.remove();
            }
        }
    }

    @Test
    void anIdOfAnotherNamespaceIsAnotherObject() throws Exception {
        var words = new ArrayList<>(Command.inIpcNamespace("msgmni", "9"));
        var script = "$| = 1; print $q = msgget(0, 0600), \"\\n\"; msgrcv($q, my $m, 9, 0, 0)";
        words.addAll(List.of("perl", "-e", script));
        try (var receiver = Peer.start(words)) {
            int id = Integer.parseInt(receiver.line());
            var syscall = Path.of("/proc", "" + receiver.pid(), "syscall");
            var waiting = Abi.HOST.SYS_msgrcv() + " 0x" + Integer.toHexString(id) + " ";
            while (!Files.readString(syscall).startsWith(waiting)) {
                assertFalse(Thread.interrupted(), "the time is over");
            }
            var here = BlockedCalls.read().onSysvQueue(id);
            assertFalse(here.stream().anyMatch(one -> one.pid() == receiver.pid()));
        }
    }

    @Test
    void whatTheKernelSaysIsRead() {
        var text = Abi.HOST.SYS_msgsnd() + " 0x7 0xffffffffffffffff 0x0 0x0 0x0 0x0 0x7 0x7\n";
        assertEquals(Optional.of(new Blocked(1, 2, Call.MSGSND, 7)), Blocked.parse(1, 2, text));
        var negative = Abi.HOST.SYS_msgrcv() + " 0xffffffffffffffff 0x0";
        assertEquals(-1, Blocked.parse(1, 2, negative).orElseThrow().argument());
        assertEquals(Optional.empty(), Blocked.parse(1, 2, "running\n"));
        assertEquals(Optional.empty(), Blocked.parse(1, 2, "-1 0x7ffd 0x7f5a\n"));
    }
}
