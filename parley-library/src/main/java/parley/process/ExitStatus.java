package parley.process;

import parley.signal.Signal;

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
    /// @param signal which one
    /// @param coreDumped true if the kernel wrote an image of it
    record Signaled(Signal signal, boolean coreDumped) implements ExitStatus {
        @Override
        public String toString() {
            return "ended by " + signal + (coreDumped ? " (core dumped)" : "");
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
            case Signaled(Signal signal, _) -> 128 + signal.number();
        };
    }
}
