package parley.pipe;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.DescriptorSink;

/// The write end of a pipe or FIFO.
///
/// A write of at most [#ATOMIC_BYTES] is atomic: its bytes are not mixed with those of other
/// writers. [#writeAtomically] takes nothing longer.
public final class PipeSink extends DescriptorSink {
    /// Bytes that go together or not at all: `PIPE_BUF` of pipe(7).
    public static final int ATOMIC_BYTES = Unistd.PIPE_BUF;

    PipeSink(Fd fd, String object) {
        super(fd, object, "write", PipeCalls.WRITE);
    }

    /// The write end of a pipe that this process got as a descriptor: inherited, or received over a
    /// Unix socket. It is owned from now on.
    ///
    /// @throws IllegalArgumentException if it is no write end of a pipe; it stays the caller's then
    public static PipeSink of(Fd fd) throws OsException, ClosedChannelException {
        var _ = PipeCalls.requireEnd(fd, Fcntl.O_WRONLY);
        return ofNew(fd);
    }

    static PipeSink ofNew(Fd fd) {
        return new PipeSink(fd, "pipe " + fd);
    }

    /// Writes bytes that stay together, waiting until there is room for all of them.
    ///
    /// @param from native memory, at most [#ATOMIC_BYTES]
    /// @throws IllegalArgumentException if it is longer, which the kernel would write in parts
    /// @throws parley.os.PeerGoneException if nobody reads any more
    public void writeAtomically(MemorySegment from) throws IOException {
        requireAtomic(from);
        write(from);
    }

    /// Writes bytes that stay together if there is room for all of them; never waits.
    ///
    /// @param from native memory, at most [#ATOMIC_BYTES]
    /// @return false if there is no room, and nothing was written
    public boolean tryWriteAtomically(MemorySegment from) throws IOException {
        requireAtomic(from);
        return tryWrite(from) == from.byteSize();
    }

    /// Writes bytes that stay together, waiting at most `timeout` for room for all of them.
    ///
    /// @param from native memory, at most [#ATOMIC_BYTES]
    /// @return false if there was no room in time, and nothing was written
    public boolean writeAtomically(MemorySegment from, Duration timeout) throws IOException {
        requireAtomic(from);
        return write(from, timeout) == from.byteSize();
    }

    private static void requireAtomic(MemorySegment from) {
        if (from.byteSize() > ATOMIC_BYTES) {
            throw new IllegalArgumentException(
                    from.byteSize() + " bytes: only " + ATOMIC_BYTES + " are written together");
        }
    }

    /// Gives pages to the pipe instead of copying what is in them, waiting until all have gone.
    ///
    /// @param pages cannot be accessed from now on, whatever comes of it; given pages are freed
    ///   here
    /// @throws IllegalStateException if they have been given already
    /// @throws parley.os.PeerGoneException if nobody reads any more
    public void give(PageGift pages) throws IOException {
        var _ = pages.giveTo(this, Deadline.NEVER);
    }

    /// Gives as many pages as there is room for now; never waits. The next `give` goes on with the
    /// rest.
    ///
    /// @param pages cannot be accessed from now on
    /// @return bytes that have gone, 0 if the pipe is full
    public long tryGive(PageGift pages) throws IOException {
        return pages.tryGiveTo(this);
    }

    /// Gives pages until all have gone or the time is over. The next `give` goes on with the rest.
    ///
    /// @param pages cannot be accessed from now on
    /// @return bytes that have gone
    public long give(PageGift pages, Duration timeout) throws IOException {
        return pages.giveTo(this, Deadline.after(timeout));
    }

    /// How many bytes are written and not yet read.
    public int bytesWaiting() throws OsException, ClosedChannelException {
        return PipeCalls.bytesWaiting(fd(), toString());
    }

    /// How many bytes the pipe has room for, if they are written in whole pages.
    public int capacityBytes() throws OsException, ClosedChannelException {
        return PipeCalls.capacityBytes(fd(), toString());
    }

    /// Changes the capacity, for all who have the pipe open.
    ///
    /// @param bytes the kernel rounds it up to a power of two of pages
    /// @return the capacity it has now
    /// @throws OsException `EBUSY` if more is in it than would fit
    /// @throws parley.os.LimitReachedException `EPERM` above what an unprivileged process may have
    public int setCapacityBytes(int bytes) throws OsException, ClosedChannelException {
        return PipeCalls.setCapacityBytes(fd(), toString(), bytes);
    }
}
