package parley.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.EventCount;
import parley.shm.MessageHandler;
import parley.shm.RingReceiver;

/// Who receives from a [MessageChannel]: the messages of each sender in their order, those of
/// different senders in turn. For one thread at a time, which may be a virtual one; [#close] may be
/// called by any.
///
/// A handler reads messages where they lie, without a copy. Of a process that is killed while it
/// handles a message, another gets that message again.
public final class MessageReceiver extends ReceivingSide {
    private static final int IN_A_ROW_MAX = 64; // from one lane while others wait

    private final MessageChannel channel;
    private final RingReceiver[] lanes;
    private final EventCount[] rooms;
    private final long sendersSeen;
    private int lane; // to look at first
    private int inARow; // from it
    private boolean isBusy;

    MessageReceiver(MessageChannel channel, List<RingReceiver> lanes, List<EventCount> rooms)
            throws IOException {
        super(channel.memory(), channel.messages());
        this.channel = channel;
        this.lanes = lanes.toArray(RingReceiver[]::new);
        this.rooms = rooms.toArray(EventCount[]::new);
        this.sendersSeen = channel.hasSender() || channel.isAnyWaiting() ? -1 : channel.senders();
    }

    /// Sets what a wait for messages does when nobody sends any more; else [WhenAlone#WAIT].
    ///
    /// @return this
    public MessageReceiver whenAlone(WhenAlone choice) {
        set(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK].
    ///
    /// @return this
    public MessageReceiver waiting(Waiting choice) {
        set(choice);
        return this;
    }

    @Override
    public int tryReceive(MemorySegment into) throws IOException {
        begin();
        int at = lane;
        try {
            for (int i = 0; i < lanes.length; i++) {
                int got = lanes[at].tryReceive(into);
                if (got != Outcome.NOTHING) {
                    received(at, 1);
                    return got;
                }
                at = next(at);
            }
            return Outcome.NOTHING;
        } catch (BadRegionException e) {
            lane = next(at); // the others are as they should be
            throw e;
        } finally {
            isBusy = false;
        }
    }

    @Override
    public int tryDrain(MessageHandler handler, int limit) throws IOException {
        int most = lanes.length == 1 ? limit : Math.min(limit, IN_A_ROW_MAX);
        begin();
        int at = lane;
        boolean isDone = false;
        try {
            for (int i = 0; i < lanes.length; i++) {
                int taken = lanes[at].drain(handler, most);
                if (taken != Outcome.NOTHING) {
                    received(at, taken);
                    isDone = true;
                    return taken;
                }
                at = next(at);
            }
            isDone = true;
            return Outcome.NOTHING;
        } finally {
            isBusy = false;
            if (!isDone) { // some were taken, perhaps
                ChannelMemory.signal(rooms[at]);
                lane = next(at);
            }
        }
    }

    private int next(int from) {
        return from + 1 == lanes.length ? 0 : from + 1;
    }

    private void begin() {
        if (isBusy) {
            throw new IllegalStateException("in use: by another thread, or by who calls this");
        }
        isBusy = true;
    }

    /// The sender of a lane may go on, and after many messages of one it is another's turn.
    private void received(int from, int count) {
        ChannelMemory.signal(rooms[from]);
        succeeded(count);
        if (from != lane) {
            lane = from;
            inARow = 0;
        }
        inARow += count;
        if (inARow >= IN_A_ROW_MAX) {
            lane = next(from);
            inARow = 0;
        }
    }

    @Override
    boolean isOpen() {
        return lanes[0].isOpen();
    }

    @Override
    boolean isLeft() {
        return !channel.hasSender() && channel.senders() != sendersSeen;
    }

    /// Gives the receiving side up; what is in the channel stays there. More calls do nothing.
    @Override
    public void close() {
        RingReceiver.closeAll(Arrays.asList(lanes).reversed()); // the first says that it is free
        channel.memory().forget(this);
    }
}
