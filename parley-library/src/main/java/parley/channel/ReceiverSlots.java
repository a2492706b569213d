package parley.channel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import parley.shm.NotRecoverableException;
import parley.shm.RingReceiver;
import parley.shm.SharedMutex;
import parley.shm.SharedMutex.Acquired;
import parley.shm.SharedRegion.Participant;

/// The places of the receivers of a channel of several: each has a lock while its receiver lives.
/// Whoever has a dead one's lock gives his leases back. The locks' handles are for one receiver.
final class ReceiverSlots {
    private final List<SharedMutex> locks = new ArrayList<>();
    private final boolean isLeased;

    ReceiverSlots(ChannelMemory memory, ChannelLayout layout) {
        isLeased = layout.isLeased();
        for (int receiver = 0; receiver < layout.receivers(); receiver++) {
            locks.add(memory.mutex(layout.receiver(receiver)));
        }
    }

    /// A place that is ours.
    ///
    /// @param index from 0 on
    /// @param hadDied true if it was one's who has died
    record Taken(int index, SharedMutex lock, boolean hadDied) {
        /// What the rings know it by.
        int number() {
            return index + 1;
        }

        /// Has all rings give back what a dead one had; then he is forgotten.
        void inherit(List<RingReceiver> rings) throws IOException {
            if (!hadDied) {
                return;
            }
            try {
                for (var ring : rings) {
                    ring.giveBackAll(number());
                }
            } finally {
                lock.markConsistent(); // of a damaged ring nobody gets anything anyhow
            }
        }

        /// Gives the place up.
        void leave() {
            try {
                lock.unlock();
            } catch (IllegalMonitorStateException | IllegalStateException _) {
                // Taken away by who stores nonsense, or the region is closed: it is not ours.
            }
        }
    }

    /// Takes a place that nobody has who is alive.
    Optional<Taken> tryTake() {
        for (int index = 0; index < locks.size(); index++) {
            var taken = tryTake(index);
            if (taken.isPresent()) {
                return taken;
            }
        }
        return Optional.empty();
    }

    private Optional<Taken> tryTake(int index) {
        var lock = locks.get(index);
        try {
            return lock.tryLock().map(acquired -> taken(index, lock, acquired));
        } catch (NotRecoverableException _) {
            return Optional.empty(); // somebody has stored nonsense into it
        }
    }

    private Taken taken(int index, SharedMutex lock, Acquired acquired) {
        boolean hadDied = acquired == Acquired.OWNER_DIED;
        if (hadDied && !isLeased) {
            lock.markConsistent(); // he had nothing
        }
        return new Taken(index, lock, hadDied && isLeased);
    }

    /// Gives back what receivers have leased who have died since.
    ///
    /// @param rings of one who is alive
    /// @return true if there was such a one
    boolean inheritFromTheDead(List<RingReceiver> rings) throws IOException {
        boolean isAnyDead = false;
        for (int index = 0; index < locks.size(); index++) {
            if (locks.get(index).hasOwnerDied()) {
                var dead = tryTake(index);
                if (dead.isPresent()) {
                    try {
                        dead.get().inherit(rings);
                    } finally {
                        dead.get().leave();
                    }
                    isAnyDead = true;
                }
            }
        }
        return isAnyDead;
    }

    /// True while somebody alive has one.
    boolean isAnyHeld() {
        return locks.stream().anyMatch(SharedMutex::isHeld);
    }

    /// The alive ones who have one.
    List<Participant> holders() {
        return locks.stream().flatMap(lock -> lock.holder().stream()).toList();
    }
}
