package parley.shm;

import java.lang.foreign.MemorySegment;

/// A mistake in one of the accesses to a ring of bytes.
enum ByteRingFault {
    PUBLISHED_BEFORE_IT_IS_WRITTEN,
    TAKEN_BEFORE_IT_IS_READ,
    WRITTEN_IS_NOT_STORED,
    READ_IS_NOT_STORED,
    SECOND_PIECE_IS_NOT_COPIED,
    ROOM_IS_NOT_LOOKED_AFTER;

    /// Memory in which it is made.
    HeapRingMemory memory(int capacity) {
        return new Faulty(this, capacity);
    }

    private static final class Faulty extends HeapRingMemory {
        private final ByteRingFault fault;

        Faulty(ByteRingFault fault, int capacity) {
            super(SharedByteRing.bytes(capacity));
            this.fault = fault;
        }

        @Override
        void copyIn(MemorySegment from, long at, long offset, long bytes) {
            if (fault == PUBLISHED_BEFORE_IT_IS_WRITTEN) {
                long written = peekLong(RingLayout.SENT_BYTES);
                super.setLongRelease(RingLayout.SENT_BYTES, written + bytes);
            }
            if (fault != SECOND_PIECE_IS_NOT_COPIED || at == 0) {
                super.copyIn(from, at, offset, bytes);
            }
        }

        @Override
        void copyOut(long offset, MemorySegment into, long at, long bytes) {
            if (fault == TAKEN_BEFORE_IT_IS_READ) {
                super.setLongRelease(
                        RingLayout.TAKEN_BYTES, peekLong(RingLayout.TAKEN_BYTES) + bytes);
            }
            super.copyOut(offset, into, at, bytes);
        }

        @Override
        long getLongAcquire(long offset) {
            boolean isMore = fault == ROOM_IS_NOT_LOOKED_AFTER && offset == RingLayout.TAKEN_BYTES;
            return super.getLongAcquire(offset) + (isMore ? 1 : 0);
        }

        @Override
        void setLongRelease(long offset, long value) {
            boolean isLost =
                    switch (fault) {
                        case WRITTEN_IS_NOT_STORED -> offset == RingLayout.SENT_BYTES;
                        case READ_IS_NOT_STORED -> offset == RingLayout.TAKEN_BYTES;
                        default -> false;
                    };
            if (!isLost) {
                super.setLongRelease(offset, value);
            }
        }
    }
}
