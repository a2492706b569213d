package parley.shm;

/// A mistake in one of the accesses to a ring with several receivers.
enum SeveralReceiversFault {
    TAKEN_WHATEVER_ANOTHER_DID(Delivery.COMPETING),
    NEXT_IS_NOT_CLEARED(Delivery.COMPETING),
    ROOM_IS_NOT_LOOKED_AFTER(Delivery.COMPETING),
    LEASE_IS_NOT_STORED(Delivery.LEASED),
    LEASE_OF_THE_LAST_RECORD_STAYS(Delivery.LEASED),
    RETURN_IS_NOT_STORED(Delivery.LEASED),
    NEXT_IS_NOT_LOWERED(Delivery.LEASED),
    DONE_IS_NOT_STORED(Delivery.LEASED),
    RELEASED_TOO_FAR(Delivery.LEASED);

    private static final int OWNER_MASK = 0xff;
    private static final int DONE = 0xff;

    private final Delivery delivery;

    SeveralReceiversFault(Delivery delivery) {
        this.delivery = delivery;
    }

    Delivery delivery() {
        return delivery;
    }

    /// Memory in which it is made.
    HeapRingMemory memory(int capacity) {
        return new Faulty(this, capacity);
    }

    private static final class Faulty extends HeapRingMemory {
        private final SeveralReceiversFault fault;
        private final int capacity;

        Faulty(SeveralReceiversFault fault, int capacity) {
            super(SharedRing.bytes(capacity));
            this.fault = fault;
            this.capacity = capacity;
        }

        @Override
        boolean compareAndSetLong(long offset, long expected, long value) {
            if (fault != TAKEN_WHATEVER_ANOTHER_DID) {
                return super.compareAndSetLong(offset, expected, value);
            }
            super.setLong(offset, value);
            return true;
        }

        @Override
        void set(long offset, int value) {
            boolean isLease = offset % Long.BYTES != 0;
            int owner = value & OWNER_MASK;
            boolean isLost =
                    switch (fault) {
                        case NEXT_IS_NOT_CLEARED -> !isLease;
                        case LEASE_IS_NOT_STORED -> isLease && owner != 0 && owner != DONE;
                        case RETURN_IS_NOT_STORED -> isLease && owner == 0;
                        case DONE_IS_NOT_STORED -> isLease && owner == DONE;
                        default -> false;
                    };
            if (!isLost) {
                super.set(offset, value);
            }
        }

        @Override
        void setLongRelease(long offset, long value) {
            if (fault == LEASE_OF_THE_LAST_RECORD_STAYS && offset >= RingLayout.DATA) {
                super.setRelease(offset, (int) value);
            } else if (fault == RELEASED_TOO_FAR && offset == RingLayout.TAKEN_BYTES) {
                super.setLongRelease(offset, value + capacity / 4);
            } else {
                super.setLongRelease(offset, value);
            }
        }

        @Override
        void setLong(long offset, long value) {
            boolean isLower = offset == RingLayout.NEXT && value < getLongAcquire(offset);
            if (fault != NEXT_IS_NOT_LOWERED || !isLower) {
                super.setLong(offset, value);
            }
        }

        @Override
        long getLongAcquire(long offset) {
            boolean isMore = fault == ROOM_IS_NOT_LOOKED_AFTER && offset == RingLayout.TAKEN_BYTES;
            return super.getLongAcquire(offset) + (isMore ? RingLayout.ALIGNMENT : 0);
        }
    }
}
