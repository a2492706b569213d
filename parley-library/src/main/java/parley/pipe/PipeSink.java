package parley.pipe;

import parley.kernel.Unistd;
import parley.os.Fd;
import parley.ready.DescriptorSink;

/// The write end of a pipe or FIFO.
///
/// A write of at most [#ATOMIC_BYTES] is atomic: its bytes are not mixed with those of other
/// writers.
public final class PipeSink extends DescriptorSink {
    /// Bytes that go together or not at all: `PIPE_BUF` of pipe(7).
    public static final int ATOMIC_BYTES = Unistd.PIPE_BUF;

    PipeSink(Fd fd, String object) {
        super(fd, object, "write", PipeCalls::write);
    }

    /// The write end of a pipe that this process got as a descriptor: inherited, or received over a
    /// Unix socket. It is owned from now on.
    public static PipeSink of(Fd fd) {
        return new PipeSink(fd, "pipe " + fd);
    }
}
