package parley.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.kernel.SignalH;
import parley.os.Capability;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.pipe.Pipe;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.process.ExitStatus.Exited;
import parley.process.ExitStatus.Signaled;
import parley.process.PidFd.Scope;
import parley.process.ProcessInfo.Identity;
import parley.signal.Signal;
import parley.signal.SignalReceiver;

/// A hold on processes: children of ours, children of the JDK's, others.
@Timeout(60)
final class PidFdTest {
    private static final long NO_SUCH_PID = Integer.MAX_VALUE;

    // Which process.

    @Test
    void aProcessIdIsTheNumberAndTheStart() throws Exception {
        var own = ProcessId.own();
        assertEquals(ProcessHandle.current().pid(), own.pid());
        assertEquals(Optional.of(own), ProcessId.of(own.pid()));
        assertTrue(own.isAlive());
        assertFalse(new ProcessId(own.pid(), own.startTicks() - 1).isAlive());
        assertEquals(Optional.empty(), ProcessId.of(NO_SUCH_PID));
        assertFalse(new ProcessId(NO_SUCH_PID, 1).isAlive());
    }

    @Test
    void aNameFullOfParenthesesDeceivesNobody() throws Exception {
        var rest = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 123456 20 21\n";
        assertEquals(
                new ProcessStat('S', false, 17, 123456),
                ProcessStat.parse("42 (a) Z 1 2 (b c)" + rest));
        var script =
                "import ctypes; ctypes.CDLL(None).prctl(15, b') Z 1 (');print(flush=True);input()";
        var python = Spawn.command("python3", "-c", script).stderr(Redirect.nothing());
        try (var child = python.stdin(Redirect.pipe()).stdout(Redirect.pipe()).start()) {
            assertEquals('\n', child.stdout().inputStream().read());
            assertTrue(Files.readString(Path.of("/proc/" + child.pid() + "/stat")).contains(") Z"));
            assertTrue(ProcessId.of(child.pid()).orElseThrow().isAlive());
        }
    }

    @Test
    void aThreadThatReadsProcMayBeInterrupted() throws Exception {
        Thread.currentThread().interrupt();
        assertTrue(ProcessId.own().isAlive());
        try (var self = PidFd.open(ProcessId.own())) {
            assertTrue(self.isAlive());
        }
        assertTrue(Thread.interrupted());
    }

    @Test
    void onlyTheProcessMeantIsOpened() throws Exception {
        try (var child = Children.waiting()) {
            var id = child.pidFd().id().orElseThrow();
            try (var same = PidFd.open(id)) {
                assertEquals(child.pid(), same.pid());
                assertEquals(Optional.of(id), same.id());
            }
            var earlier = new ProcessId(id.pid(), id.startTicks() - 1);
            assertThrows(NotFoundException.class, () -> PidFd.open(earlier));
            child.stdin().close();
            child.awaitExit();
            assertEquals(Optional.empty(), child.pidFd().id());
            assertThrows(NotFoundException.class, () -> PidFd.open(id));
        }
    }

    @Test
    void whatIsNoProcessIsRefused() throws Exception {
        for (long pid : new long[] {0, -1, 1L << 32}) {
            assertThrows(IllegalArgumentException.class, () -> PidFd.open(pid));
        }
        assertThrows(NotFoundException.class, () -> PidFd.open(NO_SUCH_PID));
        long thread = SignalH.gettid(); // the first thread of a JVM runs no Java
        var e = assertThrows(OsException.class, () -> PidFd.open(thread));
        assertTrue(e.getMessage().contains("the number of a thread"), e.getMessage());
    }

    @Test
    void aPidFdThatCameOtherwiseIsTaken() throws Exception {
        try (var child = Children.waiting()) {
            try (var same = PidFd.of(child.pidFd().fd().duplicate())) {
                assertEquals(child.pid(), same.pid());
                assertTrue(same.isAlive());
            }
            var pipe = Pipe.create();
            var refused = assertThrows(OsException.class, () -> PidFd.of(pipe.source().fd()));
            assertEquals(Errno.EBADF, refused.errno());
            assertFalse(pipe.source().isOpen());
            pipe.close();
            var late = child.pidFd().fd().duplicate();
            child.kill();
            child.awaitExit();
            assertThrows(NotFoundException.class, () -> PidFd.of(late));
            assertFalse(late.isOpen());
        }
    }

