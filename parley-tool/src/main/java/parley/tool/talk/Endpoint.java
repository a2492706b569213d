package parley.tool.talk;

import java.io.Closeable;
import java.io.IOException;

/// One side of a talk, open.
sealed interface Endpoint extends Closeable permits Bytes, MessageEnd, Memory {
    /// Tells the peer that nothing more comes, as far as it can be told.
    void endOutput() throws IOException;

    /// Waits for what goes on behind it, when all is sent and received.
    ///
    /// @throws IOException if that has failed
    default void finish() throws IOException, InterruptedException {}

    /// Closes it at once. Waits in other threads end.
    @Override
    void close() throws IOException;
}
