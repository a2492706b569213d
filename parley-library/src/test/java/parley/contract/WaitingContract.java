package parley.contract;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.kernel.Faults;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.PeerGoneException;
import parley.process.Spawn;
import parley.ready.EventFd;

/// What every call that waits must do when it is timed out, interrupted or closed, on every kind of
/// thread. A mechanism gives its waiting call and inherits the rest.
@Timeout(60)
public abstract class WaitingContract {
    private static final Duration SHORT = Duration.ofMillis(30);
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final int PEERS_NUMBER = 10; // of the descriptor there
    private static final int SIGNALS = 3;

    /// One waiting call on one object in a state in which it has to wait.
    public interface Wait {
        /// Waits without a bound.
        void forever() throws Exception;

        /// Waits at most `timeout`.
        ///
        /// @return false if the time was over
        boolean atMost(Duration timeout) throws Exception;

        /// Makes the next call, or the one that waits, succeed.
        void satisfy() throws Exception;

        /// True if what [#satisfy] gives is enough for one call only.
        default boolean isTakenOnce() {
            return true;
        }

        /// False if there is nothing yet that could be closed.
        default boolean isClosable() {
            return true;
        }

        /// The descriptor of the end that a peer holds, where it is the only one: to be handed to
        /// another process.
        default Optional<Fd> peersEnd() {
            return Optional.empty();
        }

        /// True if the call ends when the last process with the peer's end does.
        default boolean endsWithPeer() {
            return peersEnd().isPresent();
        }

        /// Closes the object from this side.
        void close() throws Exception;

        /// Frees all that the test made.
        void dispose() throws Exception;
    }

    /// A fresh object, in a state in which its call has to wait.
    protected abstract Wait newWait() throws Exception;

    /// The C function in which the timed call of a platform thread waits, and which of its calls
    /// that is.
    protected Blocked blockedTimed() {
        return new Blocked("ppoll", 1);
    }

    /// A call of a C function.
    ///
    /// @param nth 2 if the first call of the function only tries
    public record Blocked(String function, int nth) {}

    private interface Body {
        void run(Wait wait) throws Exception;
    }

    private void with(Body body) throws Exception {
        var wait = newWait();
        try {
            body.run(wait);
        } finally {
            wait.close();
            wait.dispose();
        }
    }

    /// Starts a thread that waits, and returns when it does.
    private static ThreadKind.Running<Boolean> startWaiting(
            ThreadKind kind, ThreadKind.Action<Boolean> action) throws Exception {
        var running = kind.start(action);
        running.awaitBlocked();
        return running;
    }

    private static boolean forever(Wait wait) throws Exception {
        wait.forever();
        return true;
    }

    private static void assertInterrupted(ThreadKind.Running<Boolean> running) {
        var e = assertThrows(Exception.class, running::result);
        assertTrue(
                e instanceof InterruptedException || e instanceof InterruptedIOException,
                e::toString);
    }

    @ParameterizedTest
    @EnumSource
    void aTimedCallWaitsForItsTimeAndReturns(ThreadKind kind) throws Exception {
        with(wait -> {
            long start = System.nanoTime();
            assertFalse(kind.start(() -> wait.atMost(SHORT)).result());
            assertTrue(System.nanoTime() - start >= SHORT.toNanos());
        });
    }

    @ParameterizedTest
    @EnumSource
    void aTimeThatIsOverStillTries(ThreadKind kind) throws Exception {
        with(wait -> {
            assertFalse(kind.start(() -> wait.atMost(Duration.ZERO)).result());
            wait.satisfy();
            assertTrue(kind.start(() -> wait.atMost(Duration.ofSeconds(-1))).result());
        });
    }

    @ParameterizedTest
    @EnumSource
    void aTimedCallReturnsWhenItCan(ThreadKind kind) throws Exception {
        with(wait -> {
            var running = startWaiting(kind, () -> wait.atMost(LONG));
            wait.satisfy();
            assertTrue(running.result());
        });
    }

