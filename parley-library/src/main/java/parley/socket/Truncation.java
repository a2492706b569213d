package parley.socket;

import java.lang.foreign.MemorySegment;
import parley.os.Errno;
import parley.os.OsException;

/// Messages longer than the memory they were received into: the kernel cuts them, and tells.
final class Truncation {
    private Truncation() {}

    /// Refuses a message that was cut; its rest is lost.
    ///
    /// @param length the message's real one
    /// @throws OsException `EMSGSIZE`, with both lengths in its message
    static void check(String call, String object, long length, MemorySegment into)
            throws OsException {
        if (length > into.byteSize()) {
            var lengths =
                    "%s(%d bytes into room for %d; the message is lost)"
                            .formatted(call, length, into.byteSize());
            throw OsException.of(lengths, object, Errno.EMSGSIZE.number());
        }
    }
}
