package parley.ready;

import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// Lets a platform thread make a waiting call for a virtual one; one platform thread per call that
/// waits.
final class Offload {
    private static final ExecutorService THREADS =
            Executors.newCachedThreadPool(
                    Thread.ofPlatform().daemon().name("parley-blocking-", 0).factory());

    private Offload() {}

    /// What a platform thread does for a virtual one.
    @FunctionalInterface
    interface Task {
        long run() throws InterruptedException, AsynchronousCloseException;
    }

    /// An interrupt is passed on, and the task's own answer decides: a result that it got all the
    /// same is returned, and the interrupt stays pending.
    static long call(Task task) throws InterruptedException, AsynchronousCloseException {
        var run = new InterruptibleRun(task);
        THREADS.execute(run.future);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return run.future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    run.interrupt();
                }
            }
        } catch (ExecutionException e) {
            var cause = e.getCause();
            if (cause instanceof InterruptedException) {
                interrupted = false;
                throw new InterruptedException();
            }
            if (cause instanceof AsynchronousCloseException) {
                throw new AsynchronousCloseException();
            }
            if (cause instanceof RuntimeException mistake) {
                throw mistake;
            }
            throw new AssertionError(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// A task whose thread can be interrupted, while it runs it and not after.
    private static final class InterruptibleRun {
        final FutureTask<Long> future;
        private @Nullable Thread runner;
        private boolean interruptPending;

        InterruptibleRun(Task task) {
            this.future =
                    new FutureTask<>(() -> {
                        begin();
                        try {
                            return task.run();
                        } finally {
                            end();
                        }
                    });
        }

        private synchronized void begin() {
            var thread = Thread.currentThread();
            runner = thread;
            if (interruptPending) {
                thread.interrupt();
            }
        }

        private synchronized void end() {
            runner = null;
            boolean _ = Thread.interrupted(); // the next task must not see it
        }

        synchronized void interrupt() {
            interruptPending = true;
            if (runner != null) {
                runner.interrupt();
            }
        }
    }
}
