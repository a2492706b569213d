package parley.tool.demo;

import java.io.EOFException;
import java.lang.foreign.MemorySegment;
import parley.ready.Outcome;

/// A link of messages: one way to send, one to receive.
record MessageLink(int pieceBytesMax, Sender out, Receiver in) implements Link {
    /// Sends one message; waits while there is no room.
    @FunctionalInterface
    interface Sender {
        void send(MemorySegment message) throws Exception;
    }

    /// Receives one message; waits until there is one.
    @FunctionalInterface
    interface Receiver {
        int receive(MemorySegment into) throws Exception;
    }

    @Override
    public void send(MemorySegment piece) throws Exception {
        out.send(piece);
    }

    @Override
    public int receive(MemorySegment into) throws Exception {
        int length = in.receive(into);
        if (length == Outcome.END) {
            throw new EOFException("the other process has closed");
        }
        return length;
    }
}
