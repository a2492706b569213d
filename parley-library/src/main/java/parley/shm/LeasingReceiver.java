package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import parley.ready.Outcome;
import parley.shm.SharedMutex.Acquired;

/// One of those to whom the messages of a ring are leased: [Delivery#LEASED]. Leases may be ended
/// by any thread.
final class LeasingReceiver extends RingReceiver {
    private final RingLeases leases;
    private final SharedMutex lock; // of the ring; a few stores long
    private final int owner;
    private final WhenLeaseEnds whenLeaseEnds;

    LeasingReceiver(
            SharedRing ring,
            RingLeases leases,
            SharedMutex lock,
            int owner,
            WhenLeaseEnds whenLeaseEnds,
            RingUse use) {
        super(ring, use);
        this.leases = leases;
        this.lock = lock;
        this.owner = owner;
        this.whenLeaseEnds = whenLeaseEnds;
    }

    private interface Locked<T> {
        T now() throws IOException;
    }

    private synchronized <T> T locked(Locked<T> task) throws IOException {
        use.enter();
        try {
            return locked(lock, task);
        } catch (IllegalStateException e) {
            throw ring.failed(e);
        } finally {
            use.exit();
        }
    }

    private static <T> T locked(SharedMutex lock, Locked<T> task) throws IOException {
        if (lockWithoutInterruption(lock) == Acquired.OWNER_DIED) {
            lock.markConsistent(); // all is right after every store
        }
        try {
            return task.now();
        } finally {
            lock.unlock();
        }
    }

    /// An interrupt is for the wait for a message, and not for that of a few stores.
    private static Acquired lockWithoutInterruption(SharedMutex lock) throws IOException {
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    return lock.lock();
                } catch (InterruptedException _) {
                    isInterrupted = true;
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Gives back all that one has, who is about to leave.
    static void leave(SharedMutex lock, RingLeases leases, int owner) throws IOException {
        boolean _ = locked(lock, () -> leases.giveBackAll(owner));
    }

    @Override
    public void giveBackAll(int dead) throws IOException {
        boolean _ = locked(() -> leases.giveBackAll(dead));
    }

    @Override
    public long discard() throws IOException {
        return locked(() -> leases.discard(owner));
    }

    @Override
    public Optional<Lease> tryLease() throws IOException {
        return locked(() -> {
            long position = leases.lease(owner);
            return position == RingLeases.NONE ? Optional.empty() : Optional.of(lease(position));
        });
    }

    private Lease lease(long position) {
        long offset = ring.inData(leases.payload(position));
        return new Lease(this, position, offset, leases.bytes(), leases.times(position));
    }

    void acknowledge(long position) throws IOException {
        end(() -> leases.acknowledge(position, owner), true);
    }

    void giveBack(long position) throws IOException {
        end(() -> leases.giveBack(position, owner), false);
    }

    private void end(Locked<Boolean> ending, boolean isDone) throws IOException {
        if (!locked(ending)) {
            throw new IllegalStateException("the lease was taken away");
        }
        whenLeaseEnds.ended(isDone);
    }

    @Override
    public int tryReceive(MemorySegment into) throws IOException {
        var leased = tryLease();
        if (leased.isEmpty()) {
            return Outcome.NOTHING;
        }
        try (var lease = leased.get()) {
            if (lease.bytes() > into.byteSize()) {
                throw tooSmall(into.byteSize(), lease.bytes());
            }
            MemorySegment.copy(lease.memory(), lease.offset(), into, 0, lease.bytes());
            lease.acknowledge();
            return lease.bytes();
        }
    }

    @Override
    public int drain(MessageHandler handler, int limit) throws IOException {
        int taken = 0;
        while (taken < limit) {
            var leased = tryLease();
            if (leased.isEmpty()) {
                return taken == 0 ? Outcome.NOTHING : taken;
            }
            if (!isHandled(handler, leased.get())) {
                break;
            }
            taken++;
        }
        return taken;
    }

    private static boolean isHandled(MessageHandler handler, Lease lease) throws IOException {
        boolean isDone = true;
        try {
            isDone = handler.handle(lease.memory(), lease.offset(), lease.bytes());
        } finally {
            if (isDone) {
                lease.acknowledge();
            } else {
                lease.close();
            }
        }
        return isDone;
    }
}
