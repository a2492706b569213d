package parley.pipe;

import parley.os.Fd;
import parley.ready.DescriptorSource;

/// The read end of a pipe or FIFO.
public final class PipeSource extends DescriptorSource {
    PipeSource(Fd fd, String object) {
        super(fd, object, "read", PipeCalls.READ);
    }

    /// The read end of a pipe that this process got as a descriptor: inherited, or received over a
    /// Unix socket. It is owned from now on.
    public static PipeSource of(Fd fd) {
        return new PipeSource(fd, "pipe " + fd);
    }
}
