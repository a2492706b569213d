package parley.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import parley.kernel.SignalH;

/// The two kinds of thread that every waiting call must serve.
public enum ThreadKind {
    PLATFORM,
    VIRTUAL;

    /// One kind and the other in turn.
    public static ThreadKind alternating(int index) {
        return index % 2 == 0 ? PLATFORM : VIRTUAL;
    }

    /// Something a thread does, which may fail in any way.
    @FunctionalInterface
    public interface Action<T> {
        T run() throws Exception;
    }

    /// A thread that runs an action, and what came of it.
    public static final class Running<T> {
        private final Thread thread;
        private final CompletableFuture<T> outcome;

        private volatile int tid; // of a platform thread, once it runs

        private Running(ThreadKind kind, Action<T> action) {
            this.outcome = new CompletableFuture<>();
            var builder = kind == PLATFORM ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
            this.thread = builder.unstarted(() -> run(kind, action));
        }

        private void run(ThreadKind kind, Action<T> action) {
            try {
                if (kind == PLATFORM) {
                    tid = SignalH.gettid();
                }
                outcome.complete(action.run());
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        }

        /// Returns when the thread sleeps, in the kernel or parked; or has ended, which is the
        /// caller's to find out.
        public void awaitBlocked() throws IOException {
            while (!outcome.isDone() && !isBlocked()) {
                Thread.onSpinWait();
            }
        }

        private boolean isBlocked() throws IOException {
            if (thread.isVirtual()) {
                return switch (thread.getState()) {
                    case WAITING, TIMED_WAITING -> true;
                    default -> false;
                };
            }
            if (tid == 0) {
                return false;
            }
            var stat = Path.of("/proc/self/task/" + tid + "/stat");
            return Files.exists(stat) && Files.readString(stat).contains(") S ");
        }

        /// True if the action has ended.
        public boolean isDone() {
            return outcome.isDone();
        }

        public void interrupt() {
            thread.interrupt();
        }

        /// What the action returned; what it threw is thrown.
        public T result() throws Exception {
            try {
                return outcome.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }

    /// Starts a thread of this kind.
    public <T> Running<T> start(Action<T> action) {
        var running = new Running<T>(this, action);
        running.thread.start();
        return running;
    }
}
