package parley.shm;

import java.lang.foreign.MemorySegment;

/// A mistake in one of the accesses to a broadcast ring.
enum BroadcastFault {
    NEXT_IS_NOT_CLEARED(WhenSlow.HOLD_BACK),
    PUBLISHED_BEFORE_IT_IS_WRITTEN(WhenSlow.HOLD_BACK),
    PADDING_IS_NOT_STORED(WhenSlow.HOLD_BACK),
    END_IS_NOT_STORED(WhenSlow.HOLD_BACK),
    COUNTED_AFTER_THE_END(WhenSlow.HOLD_BACK),
    WHO_JOINS_DOES_NOT_LOOK_AGAIN(WhenSlow.HOLD_BACK),
    WHO_HAS_JOINED_IS_NOT_LOOKED_AT(WhenSlow.HOLD_BACK),
    RELEASED_TOO_EARLY(WhenSlow.HOLD_BACK),
    OVERWRITTEN_BEFORE_IT_IS_SAID(WhenSlow.LOSE_OLDEST),
    WHAT_WAS_READ_IS_NOT_JUDGED(WhenSlow.LOSE_OLDEST),
    NUMBER_IS_NOT_STORED(WhenSlow.LOSE_OLDEST);

    private final WhenSlow whenSlow;

    BroadcastFault(WhenSlow whenSlow) {
        this.whenSlow = whenSlow;
    }

    /// Where it does harm.
    WhenSlow whenSlow() {
        return whenSlow;
    }

    /// Memory in which it is made.
    HeapRingMemory memory(long bytes) {
        return new Faulty(this, bytes);
    }

    private static final class Faulty extends HeapRingMemory {
        private final BroadcastFault fault;
        private final BroadcastLayout layout;
        private boolean isJustOverwriting; // since oldest was stored
        private long oldestUnsaid;
        private boolean isOldestUnsaid;
        private long uncounted;

        Faulty(BroadcastFault fault, long bytes) {
            super(bytes);
            this.fault = fault;
            this.layout = BroadcastStates.layout(fault.whenSlow);
        }

        private boolean isData(long offset) {
            return offset >= RingLayout.DATA && offset < RingLayout.DATA + layout.capacity();
        }

        private boolean isPosition(long offset) {
            return offset >= layout.lock(0)
                    && (offset - layout.position(0)) % (layout.lock(1) - layout.lock(0)) == 0;
        }

        @Override
        void begin(long position, long... offsets) {
            super.begin(position, offsets);
            isJustOverwriting = false;
            isOldestUnsaid = false;
        }

        @Override
        void setLong(long offset, long value) {
            if (fault == NEXT_IS_NOT_CLEARED && isData(offset) && value == 0) {
                return;
            }
            if (fault == COUNTED_AFTER_THE_END && offset == BroadcastLayout.SENT) {
                uncounted = value;
                return;
            }
            super.setLong(offset, value);
        }

        @Override
        void setLongRelease(long offset, long value) {
            boolean isPadding = isData(offset) && (int) value < 0;
            if ((fault == PADDING_IS_NOT_STORED && isPadding)
                    || (fault == END_IS_NOT_STORED && offset == BroadcastLayout.SENT_BYTES)) {
                return;
            }
            if (offset == BroadcastLayout.OLDEST_BYTES) {
                isJustOverwriting = true;
                if (fault == OVERWRITTEN_BEFORE_IT_IS_SAID) {
                    oldestUnsaid = value;
                    isOldestUnsaid = true;
                    return;
                }
            }
            if (isData(offset)) {
                isJustOverwriting = false;
            }
            boolean isLess = fault == NUMBER_IS_NOT_STORED && isData(offset);
            boolean isMore = fault == RELEASED_TOO_EARLY && isPosition(offset);
            super.setLong(
                    offset,
                    isLess ? Integer.toUnsignedLong((int) value) : value + (isMore ? 16 : 0));
            if (isOldestUnsaid && isData(offset)) {
                isOldestUnsaid = false;
                super.setLong(BroadcastLayout.OLDEST_BYTES, oldestUnsaid);
            }
            if (fault == COUNTED_AFTER_THE_END && offset == BroadcastLayout.SENT_BYTES) {
                super.setLong(BroadcastLayout.SENT, uncounted);
            }
        }

        @Override
        long getLongAcquire(long offset) {
            if (fault == WHO_HAS_JOINED_IS_NOT_LOOKED_AT
                    && isJustOverwriting
                    && isPosition(offset)) {
                return peekLong(BroadcastLayout.SENT_BYTES); // as if nobody were behind
            }
            boolean isNever =
                    offset == BroadcastLayout.OLDEST_BYTES
                            && (fault == WHO_JOINS_DOES_NOT_LOOK_AGAIN
                                    || fault == WHAT_WAS_READ_IS_NOT_JUDGED);
            long value = super.getLongAcquire(offset);
            return isNever && isAskedAgain() ? value - layout.capacity() : value;
        }

        /// Who asks where to begin is told the truth, and the one who publishes.
        private static boolean isAskedAgain() {
            return StackWalker.getInstance()
                    .walk(frames -> frames.skip(2).findFirst().orElseThrow())
                    .getMethodName()
                    .equals("isOvertaken");
        }

        @Override
        void copyIn(MemorySegment from, long at, long offset, long bytes) {
            if (fault == PUBLISHED_BEFORE_IT_IS_WRITTEN) {
                int word = (int) bytes + RingLayout.HEADER_BYTES;
                super.setLong(
                        offset - RingLayout.HEADER_BYTES,
                        BroadcastLayout.header(word, peekLong(BroadcastLayout.SENT)));
            }
            super.copyIn(from, at, offset, bytes);
        }
    }
}
