package parley.process;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.ready.Deadline;

/// A child of this process, started by [Spawn].
///
/// It is waited for exactly once, by the thread that watches all children or by one that waits for
/// it, even if nobody asks: no zombie stays. Safe for many threads.
public final class ChildProcess implements AutoCloseable {
    private final PidFd pidFd;
    private final Reaping reaping;
    private final String program;
    private final @Nullable PipeSink stdin;
    private final @Nullable PipeSource stdout;
    private final @Nullable PipeSource stderr;

    ChildProcess(
            PidFd pidFd,
            String program,
            @Nullable PipeSink stdin,
            @Nullable PipeSource stdout,
            @Nullable PipeSource stderr) {
        this.pidFd = pidFd;
        this.reaping = Objects.requireNonNull(pidFd.reaping());
        this.program = program;
        this.stdin = stdin;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /// Its number.
    public long pid() {
        return pidFd.pid();
    }

    /// The hold on it: signals, descriptors, who it is.
    public PidFd pidFd() {
        return pidFd;
    }

    /// Our end of its standard input.
    ///
    /// @throws IllegalStateException if that is no [Redirect#pipe()]
    public PipeSink stdin() {
        return piped("stdin", stdin);
    }

    /// Our end of its standard output.
    ///
    /// @throws IllegalStateException if that is no [Redirect#pipe()]
    public PipeSource stdout() {
        return piped("stdout", stdout);
    }

    /// Our end of its standard error.
    ///
    /// @throws IllegalStateException if that is no [Redirect#pipe()]
    public PipeSource stderr() {
        return piped("stderr", stderr);
    }

    private static <T> T piped(String name, @Nullable T end) {
        if (end == null) {
            throw new IllegalStateException(name + " was not redirected to a pipe");
        }
        return end;
    }

    /// True until it has ended.
    public boolean isAlive() throws IOException {
        return pidFd.isAlive();
    }

    /// Waits until it has ended. A child that writes into a pipe that nobody reads does not end
    /// once the pipe is full; [Spawn#run()] has no such trap.
    ///
    /// @throws java.nio.channels.ClosedChannelException if this is closed, meanwhile too
    public ExitStatus awaitExit() throws IOException, InterruptedException {
        return awaitExit(Deadline.NEVER).orElseThrow();
    }

    /// Waits at most `timeout` until it has ended.
    ///
    /// @return empty if it still runs
    /// @throws java.nio.channels.ClosedChannelException if this is closed, meanwhile too
    public Optional<ExitStatus> awaitExit(Duration timeout)
            throws IOException, InterruptedException {
        return awaitExit(Deadline.after(timeout));
    }

    Optional<ExitStatus> awaitExit(Deadline deadline) throws IOException, InterruptedException {
        return pidFd.awaitExit(deadline) ? reaping.await(deadline) : Optional.empty();
    }

    /// How it ended; empty while it runs.
    public Optional<ExitStatus> exitStatus() throws IOException {
        return reaping.now();
    }

    /// Completes once it has ended; also if this is closed before.
    public CompletableFuture<ExitStatus> onExit() {
        return reaping.future();
    }

    /// Asks it to end: SIGTERM.
    ///
    /// @return false if it had ended
    public boolean terminate() throws IOException {
        return pidFd.terminate();
    }

    /// Ends it: SIGKILL.
    ///
    /// @return false if it had ended
    public boolean kill() throws IOException {
        return pidFd.kill();
    }

    /// Closes our ends of its pipes and the hold on it. It goes on, and finds the end of its input;
    /// to end it, [#kill] before.
    @Override
    public void close() {
        if (stdin != null) {
            stdin.close();
        }
        if (stdout != null) {
            stdout.close();
        }
        if (stderr != null) {
            stderr.close();
        }
        pidFd.close();
    }

    @Override
    public String toString() {
        return program + " (" + pidFd + ")";
    }
}
