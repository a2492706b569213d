package parley.shm;

import java.lang.foreign.MemorySegment;

/// A mistake in one of the accesses to a ring.
enum RingFault {
    NEXT_IS_NOT_CLEARED,
    PUBLISHED_BEFORE_IT_IS_WRITTEN,
    TAKEN_IS_NOT_STORED,
    CLEARED_TOO_FAR,
    RELEASED_TOO_EARLY,
    PADDING_IS_NOT_STORED,
    ROOM_IS_NOT_LOOKED_AFTER;

    /// Memory in which it is made.
    HeapRingMemory memory(int capacity) {
        return new Faulty(this, capacity);
    }

    private static final class Faulty extends HeapRingMemory {
        private final RingFault fault;
        private final int capacity;

        Faulty(RingFault fault, int capacity) {
            super(SharedRing.bytes(capacity));
            this.fault = fault;
            this.capacity = capacity;
        }

        @Override
        void set(long offset, int value) {
            if (fault != NEXT_IS_NOT_CLEARED || value != 0) {
                super.set(offset, value);
            }
        }

        @Override
        void setRelease(long offset, int value) {
            if (fault != PADDING_IS_NOT_STORED || value >= 0) {
                super.setRelease(offset, value);
            }
        }

        @Override
        void copyIn(MemorySegment from, long at, long offset, long bytes) {
            if (fault == PUBLISHED_BEFORE_IT_IS_WRITTEN) {
                super.setRelease(
                        offset - RingLayout.HEADER_BYTES, (int) bytes + RingLayout.HEADER_BYTES);
            }
            super.copyIn(from, at, offset, bytes);
        }

        @Override
        long getLongAcquire(long offset) {
            boolean isMore =
                    fault == ROOM_IS_NOT_LOOKED_AFTER && offset == RingLayout.RELEASED_BYTES;
            return super.getLongAcquire(offset) + (isMore ? RingLayout.ALIGNMENT : 0);
        }

        @Override
        void setLongRelease(long offset, long value) {
            if (fault == RELEASED_TOO_EARLY && offset == RingLayout.TAKEN_BYTES) {
                super.setLongRelease(RingLayout.RELEASED_BYTES, value);
            }
            if (fault != TAKEN_IS_NOT_STORED || offset != RingLayout.TAKEN_BYTES) {
                super.setLongRelease(offset, value);
            }
        }

        @Override
        void clear(long offset, long bytes) {
            long end = RingLayout.DATA + capacity;
            boolean isMore = fault == CLEARED_TOO_FAR && offset + bytes < end;
            super.clear(offset, bytes + (isMore ? RingLayout.ALIGNMENT : 0));
        }
    }
}
