package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.kernel.SignalH;
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
                assertEquals(SignalSet.EMPTY, stream.captured());
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
    void whereAThreadIsStoppedSignalsComeThroughHandlers() throws Exception {
        try (var idle = Idle.start(() -> {});
                var debugger = Peer.start(List.of("python3", "-c", STOPPING, "" + idle.tid()))) {
            assumeTrue(debugger.line().equals("stopped"), "ptrace(2) is not permitted");
            try (var stream = SignalStream.open(QUEUEING, Signal.USR1)) {
                assertEquals(SignalSet.of(QUEUEING, Signal.USR1), stream.captured());
                assertThrows(IllegalStateException.class, () -> SignalStream.open(QUEUEING));
                debugger.tell("go on");
                assertEquals("going", debugger.line());
                assertEquals(0, SignalH.sigqueue(OWN_PID, QUEUEING.number(), 5));
                assertEquals(5, ((SignalInfo.Queued) stream.receive()).value());
                assertEquals(0, SignalH.tgkill(OWN_PID, idle.tid(), SignalH.SIGUSR1));
                assertTrue(((SignalInfo.Sent) stream.receive()).isToThread());
            }
            assertEquals(SignalAction.DEFAULT, SignalAction.of(QUEUEING));
            try (var stream = SignalStream.open(QUEUEING)) {
                assertEquals(SignalSet.EMPTY, stream.captured());
            }
        }
    }
}
