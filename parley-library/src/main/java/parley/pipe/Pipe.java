package parley.pipe;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.OsException;

/// An anonymous pipe: a byte stream between two ends, each of which may be handed to another
/// process. See pipe(2), pipe(7).
///
/// The reader finds the end of the stream when every process has closed the write end; a writer
/// finds [parley.os.PeerGoneException] when every process has closed the read end.
///
/// @param source where bytes come out
/// @param sink where bytes go in
public record Pipe(PipeSource source, PipeSink sink) implements AutoCloseable {
    /// Creates a pipe. Neither end passes to child processes unless handed over.
    ///
    /// @throws OsException `EMFILE`, `ENFILE` at a limit of descriptors
    public static Pipe create() throws OsException {
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(JAVA_INT, 2);
            OsException.check("pipe2", "pipe", Unistd.pipe2(fds, Fcntl.O_CLOEXEC));
            var source = Fd.of("pipe2", "pipe", fds.getAtIndex(JAVA_INT, 0));
            var sink = Fd.of("pipe2", "pipe", fds.getAtIndex(JAVA_INT, 1));
            return new Pipe(PipeSource.of(source), PipeSink.of(sink));
        }
    }

    /// Closes both ends of this process.
    @Override
    public void close() {
        source.close();
        sink.close();
    }
}
