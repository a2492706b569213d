package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Pool;
import parley.kernel.SysMsg;

/// A message as msgop(2) has it, its type in front of its text, in memory that is kept from call to
/// call: one thread's between [#acquire] and [#release].
final class TypedMessage {
    /// The kernel's default for the longest text: `msgmax`.
    static final int DEFAULT_TEXT_BYTES = 8192;

    private static final int SLOTS = 64;
    private static final long KEPT_TEXT_BYTES_MAX = 1 << 20;
    private static final Pool<TypedMessage> KEPT = new Pool<>(SLOTS, TypedMessage::new);

    private MemorySegment memory = allocate(DEFAULT_TEXT_BYTES);

    private TypedMessage() {}

    static TypedMessage acquire() {
        return KEPT.acquire();
    }

    /// A large one is left to the collector.
    void release() {
        if (textBytesMax() <= KEPT_TEXT_BYTES_MAX) {
            KEPT.release(this);
        }
    }

    private static MemorySegment allocate(long textBytes) {
        return Arena.ofAuto().allocate(SysMsg.TYPE_BYTES + textBytes, SysMsg.TYPE_BYTES);
    }

    /// Type and text, for msgsnd and msgrcv.
    MemorySegment memory() {
        return memory;
    }

    /// The longest text that it has room for.
    long textBytesMax() {
        return memory.byteSize() - SysMsg.TYPE_BYTES;
    }

    /// Makes room for a text of this length; the content is lost.
    void grow(long textBytes) {
        memory = allocate(textBytes);
    }

    long type() {
        return memory.get(JAVA_LONG, 0);
    }

    /// Stores a message whose text it has room for.
    void put(long type, MemorySegment text) {
        memory.set(JAVA_LONG, 0, type);
        MemorySegment.copy(text, 0, memory, SysMsg.TYPE_BYTES, text.byteSize());
    }

    /// Copies the first bytes of the text.
    void copyText(MemorySegment into, long bytes) {
        MemorySegment.copy(memory, SysMsg.TYPE_BYTES, into, 0, bytes);
    }
}
