package parley.process;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// A command, or all of a pipeline, that has ended, and what it wrote.
public final class Completed {
    private final List<ExitStatus> statuses;
    private final byte[] output;
    private final byte[] errors;

    Completed(List<ExitStatus> statuses, byte[] output, byte[] errors) {
        this.statuses = List.copyOf(statuses);
        this.output = output;
        this.errors = errors;
    }

    /// How each command ended, in their order: `PIPESTATUS` of a shell.
    public List<ExitStatus> statuses() {
        return statuses;
    }

    /// How the last command ended: `$?` of a shell.
    public ExitStatus status() {
        return statuses.getLast();
    }

    /// True if every command exited with 0: `pipefail` of a shell.
    public boolean isSuccess() {
        return statuses.stream().allMatch(ExitStatus::isSuccess);
    }

    /// What the last command wrote to its standard output; empty if that was redirected.
    public byte[] output() {
        return output.clone();
    }

    /// What the commands wrote to standard error; empty where that was redirected.
    public byte[] errors() {
        return errors.clone();
    }

    /// The standard output as text in UTF-8.
    public String outputText() {
        return new String(output, StandardCharsets.UTF_8);
    }

    /// The standard error as text in UTF-8.
    public String errorsText() {
        return new String(errors, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return statuses + ", " + output.length + " bytes of output";
    }
}
