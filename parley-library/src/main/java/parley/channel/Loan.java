package parley.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;

/// Room in a channel that is borrowed, for one message: what is written there is not copied again.
/// For the thread that sends.
public final class Loan implements AutoCloseable {
    private final SendingSide side;
    private final MemorySegment memory;
    private long offset;
    private int bytes;

    Loan(SendingSide side, MemorySegment memory) {
        this.side = side;
        this.memory = memory;
    }

    void begin(long place, int size) {
        offset = place;
        bytes = size;
    }

    /// The memory in which it lies, among other things: write only from [#offset] on.
    public MemorySegment memory() {
        return memory;
    }

    /// Where it begins in [#memory].
    public long offset() {
        return offset;
    }

    /// How long it is.
    public int bytes() {
        return bytes;
    }

    /// The room itself, as a segment of its own.
    public MemorySegment segment() {
        return memory.asSlice(offset, bytes);
    }

    /// Sends it.
    ///
    /// @throws IllegalStateException if it has ended
    /// @throws ClosedChannelException if the channel is closed; it is not sent
    public void commit() throws IOException {
        side.commit();
    }

    /// Sends the beginning of it.
    ///
    /// @param length in bytes, at most [#bytes]
    public void commit(int length) throws IOException {
        side.commit(length);
    }

    /// Gives it back; nothing is sent, unless it has been.
    @Override
    public void close() {
        side.abort();
    }
}
