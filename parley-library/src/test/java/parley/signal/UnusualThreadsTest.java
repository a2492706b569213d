package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;

/// Streams in a JVM with a thread that does not take signals as threads do.
@Timeout(120)
final class UnusualThreadsTest {
    private static final int OWN_PID = (int) ProcessHandle.current().pid();
    private static final Signal QUEUEING = Signal.realTime(3);

    /// What a thread may not block, or HotSpot stops.
    private static final SignalSet NEEDED =
            SignalSet.of(
                    Signal.ILL,
                    Signal.TRAP,
                    Signal.BUS,
                    Signal.FPE,
                    Signal.SEGV,
                    Signal.SYS,
                    Signal.URG,
                    Signal.USR2);

    /// Stops one thread, as a debugger does, until it is told a line.
    private static final String STOPPING =
            """
            import ctypes, os, sys
            libc = ctypes.CDLL(None, use_errno=True)
            SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000
            tid = int(sys.argv[1])
            refused = libc.ptrace(SEIZE, tid, None, None) < 0
            if not refused:
                libc.ptrace(INTERRUPT, tid, None, None)
                os.waitpid(tid, WALL)
            print("refused" if refused else "stopped", flush=True)
            sys.stdin.readline()
            libc.ptrace(DETACH, tid, None, None)
            print("going", flush=True)
            """;

    /// A thread that does nothing until it is closed.
    private record Idle(int tid, CountDownLatch end) implements AutoCloseable {
        static Idle start(Runnable first) throws Exception {
            var tid = new CompletableFuture<Integer>();
            var end = new CountDownLatch(1);
            Thread.ofPlatform()
                    .start(() -> {
                        first.run();
                        tid.complete(SignalH.gettid());
                        try {
                            end.await();
                        } catch (InterruptedException _) {
                            // as good an end as any
                        }
                    });
            return new Idle(tid.get(), end);
        }

        @Override
        public void close() {
            end.countDown();
        }
    }

    private static void blockAllThatCanBe() {
        try (var arena = Arena.ofConfined()) {
            var all = SignalSet.ALL.without(NEEDED).allocate(arena);
            int r = SignalH.pthread_sigmask(SignalH.SIG_BLOCK, all, MemorySegment.NULL);
            assertEquals(0, r);
        }
    }

    @Test
    void aThreadThatBlocksAllForEverIsLeftAsItIs() throws Exception {
        try (var idle = Idle.start(UnusualThreadsTest::blockAllThatCanBe)) {
            var before = blockedBy(idle.tid());
            try (var stream = SignalStream.open(QUEUEING, Signal.USR1)) {
                assertEquals(0, SignalH.sigqueue(OWN_PID, QUEUEING.number(), 5));
                assertEquals(QUEUEING, stream.receive().signal());
            }
            assertEquals(before, blockedBy(idle.tid()));
        }
    }

    private static SignalSet blockedBy(int tid) throws Exception {
        return ThreadSignals.ofProcess("self").stream()
                .filter(thread -> thread.tid() == tid)
                .findFirst()
                .orElseThrow()
                .blocked();
    }

    @Test
    void whereAThreadIsStoppedItIsBlockedLater() throws Exception {
        try (var idle = Idle.start(() -> {});
                var debugger = Peer.start(List.of("python3", "-c", STOPPING, "" + idle.tid()))) {
            assumeTrue(debugger.line().equals("stopped"), "ptrace(2) is not permitted");
            try (var stream = SignalStream.open(QUEUEING, Signal.USR1)) {
                assertFalse(blockedBy(idle.tid()).contains(Signal.USR1));
                debugger.tell("go on");
                assertEquals("going", debugger.line());
                // To the thread: it is the only one that lets it through.
                assertEquals(0, SignalH.tgkill(OWN_PID, idle.tid(), SignalH.SIGUSR1));
                assertTrue(((SignalInfo.Sent) stream.receive()).isToThread());
                assertEquals(0, SignalH.sigqueue(OWN_PID, QUEUEING.number(), 5));
                assertEquals(5, ((SignalInfo.Queued) stream.receive()).value());
                assertTrue(blockedBy(idle.tid()).contains(Signal.USR1));
            }
            assertEquals(SignalAction.DEFAULT, SignalAction.of(QUEUEING));
            assertFalse(blockedBy(idle.tid()).contains(Signal.USR1));
        }
    }

