package parley.ready;

import java.io.IOException;
import java.lang.foreign.Arena;
import parley.contract.ThreadKind;
import parley.pipe.Pipe;

/// The main class of a process whose threads of both kinds wait; interrupts, deadlines and closing
/// end that. Prints how each wait ended.
final class EndedWaits {
    /// What it prints.
    static final String ALL =
            """
            PLATFORM InterruptedIOException
            PLATFORM AsynchronousCloseException
            VIRTUAL InterruptedIOException
            VIRTUAL AsynchronousCloseException\
            """
                    .indent(0)
                    .strip();

    private EndedWaits() {}

    private interface End {
        void of(Pipe pipe, ThreadKind.Running<Integer> running) throws IOException;
    }

    public static void main(String[] arguments) throws Exception {
        for (var kind : ThreadKind.values()) {
            print(kind, (_, running) -> running.interrupt());
            print(kind, (pipe, _) -> pipe.source().close());
        }
    }

    private static void print(ThreadKind kind, End end) throws Exception {
        try (var pipe = Pipe.create()) {
            var running = kind.start(() -> pipe.source().read(Arena.ofAuto().allocate(1)));
            running.awaitBlocked();
            end.of(pipe, running);
            try {
                System.out.println(kind + " read " + running.result());
            } catch (IOException e) {
                System.out.println(kind + " " + e.getClass().getSimpleName());
            }
        }
    }
}
