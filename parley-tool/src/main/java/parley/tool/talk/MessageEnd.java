package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A side of a talk that keeps the boundaries of messages.
sealed interface MessageEnd extends Endpoint permits Messages, Queue, Channel, OneWay {
    /// The longest message that may come, in bytes.
    int messageBytesMax();

    /// Sends a message, waiting until it can go.
    void send(MemorySegment message) throws IOException, InterruptedException;

    /// Receives a message, waiting until there is one.
    ///
    /// @param into with room for the longest
    /// @return its length in bytes; [parley.ready.Outcome#END] if none will come
    int receive(MemorySegment into) throws IOException, InterruptedException;

    /// Says that the message that was received last is done with: printed, or sent on. An end that
    /// can keep a message keeps it until then.
    default void done() throws IOException {}

    /// True if anybody can send to it, and none of them may end it.
    default boolean hearsEverybody() {
        return false;
    }
}
