package parley.process;

/// How a process ended. See wait(2).
public sealed interface ExitStatus {
    /// It ended by itself: by exit(3), or by returning from `main`.
    ///
    /// @param code 0 to 255; 0 means success
    record Exited(int code) implements ExitStatus {
        @Override
        public String toString() {
            return "exited with " + code;
        }
    }

    /// A signal ended it.
    ///
    /// @param signal the signal's number
    /// @param coreDumped true if the kernel wrote an image of it
    record Signaled(int signal, boolean coreDumped) implements ExitStatus {
        @Override
        public String toString() {
            return "ended by signal " + signal + (coreDumped ? " (core dumped)" : "");
        }
    }

    /// True if it exited with 0.
    default boolean isSuccess() {
        return shellCode() == 0;
    }

    /// As a shell has it in `$?`: the exit code, or 128 and the signal's number.
    default int shellCode() {
        return switch (this) {
            case Exited(int code) -> code;
            case Signaled(int signal, _) -> 128 + signal;
        };
    }
}
