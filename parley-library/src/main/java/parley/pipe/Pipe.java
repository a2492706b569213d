package parley.pipe;

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
        var ends = Ends.create(0);
        return new Pipe(PipeSource.ofNew(ends.source()), PipeSink.ofNew(ends.sink()));
    }

    /// Closes both ends of this process.
    @Override
    public void close() {
        source.close();
        sink.close();
    }
}
