package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.kernel.SignalH;
import parley.os.NotFoundException;
import parley.peer.Peer;
import parley.signal.ProcessSignals.Effect;

/// The state of signals of other processes, which were told what to do with them.
@Timeout(60)
final class ProcessSignalsTest {
    private static final Signal QUEUEING = Signal.realTime(2);

    /// Blocks USR1, TERM and a real-time signal in its first thread, USR1 and the real-time signal
    /// in its second; ignores HUP, catches ALRM.
    private static final String SCRIPT =
            """
            import signal, sys, threading
            signal.signal(signal.SIGALRM, print)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGRTMIN + 2])
            wait = threading.Event()
            thread = threading.Thread(target=wait.wait, daemon=True)
            thread.start()
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            print(thread.native_id, flush=True)
            sys.stdin.read()
            """;

    private static Peer python() throws Exception {
        return Peer.start(List.of("python3", "-c", SCRIPT));
    }

    @Test
    void whatItWasToldIsThere() throws Exception {
        try (var python = python()) {
            int second = Integer.parseInt(python.line());
            var state = ProcessSignals.of(python.pid());
            assertEquals(python.pid(), state.pid());
            assertEquals("python3", state.command());
            assertTrue(state.caught().contains(Signal.ALRM));
            assertTrue(state.ignored().contains(Signal.HUP));
            assertEquals(SignalSet.of(Signal.USR1, QUEUEING), state.blocked());
            assertEquals(2, state.threads().size());
            for (var thread : state.threads()) {
                var expected = SignalSet.of(Signal.USR1, QUEUEING);
                boolean isSecond = thread.tid() == second;
                assertEquals(
                        isSecond ? expected : expected.with(SignalSet.of(Signal.TERM)),
                        thread.blocked());
            }
            assertEquals(Effect.WAITS, state.effectOf(Signal.USR1));
            assertEquals(Effect.CAUGHT, state.effectOf(Signal.ALRM));
            assertEquals(Effect.IGNORED, state.effectOf(Signal.HUP));
            assertEquals(Effect.IGNORED, state.effectOf(Signal.WINCH));
            assertEquals(Effect.DEFAULT, state.effectOf(Signal.TERM)); // the second takes it
            assertEquals(Effect.DEFAULT, state.effectOf(Signal.KILL));
        }
    }

    @Test
    void whatWaitsIsThere() throws Exception {
        try (var python = python()) {
            int second = Integer.parseInt(python.line());
            long pid = python.pid();
            long before = ProcessSignals.of(pid).queued();
            Signals.send(pid, QUEUEING, 1);
            Signals.send(pid, QUEUEING, 2);
            Signals.sendToThread(pid, second, Signal.USR1);
            var state = ProcessSignals.of(pid);
            assertEquals(SignalSet.of(QUEUEING), state.pending());
            for (var thread : state.threads()) {
                assertEquals(
                        thread.tid() == second ? SignalSet.of(Signal.USR1) : SignalSet.EMPTY,
                        thread.pending());
            }
            assertTrue(state.queued() >= 3 || before > 0, state.toString());
            assertTrue(state.queuedMax() >= state.queued(), state.toString());
        }
    }

    @Test
    void nothingHappensToInitThatItHasNotAskedFor() throws Exception {
        var init = ProcessSignals.of(1);
        assertEquals(Effect.IGNORED, init.effectOf(Signal.KILL));
    }

    @Test
    void aThreadIsNoProcess() throws Exception {
        try (var python = python()) {
            long second = Long.parseLong(python.line());
            assertThrows(NotFoundException.class, () -> ProcessSignals.of(second));
        }
    }

    @Test
    void theOwnStateIsTheKernels() throws Exception {
        var own = ProcessSignals.of(ProcessHandle.current().pid());
        assertTrue(own.caught().contains(Signal.SEGV));
        int tid = SignalH.gettid();
        assertTrue(own.threads().stream().anyMatch(thread -> thread.tid() == tid));
    }
}