    @Test
    void aCloseThatFailsLeavesAllAsItWas() throws Exception {
        try (var idle = Idle.start(() -> {})) {
            var stream = SignalStream.open(Signal.USR1);
            try (var debugger = Peer.start(List.of("python3", "-c", STOPPING, "" + idle.tid()))) {
                assumeTrue(debugger.line().equals("stopped"), "ptrace(2) is not permitted");
                var e = assertThrows(OsException.class, stream::close);
                assertEquals(Errno.ETIMEDOUT, e.errno());
                assertEquals(0, SignalH.kill(OWN_PID, SignalH.SIGUSR1));
                try (var another = SignalStream.open(Signal.USR1)) {
                    assertEquals(0, SignalH.kill(OWN_PID, SignalH.SIGUSR1));
                    assertEquals(Signal.USR1, another.receive().signal());
                    debugger.tell("go on");
                    assertEquals("going", debugger.line());
                }
            }
            stream.close();
            assertEquals(SignalAction.DEFAULT, SignalAction.of(Signal.USR1));
            assertFalse(blockedBy(idle.tid()).contains(Signal.USR1));
        }
    }

    /// HotSpot gives a thread that ends the mask that it was born with.
    @ParameterizedTest
    @EnumSource
    void anOlderThreadThatEndsLetsNothingThrough(ThreadKind kind) throws Exception {
        var idles = new ArrayList<Idle>();
        for (int i = 0; i < 50; i++) {
            idles.add(Idle.start(() -> {}));
        }
        try (var stream = SignalStream.open(QUEUEING, Signal.USR1, Signal.CHLD)) {
            int sent = 0;
            for (var idle : idles) {
                idle.close();
                for (int i = 0; i < 20; i++) {
                    assertEquals(0, SignalH.sigqueue(OWN_PID, QUEUEING.number(), sent++));
                }
            }
            assertEquals(0, SignalH.kill(OWN_PID, SignalH.SIGUSR1));
            var values = new TreeSet<Long>();
            while (values.size() < sent) {
                switch (kind.start(stream::receive).result()) {
                    case SignalInfo.Queued(_, int code, var from, long value) -> {
                        assertEquals(SignalH.SI_QUEUE, code);
                        assertEquals(OWN_PID, from.pid());
                        assertTrue(values.add(value));
                    }
                    case SignalInfo.Sent one -> assertEquals(Signal.USR1, one.signal());
                    case SignalInfo other -> throw new AssertionError(other.toString());
                }
            }
            assertEquals(0, stream.dropped());
        }
    }

    /// After which the first thread waits for the others, with the mask that it was born with.
    @Test
    void aMainThatReturnsLetsNothingThrough() throws Exception {
        try (var jvm = Peer.start(Command.java(List.of(), ReturningMain.class))) {
            assertEquals("listening", jvm.line());
            for (int i = 1; i <= 3; i++) {
                Signals.send(jvm.pid(), Signal.USR1);
                assertEquals("USR1 from " + OWN_PID + ", code 0", jvm.line());
            }
            Signals.send(jvm.pid(), QUEUEING, 77);
            assertEquals("RTMIN+3 from " + OWN_PID + ", code -1", jvm.line());
            jvm.endInput();
            assertEquals(0, jvm.exitCode());
        }
    }

    @Test
    void aThreadThatWaitsForASignalHasItBlocked() throws Exception {
        var set = SignalSet.of(QUEUEING);
        var running =
                ThreadKind.PLATFORM.start(() -> {
                    var _ = SignalMask.block(set);
                    return SignalMask.await(set);
                });
        running.awaitBlocked();
        long start = System.nanoTime();
        try (var _ = SignalStream.open(QUEUEING)) {
            assertTrue(System.nanoTime() - start < Sweep.NANOS_MAX, "it gave up");
        }
        running.interrupt();
        assertThrows(InterruptedException.class, running::result);
    }
}
