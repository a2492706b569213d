package parley.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import parley.ready.Outcome;
import parley.shm.BroadcastRing;
import parley.shm.BroadcastSubscriber;
import parley.shm.EventCount;
import parley.shm.MessageHandler;
import parley.shm.OvertakenException;
import parley.shm.WhenSlow;

/// Who receives all that is published in a [Broadcast]. For one thread at a time, which may be a
/// virtual one; [#close] may be called by any.
///
/// With [WhenSlow#HOLD_BACK] a handler reads messages where they lie, else in a copy that nobody
/// overwrites. With [WhenSlow#LOSE_OLDEST] look at [#lost] after receiving. With [WhenSlow#DROP]
/// each form of receiving may throw an [OvertakenException], once; then it is closed.
public final class Subscriber extends ReceivingSide {
    private final ChannelMemory memory;
    private final BroadcastRing ring;
    private final BroadcastSubscriber side;
    private final EventCount room;
    private final boolean isWaitedFor;
    private final long publishersSeen;
    private volatile boolean isOvertaken;

    Subscriber(
            ChannelMemory memory, BroadcastRing ring, BroadcastSubscriber side, WhenSlow whenSlow) {
        super(memory, ring.event(side.slot()));
        this.memory = memory;
        this.ring = ring;
        this.side = side;
        this.room = ring.room();
        this.isWaitedFor = whenSlow == WhenSlow.HOLD_BACK;
        this.publishersSeen =
                ring.hasPublisher() || bytesBehind() > 0 ? -1 : ring.publishers().get();
    }

    /// Sets what a wait for messages does when nobody publishes any more; else [WhenAlone#WAIT].
    ///
    /// @return this
    public Subscriber whenAlone(WhenAlone choice) {
        set(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK].
    ///
    /// @return this
    public Subscriber waiting(Waiting choice) {
        set(choice);
        return this;
    }

    @Override
    public int tryReceive(MemorySegment into) throws IOException {
        try {
            int got = side.tryReceive(into);
            if (got != Outcome.NOTHING) {
                succeeded(1);
                roomIsLeft();
            }
            return got;
        } catch (OvertakenException e) {
            throw ended(e);
        }
    }

    @Override
    public int tryDrain(MessageHandler handler, int limit) throws IOException {
        boolean isLooked = false;
        try {
            int taken = side.drain(handler, limit);
            isLooked = taken == Outcome.NOTHING;
            if (!isLooked) {
                succeeded(taken);
            }
            return taken;
        } catch (OvertakenException e) {
            throw ended(e);
        } finally {
            if (!isLooked) { // some were taken, perhaps
                roomIsLeft();
            }
        }
    }

    private void roomIsLeft() {
        if (isWaitedFor) {
            ChannelMemory.signal(room);
        }
    }

    private OvertakenException ended(OvertakenException e) {
        isOvertaken = true;
        memory.forget(this);
        return e;
    }

    /// Who was overtaken is told that, and not that he was closed.
    @Override
    boolean isOpen() {
        return isOvertaken || side.isOpen();
    }

    @Override
    boolean isLeft() {
        return !ring.hasPublisher() && ring.publishers().get() != publishersSeen;
    }

    /// How many messages were overwritten before this one had received them.
    public long lost() {
        return side.lost();
    }

    /// How much of what was published is not received yet: bytes, with the 8 or more before each
    /// message.
    public long bytesBehind() {
        return ring.bytesBehind(side.slot());
    }

    /// Which place it is in [Broadcast.Status#places].
    public int place() {
        return side.slot();
    }

    /// Gives the subscription up. More calls do nothing.
    @Override
    public void close() {
        side.close();
        memory.forget(this);
    }
}
