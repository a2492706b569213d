package parley.shm;

/// The publisher's side of a [BroadcastRing], as long as it is open. Publishing to nobody succeeds;
/// the ring is full only where somebody is waited for ([WhenSlow#HOLD_BACK]).
public final class BroadcastPublisher extends RingSender {
    private final BroadcastRing ring;
    private final BroadcastWriter writer;

    BroadcastPublisher(BroadcastRing ring, Place place, BroadcastWriter writer, RingUse use) {
        super(place, writer, use);
        this.ring = ring;
        this.writer = writer;
    }

    /// Wakes subscribers who wait on their [BroadcastRing#event]. After a message while nobody
    /// sleeps, or is about to, it is nothing but a look at what was seen then.
    public void wakeSubscribers() {
        if (writer.mayAnyWait()) {
            ring.wakeSubscribers();
        }
    }
}
