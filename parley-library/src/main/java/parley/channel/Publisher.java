package parley.channel;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import parley.ready.Deadline;
import parley.ready.Outcome;
import parley.shm.BroadcastPublisher;
import parley.shm.BroadcastRing;

/// Who publishes in a [Broadcast]. Only where slow subscribers are waited for
/// ([WhenSlow#HOLD_BACK]) can it be full; to publish to nobody succeeds. For one thread at a time,
/// which may be a virtual one; [#close] may be called by any.
public final class Publisher extends SendingSide {
    private final BroadcastRing ring;
    private final BroadcastPublisher side;
    private final long joinedSeen;
    private WhenAlone whenAlone = WhenAlone.WAIT;

    Publisher(ChannelMemory memory, BroadcastRing ring, BroadcastPublisher side) {
        super(memory, side, ring.room(), ring.dropped());
        this.ring = ring;
        this.side = side;
        this.joinedSeen = ring.hasSubscriber() ? -1 : ring.joined().get();
    }

    /// Sets what becomes of a message for which there is no room; else [WhenFull#WAIT].
    ///
    /// @return this
    /// @throws IllegalStateException for [WhenFull#DROP_OLDEST]: that is what a broadcast is made
    ///   with, [WhenSlow#LOSE_OLDEST]
    public Publisher whenFull(WhenFull choice) {
        if (choice == WhenFull.DROP_OLDEST) {
            throw new IllegalStateException("a broadcast is made with it: WhenSlow.LOSE_OLDEST");
        }
        set(choice);
        return this;
    }

    /// Sets what becomes of a message when there is no subscriber. With [WhenAlone#WAIT], as it is
    /// at first, it is published for who begins with the oldest; with [WhenAlone#END] it is refused
    /// (`EPIPE`) once there was a subscriber, and none is left or alive.
    ///
    /// @return this
    public Publisher whenAlone(WhenAlone choice) {
        whenAlone = Objects.requireNonNull(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK].
    ///
    /// @return this
    public Publisher waiting(Waiting choice) {
        set(choice);
        return this;
    }

    /// Waits until there are so many subscribers: they get the next message.
    ///
    /// @return false if there were fewer all the time
    /// @throws InterruptedException if it has to wait, and is interrupted before or meanwhile
    /// @throws ClosedChannelException if closed, meanwhile too
    public boolean awaitSubscribers(int count, Duration timeout)
            throws IOException, InterruptedException {
        RoleWait.Attempt counting =
                () -> {
                    if (!side.isOpen()) {
                        throw new ClosedChannelException();
                    }
                    return ring.subscribers() >= count ? 0 : Outcome.NOTHING;
                };
        return roleWait().await(counting, Deadline.after(timeout)) != Outcome.NOTHING;
    }

    /// Without subscribers there is room.
    @Override
    boolean isAlone() {
        return false;
    }

    @Override
    void requireSomebody() throws IOException {
        if (whenAlone == WhenAlone.END
                && !ring.hasSubscriber()
                && ring.joined().get() != joinedSeen) {
            throw nobody();
        }
    }

    @Override
    void wakeOthers() {
        side.wakeSubscribers();
    }
}
