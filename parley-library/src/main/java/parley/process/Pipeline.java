package parley.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import parley.os.Fd;
import parley.pipe.Pipe;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.process.Conversation.Capture;
import parley.ready.Deadline;

/// Commands connected by pipes of the kernel's, as a shell does with `a | b | c`: each one's
/// standard output is the next one's standard input, and no byte passes through this process.
///
/// A command that writes to one that has ended is ended by SIGPIPE; so `yes | head -1` ends. The
/// standard input of the first, the standard output of the last and all standard errors are as
/// their [Spawn]s say.
public final class Pipeline {
    private final List<Spawn> stages;

    private Pipeline(List<Spawn> stages) {
        this.stages = stages;
    }

    /// One of the commands could not be started; those before it were killed.
    public static final class StageException extends IOException {
        private static final long serialVersionUID = 1;

        private final int stage;

        private StageException(int stage, int stages, Spawn spawn, IOException cause) {
            super(
                    "command %d of %d (%s) could not be started: %s"
                            .formatted(stage + 1, stages, spawn, cause.getMessage()),
                    cause);
            this.stage = stage;
        }

        /// Which it is, from 0. The cause says why.
        public int stage() {
            return stage;
        }
    }

    /// A pipeline of one command or more.
    ///
    /// @throws IllegalArgumentException if the input of one but the first, or the output of one but
    ///   the last, is redirected: the pipe is there
    public static Pipeline of(Spawn... stages) {
        return of(List.of(stages));
    }

