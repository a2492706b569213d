package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Scanner;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.SignalH;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.process.ExitStatus;
import parley.process.PidFd;
import parley.process.Redirect;
import parley.process.Spawn;

/// Sending, judged by programs that are not ours.
@Timeout(120)
final class SignalsTest {
    private static final long OWN_PID = ProcessHandle.current().pid();
    private static final long NO_SUCH_PID = Integer.MAX_VALUE;
    private static final Signal QUEUEING = Signal.realTime(5);

    // To a process.

    @Test
    @DisplayName("SIG-001 a process signals itself")
    void aProcessSignalsItself() throws Exception {
        try (var stream = SignalStream.open(Signal.USR1)) {
            Signals.send(OWN_PID, Signal.USR1);
            assertEquals("SI_USER", stream.tryReceive().orElseThrow().codeName());
        }
    }

    @Test
    void theReceiverSeesWhoSentWhat() throws Exception {
        try (var receiver = SignalReceiver.start(Signal.USR1, QUEUEING)) {
            Signals.send(receiver.pid(), Signal.USR1);
            assertTrue(receiver.next().isOwn(Signal.USR1, SignalH.SI_USER, 0));
            Signals.send(receiver.pid(), Signal.USR1, Long.MIN_VALUE);
            assertTrue(receiver.next().isOwn(Signal.USR1, SignalH.SI_QUEUE, Long.MIN_VALUE));
            Signals.send(receiver.pid(), QUEUEING, 42);
            assertTrue(receiver.next().isOwn(QUEUEING, SignalH.SI_QUEUE, 42));
            Signals.send(receiver.pid(), QUEUEING); // not lost at the limit, and so SI_QUEUE
            assertTrue(receiver.next().isOwn(QUEUEING, SignalH.SI_QUEUE, 0));
        }
    }

    @Test
    @DisplayName("SIG-004 SIG-041 a process that does not exist is not found")
    void aProcessThatDoesNotExistIsNotFound() {
        assertNotFound(() -> Signals.send(NO_SUCH_PID, Signal.USR1));
        assertNotFound(() -> Signals.send(NO_SUCH_PID, QUEUEING));
        assertNotFound(() -> Signals.send(NO_SUCH_PID, Signal.USR1, 1));
        assertNotFound(() -> Signals.sendToThread(NO_SUCH_PID, NO_SUCH_PID, Signal.USR1));
        assertNotFound(() -> Signals.sendToGroup(NO_SUCH_PID, Signal.USR1));
        assertNotFound(() -> Signals.probe(NO_SUCH_PID));
        assertNotFound(() -> Signals.probeThread(OWN_PID, NO_SUCH_PID));
        assertNotFound(() -> Signals.probeGroup(NO_SUCH_PID));
        assertNotFound(() -> Signals.maySignal(NO_SUCH_PID));
        assertNotFound(() -> ProcessSignals.of(NO_SUCH_PID));
    }

