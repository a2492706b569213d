package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// What is done with a message where it lies, without a copy of it.
@FunctionalInterface
public interface MessageHandler {
    /// Reads a message, which may be overwritten as soon as this has returned.
    ///
    /// @param memory in which it lies among other things
    /// @param offset where it begins
    /// @param bytes its length
    /// @return true if it is done with; false to leave it where it is, and stop
    boolean handle(MemorySegment memory, long offset, int bytes) throws IOException;
}
