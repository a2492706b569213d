package parley.ready;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;

/// Native memory through which arrays pass on their way to and from the kernel: kept from call to
/// call; a second thread at the same time gets its own.
final class HeapBuffer {
    /// What a pipe holds by default.
    static final int BYTES = 64 * 1024;

    private final AtomicReference<MemorySegment> kept = new AtomicReference<>();

    MemorySegment acquire() {
        var segment = kept.getAndSet(null);
        return segment != null ? segment : Arena.ofAuto().allocate(BYTES);
    }

    void release(MemorySegment segment) {
        kept.set(segment);
    }
}
