package parley.ready;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Pool;

/// Native memory through which arrays pass on their way to and from the kernel.
final class HeapBuffer {
    /// What a pipe holds by default.
    static final int BYTES = 64 * 1024;

    private HeapBuffer() {}

    /// That of one stream: one is kept from call to call; a second thread at the same time gets its
    /// own.
    static Pool<MemorySegment> newPool() {
        return new Pool<>(1, () -> Arena.ofAuto().allocate(BYTES));
    }
}
