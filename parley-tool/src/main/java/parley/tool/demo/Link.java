package parley.tool.demo;

import java.lang.foreign.MemorySegment;

/// One mechanism between the two processes of the demonstration, in both directions, reduced to
/// what the demonstration needs. Waiting ends when the thread is interrupted.
interface Link {
    /// Bytes of the longest piece that goes at once.
    int pieceBytesMax();

    /// Sends one piece, at most [#pieceBytesMax] bytes; waits while there is no room.
    void send(MemorySegment piece) throws Exception;

    /// Receives some bytes, one message where there are messages; waits until there are any.
    ///
    /// @param into at least [#pieceBytesMax] bytes
    /// @return how many, at least 1
    /// @throws java.io.EOFException if the other side has closed
    int receive(MemorySegment into) throws Exception;

    /// Receives until there are `bytes`; a stream may bring them in parts.
    default void receiveAll(MemorySegment into, int bytes) throws Exception {
        int received = receive(into);
        while (received < bytes) {
            received += receive(into.asSlice(received));
        }
    }
}
