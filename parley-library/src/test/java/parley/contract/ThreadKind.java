package parley.contract;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

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

        private Running(Thread thread, CompletableFuture<T> outcome) {
            this.thread = thread;
            this.outcome = outcome;
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
        var outcome = new CompletableFuture<T>();
        Runnable run =
                () -> {
                    try {
                        outcome.complete(action.run());
                    } catch (Throwable e) {
                        outcome.completeExceptionally(e);
                    }
                };
        var builder = this == PLATFORM ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
        return new Running<>(builder.start(run), outcome);
    }
}