    // How it ended.

    @Test
    void aChildsEndIsToldAsOftenAsAsked() throws Exception {
        try (var child = Children.shell("exit 7").start()) {
            var future = child.onExit();
            assertEquals(new Exited(7), child.awaitExit());
            assertEquals(new Exited(7), child.awaitExit());
            assertEquals(Optional.of(new Exited(7)), child.awaitExit(Duration.ZERO));
            assertEquals(Optional.of(new Exited(7)), child.exitStatus());
            assertEquals(Optional.of(new Exited(7)), child.pidFd().exitStatus());
            assertEquals(new Exited(7), future.get());
            assertEquals(Optional.of(new Exited(7)), child.pidFd().onExit().get());
            assertFalse(child.isAlive());
            assertFalse(child.terminate());
        }
    }

    @Test
    void aSignalThatEndedAChildIsTold() throws Exception {
        for (int signal : new int[] {1, 2, 9, 13, 15}) {
            try (var child = Children.shell("kill -" + signal + " $$").start()) {
                var status = child.awaitExit();
                assertEquals(new Signaled(Signal.of(signal), false), status);
                assertEquals(128 + signal, status.shellCode());
                assertFalse(status.isSuccess());
                assertEquals("ended by " + Signal.of(signal), status.toString());
            }
        }
        assertEquals(new Signaled(Signal.of(11), true), PidFdCalls.ofWaitStatus(0x80 | 11));
        assertEquals(new Exited(3), PidFdCalls.ofWaitStatus(3 << 8));
    }