    private static void assertNotFound(Executable call) {
        assertEquals(Errno.ESRCH, assertThrows(NotFoundException.class, call).errno());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -2, Integer.MIN_VALUE, 1L << 31, (1L << 32) + 1, Long.MIN_VALUE})
    @DisplayName("SIG-005 SIG-014 what would mean several processes, or none, is refused before")
    void whatIsNoProcessIsRefusedBeforeTheCall(long id) {
        assertMistake(() -> Signals.send(id, Signal.URG));
        assertMistake(() -> Signals.send(id, Signal.URG, 1));
        assertMistake(() -> Signals.send(id, QUEUEING));
        assertMistake(() -> Signals.sendToThread(id, OWN_PID, Signal.URG));
        assertMistake(() -> Signals.sendToThread(OWN_PID, id, Signal.URG));
        assertMistake(() -> Signals.sendToThread(OWN_PID, id, Signal.URG, 1));
        assertMistake(() -> Signals.sendToGroup(id, Signal.URG));
        assertMistake(() -> Signals.probe(id));
        assertMistake(() -> Signals.probeThread(OWN_PID, id));
        assertMistake(() -> Signals.probeGroup(id));
        assertMistake(() -> Signals.maySignal(id));
        assertMistake(() -> ProcessSignals.of(id));
    }

    @Test
    void groupOneWouldBeAllProcesses() {
        assertMistake(() -> Signals.sendToGroup(1, Signal.URG));
        assertMistake(() -> Signals.probeGroup(1));
    }

    private static void assertMistake(Executable call) {
        assertThrows(IllegalArgumentException.class, call);
    }

    @Test
    @DisplayName("SIG-005 SIG-014 SIG-040 the kernel itself refuses them, too")
    void theKernelRefusesThemToo() {
        int own = (int) OWN_PID;
        assertEquals(Errno.ESRCH, errno(SignalH.kill(Integer.MIN_VALUE, 0)));
        assertEquals(Errno.EINVAL, errno(SignalH.tgkill(-1, own, SignalH.SIGURG)));
        assertEquals(Errno.EINVAL, errno(SignalH.tgkill(own, -1, SignalH.SIGURG)));
        assertEquals(Errno.EINVAL, errno(SignalH.tgkill(own, own, -1)));
        assertEquals(Errno.EINVAL, errno(SignalH.sigqueue(own, SignalH.SIGNALS + 1, 0)));
        assertMistake(() -> Signal.of(SignalH.SIGNALS + 1));
    }

    private static Errno errno(int r) {
        return Errno.of(-r);
    }

    @Test
    @DisplayName("SIG-043 signal 0 sends nothing")
    void aProbeSendsNothing() throws Exception {
        try (var receiver = SignalReceiver.start(QUEUEING)) {
            Signals.probe(receiver.pid());
            Signals.probeThread(receiver.pid(), receiver.pid());
            assertEquals(0, SignalH.sigqueue((int) receiver.pid(), 0, 7));
            Signals.send(receiver.pid(), QUEUEING, 1);
            assertEquals(1, receiver.next().value()); // the first that came
        }
    }

    @Test
    @DisplayName("SIG-006 SIG-042 another user's process is refused in words")
    void anotherUsersProcessIsRefusedInWords() throws Exception {
        try (var cat = Peer.start(List.of("setsid", "cat"))) {
            cat.tell("ready");
            assertEquals("ready", cat.line());
            var words = OtherSender.command(OtherUser.NOBODY, "send", "" + cat.pid());
            var said = Command.output(words).lines().toList();
            var why =
                    " of uid 65534. Signals go to processes of the same user; others need CAP_KILL"
                            + " in that process's user namespace";
            var process = "process " + cat.pid();
            var whose = process + ": EPERM: " + process + " is of uid 0, this one" + why;
            assertEquals(
                    List.of(
                            "NotPermittedException: kill " + whose,
                            "NotPermittedException: sigqueue " + whose,
                            "NotPermittedException: kill " + whose,
                            "NotPermittedException: kill process group %d: EPERM: %s"
                                    .formatted(cat.pid(), "this process is" + why)),
                    said);
        }
    }

    @Test
    @DisplayName("SIG-045 nobody can pretend to be the kernel, or kill(2)")
    void nobodyCanPretendToBeTheKernel() throws Exception {
        try (var receiver = SignalReceiver.start(QUEUEING);
                var arena = Arena.ofConfined()) {
            for (int code : new int[] {SignalH.SI_USER, SignalH.SI_KERNEL, SignalH.SI_TKILL}) {
                var info = SignalH.sent(arena, QUEUEING.number(), code, 1, 0, 0);
                int pid = (int) receiver.pid();
                int r = SignalH.rt_sigqueueinfo(pid, QUEUEING.number(), info);
                assertEquals(Errno.EPERM, errno(r));
            }
        }
    }

    @Test
    @DisplayName(
            "SIG-010 the status of a child names the signal, and a core dump where there is one")
    void theStatusOfAChildNamesTheSignal(@TempDir Path directory) throws Exception {
        for (var signal : Signal.all()) {
            boolean isCore = signal.defaultAction() == DefaultAction.CORE_DUMP;
            if (!isCore && signal.defaultAction() != DefaultAction.TERMINATE) {
                continue;
            }
            var shell = Spawn.command("sh", "-c", "ulimit -c unlimited && exec cat");
            shell.directory(directory).stdin(Redirect.pipe()).stdout(Redirect.pipe());
            try (var cat = shell.start()) {
                cat.stdin().outputStream().write('\n');
                int first = cat.stdout().inputStream().read();
                assumeTrue(first == '\n', "RLIMIT_CORE cannot be raised here");
                Signals.send(cat.pid(), signal);
                assertEquals(new ExitStatus.Signaled(signal, isCore), cat.awaitExit());
            }
        }
    }

    // To one thread.

    @Test
    @DisplayName("SIG-013 a signal to a thread reaches exactly that one")
    void aSignalToAThreadReachesThatOne() throws Exception {
        try (var receiver = SignalReceiver.withThreads(5, Signal.USR1, QUEUEING)) {
            for (int tid : receiver.threads()) {
                Signals.sendToThread(receiver.pid(), tid, Signal.USR1);
                var plain = receiver.next();
                assertEquals(tid, plain.tid());
                assertTrue(plain.isOwn(Signal.USR1, SignalH.SI_USER, 0));
                Signals.sendToThread(receiver.pid(), tid, QUEUEING, -tid);
                var withValue = receiver.next();
                assertEquals(tid, withValue.tid());
                assertTrue(withValue.isOwn(QUEUEING, SignalH.SI_QUEUE, -tid));
            }
            assertEquals(5, new HashSet<>(receiver.threads()).size());
        }
    }

    @Test
    @DisplayName("SIG-015 a thread that has ended is not found")
    void aThreadThatHasEndedIsNotFound() throws Exception {
        var tids = new ArrayList<Integer>();
        var thread = Thread.ofPlatform().start(() -> tids.add(SignalH.gettid()));
        thread.join();
        int tid = tids.getFirst();
        while (SignalH.tgkill((int) OWN_PID, tid, 0) == 0) { // Java is done with it a bit earlier
            Thread.onSpinWait();
        }
        assertNotFound(() -> Signals.sendToThread(OWN_PID, tid, Signal.URG));
        assertNotFound(() -> Signals.sendToThread(OWN_PID, tid, Signal.URG, 1));
        try (var other = SignalReceiver.start(Signal.USR1)) { // a thread, but not of ours
            int theirs = other.threads().getFirst();
            assertNotFound(() -> Signals.sendToThread(OWN_PID, theirs, Signal.URG));
        }
    }

    // The queue is full.

    @Test
    @DisplayName(
            "SIG-016 at the limit a real-time signal is refused, and never lost without a word")
    void atTheLimitARealTimeSignalIsRefused() throws Exception {
        try (var receiver = SignalReceiver.withQueueFor(0, QUEUEING)) {
            long pid = receiver.pid();
            int tid = receiver.threads().getFirst();
            assertFull(() -> Signals.send(pid, QUEUEING));
            assertFull(() -> Signals.send(pid, QUEUEING, 1));
            assertFull(() -> Signals.sendToThread(pid, tid, QUEUEING));
            assertFull(() -> Signals.sendToThread(pid, tid, QUEUEING, 1));
            // What kill(2) does instead: it arrives once, from nobody.
            assertEquals(0, SignalH.kill((int) pid, QUEUEING.number()));
            assertEquals(0, receiver.next().pid());
        }
    }

    private static void assertFull(Executable call) {
        var e = assertThrows(LimitReachedException.class, call);
        assertEquals(Errno.EAGAIN, e.errno());
        assertTrue(e.getMessage().contains("may have 0 (RLIMIT_SIGPENDING)"), e.getMessage());
        assertTrue(e.getMessage().contains("prlimit --pid"), e.getMessage());
    }

    @Test
    void atTheLimitAStandardSignalComesWithoutItsValue() throws Exception {
        try (var receiver = SignalReceiver.withQueueFor(0, Signal.USR1)) {
            Signals.send(receiver.pid(), Signal.USR1, 42);
            var received = receiver.next();
            assertEquals(List.of(0, 0L), List.of(received.pid(), received.value()));
        }
    }

    // To groups.

    @Test
    @DisplayName("SIG-009 all of a group get it")
    void allOfAGroupGetIt() throws Exception {
        var shell = Spawn.command("sh", "-c", "sleep 1000 & echo $!; sleep 1000 & echo $!; wait");
        try (var child = shell.ownProcessGroup().stdout(Redirect.pipe()).start()) {
            var pids = new Scanner(child.stdout().inputStream(), StandardCharsets.UTF_8);
            try (var first = PidFd.open(pids.nextInt());
                    var second = PidFd.open(pids.nextInt())) {
                Signals.probeGroup(child.pid());
                Signals.sendToGroup(child.pid(), Signal.KILL);
                assertEquals(new ExitStatus.Signaled(Signal.KILL, false), child.awaitExit());
                first.awaitExit();
                second.awaitExit();
            }
        }
    }

    @Test
    @DisplayName("SIG-008 all of the own group get it, others do not")
    void allOfTheOwnGroupGetIt() throws Exception {
        try (var other = Spawn.command("cat").stdin(Redirect.pipe()).start()) {
            var words = Command.java(List.of("setsid"), OtherSender.class, "own-group");
            assertEquals(
                    "ended by SIGUSR1\n".repeat(3) + "Optional[SIGUSR1]", Command.output(words));
            assertTrue(other.isAlive());
        }
    }

    @Test
    void allProcessesOfANamespaceGetIt() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can have a PID namespace of its own");
        var inside = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
        // All but this process itself.
        assertEquals(
                "ended by SIGUSR1\n".repeat(3) + "Optional.empty",
                Command.output(Command.java(inside, OtherSender.class, "all")));
    }

    @Test
    @DisplayName("SIG-057 a receiver that cannot see the sender's namespace sees pid 0")
    void aReceiverThatCannotSeeTheSenderSeesNobody() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can have a PID namespace of its own");
        var inside = List.of("unshare", "--pid", "--fork", "--kill-child");
        try (var receiver = SignalReceiver.behind(inside, Signal.USR1, QUEUEING)) {
            long pid = childOf(receiver.pid());
            Signals.send(pid, Signal.USR1);
            assertEquals(0, receiver.next().pid());
            Signals.send(pid, QUEUEING, 42);
            var queued = receiver.next();
            assertEquals(List.of(0, 42L), List.of(queued.pid(), queued.value()));
        }
    }

    private static long childOf(long pid) {
        return ProcessHandle.of(pid).orElseThrow().children().findFirst().orElseThrow().pid();
    }

    @Test
    void whatIsRefusedNamesTheCall() {
        var e = assertThrows(OsException.class, () -> Signals.probeGroup(NO_SUCH_PID));
        assertEquals("process group " + NO_SUCH_PID, e.object());
        assertEquals("kill", e.call());
    }
}