    @ParameterizedTest
    @EnumSource
    void anUnboundedCallReturnsWhenItCan(ThreadKind kind) throws Exception {
        with(wait -> {
            var running = startWaiting(kind, () -> forever(wait));
            wait.satisfy();
            assertTrue(running.result());
        });
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptBeforeTheCallEndsIt(ThreadKind kind) throws Exception {
        with(wait ->
                assertInterrupted(
                        kind.start(() -> {
                            Thread.currentThread().interrupt();
                            return forever(wait);
                        })));
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptDuringTheCallEndsIt(ThreadKind kind) throws Exception {
        with(wait -> {
            var running = startWaiting(kind, () -> forever(wait));
            running.interrupt();
            assertInterrupted(running);
        });
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptDuringATimedCallEndsIt(ThreadKind kind) throws Exception {
        with(wait -> {
            var running = startWaiting(kind, () -> wait.atMost(LONG));
            running.interrupt();
            assertInterrupted(running);
        });
    }

    @ParameterizedTest
    @EnumSource
    void whatAnInterruptedCallDidNotTakeIsStillThere(ThreadKind kind) throws Exception {
        with(wait -> {
            var running = startWaiting(kind, () -> forever(wait));
            running.interrupt();
            wait.satisfy(); // at the same time: the call may have taken it or not
            boolean isTaken = isTaken(running);
            if (!isTaken) {
                assertTrue(wait.atMost(LONG));
            } else if (wait.isTakenOnce()) {
                assertFalse(wait.atMost(SHORT));
            }
        });
    }

    private static boolean isTaken(ThreadKind.Running<Boolean> running) throws Exception {
        try {
            return running.result();
        } catch (InterruptedException | InterruptedIOException _) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingEndsTheCallThatWaits(ThreadKind kind) throws Exception {
        with(wait -> {
            assumeTrue(wait.isClosable(), "there is nothing to close");
            var running = startWaiting(kind, () -> forever(wait));
            wait.close();
            assertThrows(AsynchronousCloseException.class, running::result);
        });
    }

    @ParameterizedTest
    @EnumSource
    void closingEndsATimedCall(ThreadKind kind) throws Exception {
        with(wait -> {
            assumeTrue(wait.isClosable(), "there is nothing to close");
            var running = startWaiting(kind, () -> wait.atMost(LONG));
            wait.close();
            assertThrows(AsynchronousCloseException.class, running::result);
        });
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptBeforeATimedCallEndsIt(ThreadKind kind) throws Exception {
        with(wait ->
                assertInterrupted(
                        kind.start(() -> {
                            Thread.currentThread().interrupt();
                            return wait.atMost(LONG);
                        })));
    }

    @ParameterizedTest
    @EnumSource
    void aClosedObjectRefuses(ThreadKind kind) throws Exception {
        with(wait -> {
            assumeTrue(wait.isClosable(), "there is nothing to close");
            wait.close();
            wait.close();
            var running = kind.start(() -> forever(wait));
            assertThrows(ClosedChannelException.class, running::result);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aKilledPeerEndsTheCallOrLeavesItWaiting(ThreadKind kind) throws Exception {
        with(wait -> {
            var sleep = Spawn.command("sleep", "1000");
            boolean endsWithPeer = wait.endsWithPeer();
            wait.peersEnd().ifPresent(end -> sleep.handOver(PEERS_NUMBER, end));
            try (var peer = sleep.start()) {
                var running = startWaiting(kind, () -> forever(wait));
                peer.kill();
                peer.awaitExit();
                if (endsWithPeer) {
                    assertEndedWithPeer(running);
                } else {
                    assertFalse(running.isDone());
                    running.interrupt();
                    assertInterrupted(running);
                }
            }
        });
    }

    /// With a value, the end of the stream, or as a writer that nobody reads.
    private static void assertEndedWithPeer(ThreadKind.Running<Boolean> running) throws Exception {
        try {
            assertTrue(running.result());
        } catch (PeerGoneException _) {
            // That is the other way to say it.
        }
    }

    /// Every thread of this JVM gets it, whichever does the waiting.
    @ParameterizedTest
    @EnumSource
    void aSignalDoesNotEndTheCall(ThreadKind kind) throws Exception {
        with(wait -> {
            installHandler();
            var running = startWaiting(kind, () -> forever(wait));
            for (int i = 0; i < SIGNALS; i++) {
                signalAllThreads();
                running.awaitBlocked();
                assertFalse(running.isDone());
            }
            wait.satisfy();
            assertTrue(running.result());
        });
    }

    /// That of Parley's own, without SA_RESTART, so that every system call ends with EINTR.
    private static void installHandler() throws Exception {
        try (var counter = EventFd.create()) {
            var running = ThreadKind.PLATFORM.start(counter::take);
            running.awaitBlocked();
            running.interrupt();
            assertThrows(InterruptedException.class, running::result);
        }
    }

    private static void signalAllThreads() throws IOException {
        int process = (int) ProcessHandle.current().pid();
        try (var threads = Files.list(Path.of("/proc/self/task"))) {
            threads.map(path -> Integer.parseInt(path.getFileName().toString()))
                    .forEach(tid -> SignalH.tgkill(process, tid, SignalH.SIGURG));
        }
    }

    @Test
    void aSignalHandlerDoesNotEndTheCall() throws Exception {
        var in = blockedTimed();
        with(wait -> {
            try (var fault = Faults.fail(in.function(), in.nth(), Errno.EINTR.number())) {
                assertFalse(wait.atMost(SHORT));
                assertTrue(fault.happened());
            }
        });
    }
}