    @Test
    void namedSignalsAreSent() throws Exception {
        try (var child = Children.waiting()) {
            assertTrue(child.pidFd().maySignal());
            assertTrue(child.pidFd().stop());
            awaitState(child, 'T');
            assertTrue(child.isAlive());
            assertTrue(child.pidFd().resume());
            awaitState(child, 'S');
            assertTrue(child.pidFd().hangUp());
            assertEquals(new Signaled(Signal.of(1), false), child.awaitExit());
            assertFalse(child.pidFd().maySignal());
        }
        try (var child = Children.waiting()) {
            assertTrue(child.terminate());
            assertEquals(new Signaled(Signal.of(15), false), child.awaitExit());
        }
        try (var child = Children.waiting()) {
            assertTrue(child.kill());
            assertEquals(new Signaled(Signal.of(9), false), child.awaitExit());
        }
        try (var child = Children.waiting()) {
            assertTrue(child.pidFd().interrupt());
            assertEquals(new Signaled(Signal.of(2), false), child.awaitExit());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PROCESS", "THREAD"})
    void aValueIsSentToTheProcessOrItsFirstThread(Scope scope) throws Exception {
        assumeScopes();
        var signal = Signal.realTime(1);
        try (var receiver = SignalReceiver.start(signal, Signal.USR1);
                var process = PidFd.open(receiver.pid())) {
            assertTrue(process.send(signal, -2L, scope));
            assertTrue(receiver.next().isOwn(signal, SignalH.SI_QUEUE, -2));
            assertTrue(process.send(Signal.USR1, scope));
            assertTrue(receiver.next().isOwn(Signal.USR1, SignalH.SI_USER, 0));
            receiver.end();
            process.awaitExit();
            assertFalse(process.send(signal, 1, scope));
            assertFalse(process.send(Signal.USR1, scope));
        }
    }

    private static void assumeScopes() {
        var cause = Capability.PIDFD_SIGNAL_SCOPE.unavailabilityCause();
        assumeTrue(cause.isEmpty(), () -> cause.orElseThrow());
    }

    @Test
    void aRealTimeSignalIsQueuedOrRefused() throws Exception {
        var signal = Signal.realTime(1);
        try (var receiver = SignalReceiver.withQueueFor(0, signal);
                var process = PidFd.open(receiver.pid())) {
            var e = assertThrows(LimitReachedException.class, () -> process.send(signal));
            assertTrue(e.getMessage().contains("RLIMIT_SIGPENDING"), e.getMessage());
            assertThrows(LimitReachedException.class, () -> process.send(signal, 1));
        }
    }

    @Test
    void aGroupIsSignalledAlsoWhenItsMakerHasEnded() throws Exception {
        assumeScopes();
        var shell = Children.shell("sleep 1000 & echo $!; sleep 1000 & echo $!; read x");
        shell.ownProcessGroup().stdin(Redirect.pipe()).stdout(Redirect.pipe());
        try (var maker = shell.start()) {
            var pids = new Scanner(maker.stdout().inputStream(), StandardCharsets.UTF_8);
            try (var first = PidFd.open(pids.nextInt());
                    var second = PidFd.open(pids.nextInt())) {
                maker.stdin().close();
                maker.awaitExit();
                assertFalse(maker.pidFd().send(Signal.TERM, Scope.PROCESS));
                assertTrue(maker.pidFd().send(Signal.TERM, Scope.PROCESS_GROUP));
                first.awaitExit();
                second.awaitExit();
            }
        }
    }

    @Test
    void aScopeThatThisKernelDoesNotKnowIsRefused() throws Exception {
        var property = "parley.capability.PIDFD_SIGNAL_SCOPE";
        System.setProperty(property, "false");
        try (var child = Children.waiting()) {
            for (var scope : List.of(Scope.THREAD, Scope.PROCESS_GROUP)) {
                assertThrows(
                        UnsupportedOperationException.class,
                        () -> child.pidFd().send(Signal.USR1, scope));
            }
            assertTrue(child.pidFd().send(Signal.URG, Scope.PROCESS));
        } finally {
            System.clearProperty(property);
        }
    }

    private static void awaitState(ChildProcess child, char state) throws IOException {
        while (ProcessStat.of(child.pid()).orElseThrow().state() != state) {
            Thread.onSpinWait();
        }
    }

    @Test
    void childrenOfTheJdkAreLeftToIt() throws Exception {
        for (int i = 0; i < 50; i++) {
            var process = new ProcessBuilder("sh", "-c", "read x; exit 3").start();
            try (var child = PidFd.of(process)) {
                var ours = ThreadKind.alternating(i).start(() -> awaited(child));
                var future = child.onExit();
                var theirs = ThreadKind.PLATFORM.start(process::waitFor);
                process.getOutputStream().close();
                assertEquals(3, theirs.result());
                // Known from Linux 6.15 on, whoever comes first.
                assertTrue(ours.result().map(new Exited(3)::equals).orElse(true));
                assertTrue(future.get().map(new Exited(3)::equals).orElse(true));
                assertEquals(3, process.exitValue());
            }
            assertThrows(NotFoundException.class, () -> PidFd.of(process));
        }
    }

    private static Optional<ExitStatus> awaited(PidFd child) throws Exception {
        child.awaitExit();
        return child.exitStatus();
    }

    @Test
    void aGrandchildIsWaitedForToo() throws Exception {
        var shell = Children.shell("exec 3<&0; sh -c 'read x <&3; exit 5' & echo $!; wait $!");
        try (var parent = shell.stdin(Redirect.pipe()).stdout(Redirect.pipe()).start()) {
            var line = new StringBuilder();
            var output = parent.stdout().inputStream();
            for (int c = output.read(); c != '\n'; c = output.read()) {
                line.append((char) c);
            }
            try (var grandchild = PidFd.open(Long.parseLong(line.toString()))) {
                assertFalse(grandchild.awaitExit(Duration.ofMillis(5)));
                assertEquals(Optional.empty(), grandchild.exitStatus());
                var future = grandchild.onExit();
                parent.stdin().close();
                grandchild.awaitExit();
                var _ = future.get();
                assertEquals(new Exited(5), parent.awaitExit());
                var status = grandchild.exitStatus(); // its parent has waited: Linux 6.15 tells
                assertTrue(status.map(new Exited(5)::equals).orElse(true));
            }
        }
    }

    @Test
    void aStatusThatSomebodyElseTookIsToldSo() throws Exception {
        try (var child = Children.waiting();
                var _ = Faults.fail("waitid", 1, Errno.ECHILD.number());
                var _ = Faults.fail("ioctl", 1, Errno.ENOTTY.number())) {
            child.stdin().close();
            var e = assertThrows(NotFoundException.class, child::awaitExit);
            assertEquals(Errno.ECHILD, e.errno());
            assertThrows(Exception.class, () -> child.onExit().get());
            assertEquals(Optional.empty(), child.exitStatus());
        }
        while (!Children.zombies().isEmpty()) { // the fault left it to us
            try (var child = PidFd.open(Children.zombies().getFirst())) {
                var _ = PidFdCalls.reap(child.fd().number(), "zombie");
            }
        }
    }

    @Test
    void manyFuturesNeedOneThread() throws Exception {
        int before = Thread.activeCount();
        var children = new ArrayList<ChildProcess>();
        var futures = new ArrayList<CompletableFuture<ExitStatus>>();
        for (int i = 0; i < 50; i++) {
            children.add(Children.shell("read x; exit " + i).stdin(Redirect.pipe()).start());
            futures.add(children.getLast().onExit());
        }
        assertTrue(Thread.activeCount() <= before + 5, Thread.activeCount() + " threads");
        for (int i = 49; i >= 0; i--) {
            assertFalse(futures.get(i).isDone());
            children.get(i).close(); // closes its input, and lets go of it
            assertEquals(new Exited(i), futures.get(i).get());
        }
        assertEquals(List.of(), Children.zombies());
    }

    @Test
    void aFutureOfAClosedHoldCompletes() throws Exception {
        var process = new ProcessBuilder("cat").start();
        var child = PidFd.of(process);
        var future = child.onExit();
        child.close();
        assertThrows(TimeoutException.class, () -> future.get(5, TimeUnit.MILLISECONDS));
        process.getOutputStream().close();
        var _ = future.get();
        assertThrows(ClosedChannelException.class, child::onExit);
        assertThrows(ClosedChannelException.class, child::isAlive);
        assertThrows(ClosedChannelException.class, child::exitStatus);
        assertThrows(ClosedChannelException.class, child::info);
    }

    @Test
    void childrenNobodyAsksAboutBecomeNoZombies() throws Exception {
        var pids = new ArrayList<Long>();
        for (int i = 0; i < 20; i++) {
            try (var child = Spawn.command("true").start()) {
                pids.add(child.pid());
            }
        }
        for (var pid : pids) {
            while (ProcessStat.of(pid).isPresent()) {
                Thread.onSpinWait();
            }
        }
    }

    // What it has.

    @Test
    void whoItIsIsTheSameByBothWays() throws Exception {
        try (var child = Children.waiting()) {
            var info = child.pidFd().info().orElseThrow();
            assertEquals(child.pid(), info.pid());
            assertEquals(ProcessId.own().pid(), info.parentPid());
            long uid = Credentials.own().uid();
            long gid = Credentials.own().gid();
            assertEquals(new Identity(uid, uid, uid, uid), info.users());
            assertEquals(new Identity(gid, gid, gid, gid), info.groups());
            for (var errno : List.of(Errno.ENOTTY, Errno.EINVAL)) {
                try (var fault = Faults.fail("ioctl", 1, errno.number())) {
                    var old = child.pidFd().info().orElseThrow();
                    assertTrue(fault.happened());
                    assertEquals(info.pid(), old.pid());
                    assertEquals(info.parentPid(), old.parentPid());
                    assertEquals(info.users(), old.users());
                    assertEquals(info.groups(), old.groups());
                }
            }
            child.kill();
            child.awaitExit();
            assertEquals(Optional.empty(), child.pidFd().info());
            try (var _ = Faults.fail("ioctl", 1, Errno.ENOTTY.number())) {
                assertEquals(Optional.empty(), child.pidFd().info());
            }
        }
    }

    @Test
    void theIdentitiesOfAnotherUserAreItsOwn() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can become somebody else");
        var cat =
                Spawn.command(
                        "setpriv",
                        "--ruid=1",
                        "--euid=2",
                        "--rgid=3",
                        "--egid=4",
                        "--clear-groups",
                        "cat");
        try (var child = cat.stdin(Redirect.pipe()).stdout(Redirect.pipe()).start()) {
            child.stdin().outputStream().write('\n');
            assertEquals('\n', child.stdout().inputStream().read());
            var expected = List.of(new Identity(1, 2, 2, 2), new Identity(3, 4, 4, 4));
            var info = child.pidFd().info().orElseThrow();
            assertEquals(expected, List.of(info.users(), info.groups()));
            try (var _ = Faults.fail("ioctl", 1, Errno.ENOTTY.number())) {
                var old = child.pidFd().info().orElseThrow();
                assertEquals(expected, List.of(old.users(), old.groups()));
            }
        }
    }

    @Test
    void aDescriptorIsTakenFromAChild() throws Exception {
        try (var child = Children.waiting();
                var pipe = Pipe.create()) {
            var spawn = Spawn.command("cat").stdin(Redirect.pipe());
            var cat = spawn.give(9, pipe.sink().fd()).start();
            try (cat;
                    var taken = takenOrSkipped(cat.pidFd(), 9)) {
                try (var sink = PipeSink.of(taken)) {
                    sink.write(ByteBuffer.wrap(new byte[] {42}));
                }
                assertEquals(42, pipe.source().inputStream().read());
                var e = assertThrows(NotFoundException.class, () -> cat.pidFd().getFd(99));
                assertEquals(Errno.EBADF, e.errno());
                assertThrows(IllegalArgumentException.class, () -> cat.pidFd().getFd(-1));
            }
            child.kill();
            child.awaitExit();
            assertThrows(NotFoundException.class, () -> child.pidFd().getFd(0));
        }
    }

    private static Fd takenOrSkipped(PidFd process, int number) throws IOException {
        try {
            return process.getFd(number);
        } catch (NotPermittedException e) {
            assumeTrue(false, e.getMessage());
            throw e;
        }
    }

    @Test
    void aProcessThatIsNotOursIsNotSignalledNorLookedInto() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can become somebody else");
        try (var child = Children.waiting()) {
            for (var call : List.of("pidfd_send_signal", "pidfd_getfd")) {
                try (var _ = Faults.fail(call, 1, Errno.EPERM.number())) {
                    var e =
                            assertThrows(
                                    NotPermittedException.class,
                                    () -> {
                                        if (call.equals("pidfd_getfd")) {
                                            child.pidFd().getFd(0).close();
                                        } else {
                                            child.terminate();
                                        }
                                    });
                    assertTrue(e.getMessage().contains("CAP_"), e.getMessage());
                }
            }
            try (var _ = Faults.fail("pidfd_send_signal", 1, Errno.EPERM.number())) {
                assertFalse(child.pidFd().maySignal());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptThatIsPendingStaysForThoseThatDoNotWait(ThreadKind kind) throws Exception {
        try (var child = Children.waiting()) {
            var isPending =
                    kind.start(() -> {
                        Thread.currentThread().interrupt();
                        assertTrue(child.isAlive());
                        assertTrue(child.kill());
                        return Thread.interrupted();
                    });
            assertTrue(isPending.result());
            assertEquals(new Signaled(Signal.of(9), false), child.awaitExit());
        }
    }

    @Test
    void aPipeOfAChildIsAStream() throws Exception {
        try (var child = Spawn.command("echo", "x").stdout(Redirect.pipe()).start();
                PipeSource stdout = child.stdout()) {
            assertEquals("x\n", Children.readAll(stdout));
        }
    }
}
