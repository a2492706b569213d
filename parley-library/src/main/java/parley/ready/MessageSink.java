package parley.ready;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/// The end of anything that carries whole messages which they go into: a queue, a socket, a pipe of
/// packets, a channel in shared memory.
///
/// Each object says itself how long a message may be, whether an empty one is one, and who else may
/// use it at the same time.
public interface MessageSink extends AutoCloseable {
    /// Sends a message, waiting while there is no room.
    ///
    /// @param message native memory; all of it is the message
    /// @throws parley.os.OsException `EMSGSIZE` if it is too long
    /// @throws InterruptedException if interrupted before; it is not sent
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    void send(MemorySegment message) throws IOException, InterruptedException;

    /// Sends a message if there is room; never waits.
    ///
    /// @return false if there is none
    boolean trySend(MemorySegment message) throws IOException;

    /// Sends a message, waiting at most `timeout`.
    ///
    /// @return false if there was no room in time
    boolean send(MemorySegment message, Duration timeout) throws IOException, InterruptedException;

    /// Sends a message, waiting while there is no room.
    default void send(byte[] message) throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            send(arena.allocateFrom(ValueLayout.JAVA_BYTE, message));
        }
    }

    /// Closes the end, and ends its waits; more calls do nothing.
    @Override
    void close();
}
