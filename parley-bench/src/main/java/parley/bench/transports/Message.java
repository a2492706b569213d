package parley.bench.transports;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// A message, outside the heap: the same memory as each library likes it best.
///
/// @param buffer a direct buffer
/// @param memory what is in it
record Message(ByteBuffer buffer, MemorySegment memory) {
    /// What every message is long at least, and answers are.
    static final int BYTES_MIN = 64;

    private static final long NUMBER = 8;

    static Message of(int bytes) {
        var buffer = ByteBuffer.allocateDirect(bytes);
        return new Message(buffer, MemorySegment.ofBuffer(buffer));
    }

    /// What the receiver shall do with it: one of [Talk].
    byte tag() {
        return memory.get(JAVA_BYTE, 0);
    }

    void tag(byte tag) {
        memory.set(JAVA_BYTE, 0, tag);
    }

    /// What it says besides.
    long number() {
        return memory.get(JAVA_LONG, NUMBER);
    }

    void number(long number) {
        memory.set(JAVA_LONG, NUMBER, number);
    }
}
