package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// The memory of a mailbox, for who has its lock.
///
/// In use this is the only kind that is loaded, so that the compiler sees through it; tests have
/// another, in which a process can be killed before each access.
class MailboxMemory {
    private static final VarHandle INT = JAVA_INT.varHandle().withInvokeExactBehavior();
    private static final VarHandle LONG = JAVA_LONG.varHandle().withInvokeExactBehavior();

    private final MemorySegment memory;

    MailboxMemory(MemorySegment memory) {
        this.memory = memory;
    }

    int getInt(long offset) {
        return (int) INT.get(memory, offset);
    }

    void setInt(long offset, int value) {
        INT.set(memory, offset, value);
    }

    long getLong(long offset) {
        return (long) LONG.get(memory, offset);
    }

    void setLong(long offset, long value) {
        LONG.set(memory, offset, value);
    }

    /// Stores after all that was accessed before, and before all that will be stored afterwards:
    /// what a killed process leaves is the stores up to one of these, and some of those up to the
    /// next.
    void setInOrder(long offset, int value) {
        VarHandle.releaseFence();
        setInt(offset, value);
        VarHandle.releaseFence();
    }

    void copyIn(MemorySegment from, long fromOffset, long offset, long bytes) {
        MemorySegment.copy(from, fromOffset, memory, offset, bytes);
    }

    void copyOut(long offset, MemorySegment into, long intoOffset, long bytes) {
        MemorySegment.copy(memory, offset, into, intoOffset, bytes);
    }
}
