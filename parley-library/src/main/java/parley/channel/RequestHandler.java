package parley.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// What a server does with a request where it lies, without a copy of it.
@FunctionalInterface
public interface RequestHandler {
    /// Reads a request, whose bytes may be overwritten as soon as this has returned; the reply may
    /// come later.
    ///
    /// @param memory in which it lies among other things
    /// @param offset where it begins
    /// @param bytes its length
    void handle(Request request, MemorySegment memory, long offset, int bytes)
            throws IOException, InterruptedException;
}
