package parley.shm;

import java.nio.channels.ClosedChannelException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// All uses of one region's memory by its address: it is unmapped when the last has ended.
final class RingUses {
    private final Set<RingUse> uses = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Truncation truncation;
    private final Runnable whenLastHasEnded;
    private boolean isClosed;
    private boolean isLeftToTheLast; // who uses it

    /// @param whenLastHasEnded only if that is after [#close]
    RingUses(Truncation truncation, Runnable whenLastHasEnded) {
        this.truncation = truncation;
        this.whenLastHasEnded = whenLastHasEnded;
    }

    /// @param end before it is taken off the list
    RingUse open(Runnable end) throws ClosedChannelException {
        var ended = new RingUse[1];
        ended[0] =
                new RingUse(
                        () -> {
                            try {
                                end.run();
                            } finally {
                                ended(ended[0]);
                            }
                        },
                        truncation::closed);
        synchronized (this) {
            if (isClosed || truncation.isKnown()) {
                throw truncation.closed();
            }
            uses.add(ended[0]);
        }
        return ended[0];
    }

    /// As [Truncation#failed].
    RegionTruncatedException failed(IllegalStateException e) {
        return truncation.failed(e);
    }

    private void ended(RingUse use) {
        boolean isLast;
        synchronized (this) {
            uses.remove(use);
            isLast = isLeftToTheLast && uses.isEmpty();
        }
        if (isLast) {
            whenLastHasEnded.run();
        }
    }

    /// Refuses further uses once it is known that the region was shortened; the memory stays.
    void refuse() {
        synchronized (this) {
            uses.forEach(RingUse::refuse);
        }
    }

    /// Refuses further uses. Does not wait for those that go on: the last does the rest.
    ///
    /// @return true if there is none, and the rest is the caller's
    boolean close() {
        List<RingUse> all;
        synchronized (this) {
            isClosed = true;
            all = List.copyOf(uses);
        }
        RingUse.closeAll(all);
        synchronized (this) {
            isLeftToTheLast = !uses.isEmpty();
            return uses.isEmpty();
        }
    }
}
