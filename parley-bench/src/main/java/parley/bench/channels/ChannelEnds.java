package parley.bench.channels;

import java.io.IOException;

/// What one process has of a channel: a sender's end or a receiver's, and the other kind of one for
/// messages back if there is one sender and one receiver.
interface ChannelEnds extends AutoCloseable {
    /// Sends a copy of [Cargo#outgoing], if there is room. Who sleeps until there is always does.
    ///
    /// @return whether it was sent
    boolean trySend() throws Exception;

    /// Takes messages, as many as there are at once or fewer: copies each to [Cargo#incoming], and
    /// calls [Cargo#took]. Who sleeps until there is one takes at least one.
    ///
    /// @return how many
    int receive() throws Exception;

    @Override
    default void close() throws IOException {}
}