    /// A pipeline of one command or more.
    ///
    /// @throws IllegalArgumentException if the input of one but the first, or the output of one but
    ///   the last, is redirected: the pipe is there
    public static Pipeline of(List<Spawn> stages) {
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("a pipeline has a command at least");
        }
        for (int i = 0; i < stages.size(); i++) {
            var stage = stages.get(i);
            boolean isInputTwice = i > 0 && stage.stdin().isPresent();
            boolean isOutputTwice = i < stages.size() - 1 && stage.stdout().isPresent();
            if (isInputTwice || isOutputTwice) {
                throw new IllegalArgumentException(
                        "command %d of %d (%s): its standard %s is the pipeline's pipe already"
                                .formatted(
                                        i + 1,
                                        stages.size(),
                                        stage,
                                        isInputTwice ? "input" : "output"));
            }
        }
        return new Pipeline(stages.stream().map(Spawn::copy).toList());
    }

    /// Starts all commands; those of their streams that are not redirected they share with us.
    ///
    /// @return the children, in the order of the commands, each to be closed
    /// @throws StageException if one could not be started
    public List<ChildProcess> start() throws IOException, InterruptedException {
        return start(stages);
    }

    private static List<ChildProcess> start(List<Spawn> stages)
            throws IOException, InterruptedException {
        var children = new ArrayList<ChildProcess>();
        PipeSource input = null;
        boolean isStarted = false;
        try {
            for (int i = 0; i < stages.size(); i++) {
                var pipe = i == stages.size() - 1 ? null : Pipe.create();
                var stage = stages.get(i).copy();
                try {
                    children.add(startBetween(input, stage, pipe));
                } catch (IOException e) {
                    closeIfAny(pipe == null ? null : pipe.source());
                    throw stages.size() == 1 ? e : new StageException(i, stages.size(), stage, e);
                } catch (InterruptedException | RuntimeException | Error e) {
                    closeIfAny(pipe == null ? null : pipe.source());
                    throw e;
                } finally {
                    closeIfAny(input);
                    input = pipe == null ? null : pipe.source();
                }
            }
            isStarted = true;
            return List.copyOf(children);
        } finally {
            closeIfAny(input);
            if (!isStarted) {
                killAndClose(children);
            }
        }
    }

    /// Starts a command between two pipes. The end that the command writes into is closed here.
    private static ChildProcess startBetween(
            @Nullable PipeSource input, Spawn stage, @Nullable Pipe output)
            throws IOException, InterruptedException {
        if (input != null) {
            stage.stdin(Redirect.descriptor(input.fd()));
        }
        if (output == null) {
            return stage.start();
        }
        try (var sink = output.sink()) {
            return stage.stdout(Redirect.descriptor(sink.fd())).start();
        }
    }

    private static void closeIfAny(@Nullable PipeSource source) {
        if (source != null) {
            source.close();
        }
    }

    private static void killAndClose(List<ChildProcess> children) throws IOException {
        IOException refusal = null;
        for (var child : children) {
            try (child) {
                child.kill();
            } catch (IOException e) { // it has become somebody else's: setuid
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    /// Runs all commands to their ends without any input, and captures what is not redirected: the
    /// standard output of the last, the standard errors of all, mixed.
    ///
    /// @throws StageException if one could not be started
    /// @throws IOException if there was more to capture than the last command's
    ///   [Spawn#captureBytesMax] allows; all are killed
    public Completed run() throws IOException, InterruptedException {
        return run(new byte[0]);
    }

    /// Runs all commands to their ends, feeding the first with an input; see [Spawn#run(byte[])].
    ///
    /// @throws StageException if one could not be started
    public Completed run(byte[] input) throws IOException, InterruptedException {
        return run(input, Deadline.NEVER).orElseThrow();
    }

    /// The same, but all commands are killed if the time is over before their end.
    ///
    /// @return empty if the time was over
    /// @throws StageException if one could not be started
    public Optional<Completed> run(byte[] input, Duration timeout)
            throws IOException, InterruptedException {
        return run(input, Deadline.after(timeout));
    }

    Optional<Completed> run(byte[] input, Deadline deadline)
            throws IOException, InterruptedException {
        boolean hasInput = input.length > 0;
        if (hasInput && stages.getFirst().stdin().isPresent()) {
            throw new IllegalStateException("the standard input of the first is redirected");
        }
        var captured = stages.stream().map(Spawn::copy).toList();
        var first = captured.getFirst();
        var last = captured.getLast();
        if (first.stdin().isEmpty()) {
            first.stdin(hasInput ? Redirect.pipe() : Redirect.nothing());
        }
        boolean isOutput = last.stdout().isEmpty();
        if (isOutput) {
            last.stdout(Redirect.pipe());
        }
        try (var errors = Pipe.create()) {
            var fd = errors.sink().fd();
            captured.forEach(stage -> captureErrors(stage, fd));
            var children = start(captured);
            errors.sink().close();
            return converse(
                    children,
                    hasInput ? children.getFirst().stdin() : null,
                    input,
                    isOutput ? children.getLast().stdout() : null,
                    errors.source(),
                    deadline);
        }
    }

    private static void captureErrors(Spawn stage, Fd errors) {
        if (stage.stderr().isEmpty()) {
            stage.stderr(Redirect.descriptor(errors));
        }
    }

    private Optional<Completed> converse(
            List<ChildProcess> children,
            @Nullable PipeSink stdin,
            byte[] input,
            @Nullable PipeSource stdout,
            PipeSource stderr,
            Deadline deadline)
            throws IOException, InterruptedException {
        var last = stages.getLast();
        boolean isEnded = false;
        try {
            long bytesMax = last.captureBytesMax();
            var output = new Capture(stdout, "standard output of " + last, bytesMax);
            var errors = new Capture(stderr, "standard error of " + last, bytesMax);
            if (!new Conversation(stdin, input, List.of(output, errors), deadline).hold()) {
                return Optional.empty();
            }
            var statuses = new ArrayList<ExitStatus>();
            for (var child : children) {
                var status = child.awaitExit(deadline);
                if (status.isEmpty()) {
                    return Optional.empty();
                }
                statuses.add(status.get());
            }
            isEnded = true;
            return Optional.of(new Completed(statuses, output.bytes(), errors.bytes()));
        } finally {
            if (isEnded) {
                children.forEach(ChildProcess::close);
            } else {
                killAndClose(children);
            }
        }
    }

    @Override
    public String toString() {
        return String.join(" | ", stages.stream().map(Spawn::toString).toList());
    }
}
