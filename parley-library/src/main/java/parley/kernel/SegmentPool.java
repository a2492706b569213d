package parley.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Small native memory for the length of one call, without an allocation.
///
/// A platform thread has one segment for life. A virtual thread would keep one for life too, of
/// which there may be millions; it borrows one. More cannot be lent than carriers are in a call at
/// once; one that finds no slot when it comes back is left to the collector.
final class SegmentPool {
    private static final int SLOTS = 64;

    private final MemoryLayout layout;
    private final ThreadLocal<MemorySegment> own;
    private final AtomicReferenceArray<MemorySegment> lent = new AtomicReferenceArray<>(SLOTS);

    SegmentPool(MemoryLayout layout) {
        this.layout = layout;
        this.own = ThreadLocal.withInitial(this::allocate);
    }

    /// A segment that nobody else uses until [#release]; its content is undefined.
    MemorySegment acquire() {
        if (!Thread.currentThread().isVirtual()) {
            return own.get();
        }
        int start = start();
        for (int i = 0; i < SLOTS; i++) {
            var segment = lent.getAndSet((start + i) % SLOTS, null);
            if (segment != null) {
                return segment;
            }
        }
        return allocate();
    }

    void release(MemorySegment segment) {
        if (!Thread.currentThread().isVirtual()) {
            return;
        }
        int start = start();
        for (int i = 0; i < SLOTS; i++) {
            if (lent.compareAndSet((start + i) % SLOTS, null, segment)) {
                return;
            }
        }
    }

    private MemorySegment allocate() {
        return Arena.ofAuto().allocate(layout);
    }

    private static int start() {
        return (int) (Thread.currentThread().threadId() % SLOTS);
    }
}
