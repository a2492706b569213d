package parley.pipe;

import java.nio.channels.ClosedChannelException;
import parley.kernel.Fcntl;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.DescriptorSource;

/// The read end of a pipe or FIFO.
///
/// The end of the stream comes when a writer has been there and all of them have gone. A FIFO that
/// was opened before its first writer is not at its end: a read waits for that writer, and a `try`
/// finds nothing yet. After its end another writer may open it, whose bytes can be read then.
public final class PipeSource extends DescriptorSource {
    PipeSource(Fd fd, String object) {
        super(fd, object, "read", PipeCalls.READ);
    }

    /// The read end of a pipe that this process got as a descriptor: inherited, or received over a
    /// Unix socket. It is owned from now on.
    ///
    /// @throws IllegalArgumentException if it is no read end of a pipe; it stays the caller's then
    public static PipeSource of(Fd fd) throws OsException, ClosedChannelException {
        var _ = PipeCalls.requireEnd(fd, Fcntl.O_RDONLY);
        return ofNew(fd);
    }

    static PipeSource ofNew(Fd fd) {
        return new PipeSource(fd, "pipe " + fd);
    }

    /// How many bytes are written and not yet read.
    public int bytesWaiting() throws OsException, ClosedChannelException {
        return PipeCalls.bytesWaiting(fd(), toString());
    }

    /// How many bytes the pipe has room for, if they are written in whole pages.
    public int capacityBytes() throws OsException, ClosedChannelException {
        return PipeCalls.capacityBytes(fd(), toString());
    }

    /// Changes the capacity, as [PipeSink#setCapacityBytes] does.
    public int setCapacityBytes(int bytes) throws OsException, ClosedChannelException {
        return PipeCalls.setCapacityBytes(fd(), toString(), bytes);
    }
}
