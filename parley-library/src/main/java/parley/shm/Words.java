package parley.shm;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import parley.ready.Deadline;

/// The memory that the algorithms of this package work on: words of 32 and 64 bits, at offsets in
/// bytes, each access sequentially consistent.
///
/// Every structure is written once, over this. In use it is a [SegmentWords], the only kind that is
/// loaded then, so that the compiler sees through it. Tests have another, of the Java heap: tools
/// see into that, and before each of its accesses a process can be killed, or another one act.
abstract class Words {
    abstract int getInt(long offset);

    abstract long getLong(long offset);

    /// Not ordered with other accesses, but for the compiler; seen sooner or later.
    abstract int getIntOpaque(long offset);

    abstract void setInt(long offset, int value);

    abstract int getAndAddInt(long offset, int delta);

    abstract long getAndAddLong(long offset, long delta);

    abstract boolean compareAndSetInt(long offset, int expected, int value);

    abstract boolean compareAndSetLong(long offset, long expected, long value);

    /// How often to look before one sleeps.
    abstract int spins();

    /// Waits while the 32-bit word is `expected`, until woken, or until the deadline; also ends for
    /// no reason, and after [LifeThread#lookAgain]: look again.
    ///
    /// @throws java.nio.channels.ClosedChannelException if the memory is closed, meanwhile too
    abstract void await(long offset, int expected, Deadline deadline)
            throws IOException, InterruptedException;

    /// False once the memory is closed.
    abstract boolean isOpen();

    /// What a wait ends with in which an access failed.
    ///
    /// @throws IllegalStateException `e` itself if that is not because the memory is closed
    final AsynchronousCloseException closed(IllegalStateException e) {
        if (isOpen()) {
            throw e;
        }
        return closed((Exception) e);
    }

    final AsynchronousCloseException closed(Exception cause) {
        var closed = closed();
        closed.initCause(cause);
        return closed;
    }

    AsynchronousCloseException closed() {
        return new AsynchronousCloseException();
    }

    /// Wakes at most so many who wait; returns how many.
    abstract int wake(long offset, int count);
}
