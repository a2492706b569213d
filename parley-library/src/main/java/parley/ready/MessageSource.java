package parley.ready;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/// The end of anything that carries whole messages which they come out of: a queue, a socket, a
/// pipe of packets, a channel in shared memory.
public interface MessageSource extends AutoCloseable {
    /// Receives a message, waiting until there is one.
    ///
    /// @param into native memory, not read-only
    /// @return its length in bytes; [Outcome#END] if nobody sends any more, where that is known
    /// @throws parley.os.OsException `EMSGSIZE` if it is longer than `into`
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    int receive(MemorySegment into) throws IOException, InterruptedException;

    /// Receives a message if there is one; never waits.
    ///
    /// @return its length in bytes, [Outcome#NOTHING], or [Outcome#END]
    int tryReceive(MemorySegment into) throws IOException;

    /// Receives a message, waiting at most `timeout`.
    ///
    /// @return its length in bytes, [Outcome#NOTHING] if none came in time, or [Outcome#END]
    int receive(MemorySegment into, Duration timeout) throws IOException, InterruptedException;

    /// Closes the end, and ends its waits; more calls do nothing.
    @Override
    void close();
}
