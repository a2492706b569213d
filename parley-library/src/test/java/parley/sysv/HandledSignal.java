package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import parley.contract.ThreadKind;
import parley.kernel.SignalH;

/// A signal whose handler does nothing, sent to one thread in a call that waits.
final class HandledSignal {
    private static final int SIGNAL = SignalH.sigrtmin() + 11; // nobody else's
    private static final int OWN_PID = (int) ProcessHandle.current().pid();

    private static final long AGAIN_NANOS = 200_000;

    private HandledSignal() {}

    /// What a system call returns that the signal ends.
    ///
    /// @param handlerFlags those of sigaction: 0, or `SA_RESTART`
    static long resultOf(int handlerFlags, ThreadKind.Action<Long> call) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var action = arena.allocate(SignalH.SIGACTION);
            var before = arena.allocate(SignalH.SIGACTION);
            action.set(JAVA_LONG, SignalH.SA_HANDLER, SignalH.emptyHandler());
            action.set(JAVA_INT, SignalH.SA_FLAGS, handlerFlags);
            install(action, before);
            try {
                return interrupted(call);
            } finally {
                install(before, MemorySegment.NULL);
            }
        }
    }

    private static void install(MemorySegment action, MemorySegment before) {
        if (SignalH.sigaction(SIGNAL, action, before) < 0) {
            throw new AssertionError("sigaction");
        }
    }

    private static long interrupted(ThreadKind.Action<Long> call) throws Exception {
        var tid = new CompletableFuture<Integer>();
        var running =
                ThreadKind.PLATFORM.start(() -> {
                    tid.complete(SignalH.gettid());
                    return call.run();
                });
        while (!running.isDone()) { // it may not be in the call yet
            var _ = SignalH.tgkill(OWN_PID, tid.get(), SIGNAL);
            LockSupport.parkNanos(AGAIN_NANOS);
        }
        // What is still pending for it must not meet the default, which would end the process.
        while (Files.exists(Path.of("/proc/self/task", tid.get().toString()))) {
            Thread.onSpinWait();
        }
        return running.result();
    }
}
