package parley.socket;

import java.io.Closeable;
import java.io.IOException;

/// Two sockets connected with each other, one of which may be handed to another process. See
/// socketpair(2).
///
/// @param first one of them
/// @param second the other, of the same kind
public record SocketPair<S extends Closeable>(S first, S second) implements Closeable {
    /// Closes both in this process.
    @Override
    public void close() throws IOException {
        try (first;
                second) {}
    }
}
