package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import parley.kernel.SysMsg;

/// A message as msgop(2) has it, its type in front of its text, in memory that is kept from call to
/// call.
///
/// One is one thread's between [#acquire] and [#release]. As many as [#SLOTS] are kept; a thread
/// looks first where it left its last one, so platform threads that take turns do not meet.
final class TypedMessage {
    /// The kernel's default for the longest text: `msgmax`.
    static final int DEFAULT_TEXT_BYTES = 8192;

    private static final int SLOTS = 64;
    private static final long KEPT_TEXT_BYTES_MAX = 1 << 20;
    private static final AtomicReferenceArray<TypedMessage> KEPT =
            new AtomicReferenceArray<>(SLOTS);

    private MemorySegment memory = allocate(DEFAULT_TEXT_BYTES);

    private TypedMessage() {}

    static TypedMessage acquire() {
        int start = start();
        for (int i = 0; i < SLOTS; i++) {
            int slot = (start + i) % SLOTS;
            if (KEPT.getPlain(slot) != null) {
                var message = KEPT.getAndSet(slot, null);
                if (message != null) {
                    return message;
                }
            }
        }
        return new TypedMessage();
    }

    void release() {
        if (textBytesMax() > KEPT_TEXT_BYTES_MAX) {
            return; // left to the collector, as is one that finds no slot
        }
        int start = start();
        for (int i = 0; i < SLOTS; i++) {
            if (KEPT.compareAndSet((start + i) % SLOTS, null, this)) {
                return;
            }
        }
    }

    private static int start() {
        return (int) (Thread.currentThread().threadId() % SLOTS);
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
