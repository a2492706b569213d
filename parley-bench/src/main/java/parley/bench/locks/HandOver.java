package parley.bench.locks;

import java.util.List;
import parley.bench.trips.Link;
import parley.shm.SharedMutex;

/// Of three locks each side has one or two, and waits for the one that the other has: each
/// acquisition is of a lock that the other gives back just then.
final class HandOver implements Link {
    private final List<SharedMutex> locks;
    private int held; // the one to give back next
    private int wanted;

    private HandOver(List<SharedMutex> locks, int held, int wanted) {
        this.locks = locks;
        this.held = held;
        this.wanted = wanted;
    }

    /// The first side has two of them when the other comes.
    static HandOver join(LockMemory memory, boolean isFirst) throws Exception {
        var locks = memory.ring();
        if (isFirst) {
            var _ = locks.get(0).lock();
            var _ = locks.get(1).lock();
            memory.isMade().set(1);
            return new HandOver(locks, 0, 2);
        }
        Contended.awaitValue(memory.isMade(), 1);
        var _ = locks.get(2).lock();
        return new HandOver(locks, 2, 0);
    }

    @Override
    public void send() {
        locks.get(held).unlock();
        held = (held + 1) % locks.size();
    }

    @Override
    public void receive() throws Exception {
        if (locks.get(wanted).lock() == SharedMutex.Acquired.OWNER_DIED) {
            Runtime.getRuntime().halt(0); // the first process ends both
        }
        wanted = (wanted + 1) % locks.size();
    }
}
