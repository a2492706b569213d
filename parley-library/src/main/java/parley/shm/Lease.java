package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/// A message that one of many receivers has, and nobody else, until it is acknowledged or given
/// back. Safe for many threads, of which one ends it.
public final class Lease implements AutoCloseable {
    private final LeasingReceiver receiver;
    private final long position;
    private final long offset;
    private final int bytes;
    private final int times;
    private final AtomicBoolean hasEnded = new AtomicBoolean();

    Lease(LeasingReceiver receiver, long position, long offset, int bytes, int times) {
        this.receiver = receiver;
        this.position = position;
        this.offset = offset;
        this.bytes = bytes;
        this.times = times;
    }

    /// The memory in which the message lies, among other things.
    public MemorySegment memory() {
        return receiver.ring.data();
    }

    /// Where it begins in [#memory].
    public long offset() {
        return offset;
    }

    /// How long it is.
    public int bytes() {
        return bytes;
    }

    /// The message itself, until the lease ends: after that it may be overwritten.
    public MemorySegment segment() {
        return memory().asSlice(offset, bytes).asReadOnly();
    }

    /// How often the message has been leased, this time included: from 2 on somebody had it who
    /// gave it back, or died.
    public int times() {
        return times;
    }

    /// Says that the message is done with: it is gone.
    ///
    /// @throws IllegalStateException if the lease has ended
    /// @throws java.nio.channels.ClosedChannelException if its receiver is closed: then another
    ///   gets the message
    public void acknowledge() throws IOException {
        if (!hasEnded.compareAndSet(false, true)) {
            throw new IllegalStateException("the lease has ended");
        }
        receiver.acknowledge(position);
    }

    /// Gives the message back, unless it is acknowledged: another gets it, or this one again.
    @Override
    public void close() throws IOException {
        if (hasEnded.compareAndSet(false, true)) {
            receiver.giveBack(position);
        }
    }
}
