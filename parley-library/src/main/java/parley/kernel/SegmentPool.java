package parley.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;

/// Small native memory for the length of one call, without an allocation.
///
/// A platform thread has one segment for life. A virtual thread would keep one for life too, of
/// which there may be millions; it borrows one. More cannot be lent than carriers are in a call at
/// once.
final class SegmentPool {
    private static final int SLOTS = 64;

    private final ThreadLocal<MemorySegment> own;
    private final Pool<MemorySegment> lent;

    SegmentPool(MemoryLayout layout) {
        this.own = ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(layout));
        this.lent = new Pool<>(SLOTS, () -> Arena.ofAuto().allocate(layout));
    }

    /// A segment that nobody else uses until [#release]; its content is undefined.
    MemorySegment acquire() {
        return Thread.currentThread().isVirtual() ? lent.acquire() : own.get();
    }

    void release(MemorySegment segment) {
        if (Thread.currentThread().isVirtual()) {
            lent.release(segment);
        }
    }
}
