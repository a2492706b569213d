package parley.process;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import parley.ready.Deadline;

/// The exit status of a child of ours: taken from the kernel exactly once, by whoever comes first,
/// the thread that watches all processes or one that waits for this one.
final class Reaping implements ExitWatch.Ended {
    private final String object;
    private final int pidfd;
    private final CompletableFuture<ExitStatus> status = new CompletableFuture<>();

    /// @param pidfd a number that [ExitWatch] keeps open until [#handle] has returned true
    Reaping(String object, int pidfd) {
        this.object = object;
        this.pidfd = pidfd;
    }

    @Override
    public boolean handle(int unused) {
        return reap();
    }

    /// Takes the status if the child has ended. As long as it is not taken the number is open.
    private synchronized boolean reap() {
        if (status.isDone()) {
            return true;
        }
        try {
            PidFdCalls.reap(pidfd, object).ifPresent(status::complete);
        } catch (IOException | RuntimeException | Error e) {
            status.completeExceptionally(e);
        }
        return status.isDone();
    }

    /// The status, once the pidfd says that the child has ended. A tracer (strace, a debugger) is
    /// told first; then this waits until it lets go.
    ///
    /// @return empty if the deadline came first
    Optional<ExitStatus> await(Deadline deadline) throws IOException, InterruptedException {
        reap();
        try {
            return Optional.of(status.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException _) {
            return Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException refusal) {
                throw refusal;
            }
            throw new AssertionError(e);
        }
    }

    /// The status if it has been taken or can be.
    Optional<ExitStatus> now() throws IOException {
        reap();
        return status.isCompletedExceptionally() || !status.isDone()
                ? Optional.empty()
                : Optional.of(status.resultNow());
    }

    /// A future of its own for each caller, whose dependents do not run in our threads.
    CompletableFuture<ExitStatus> future() {
        return status.thenApplyAsync(known -> known);
    }
}
