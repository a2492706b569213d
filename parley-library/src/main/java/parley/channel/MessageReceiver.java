package parley.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import parley.ready.Deadline;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.EventCount;
import parley.shm.Lease;
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
    private final ReceiverEvents events;
    private final Inheritance inheritance;
    private final RoleWait.Attempt leasing = this::leaseOne;
    private final long sendersSeen;
    private int lane; // to look at first
    private int inARow; // from it
    private Optional<Lease> leased = Optional.empty(); // by the lease that goes on
    private boolean isBusy;

    /// @param receiver which one of several it is, from 0 on
    /// @param inheritance gives back what dead ones have, if messages are leased
    MessageReceiver(
            MessageChannel channel, List<RingReceiver> lanes, int receiver, Inheritance inheritance)
            throws IOException {
        var events = channel.receiverEvents();
        super(channel.memory(), events.of(receiver));
        this.channel = channel;
        this.lanes = lanes.toArray(RingReceiver[]::new);
        this.inheritance = inheritance;
        this.rooms = new EventCount[lanes.size()];
        Arrays.setAll(rooms, channel::room);
        this.lane = receiver % lanes.size();
        this.events = events;
        this.sendersSeen = channel.hasSender() || channel.isAnyWaiting() ? -1 : channel.senders();
    }

    /// Gives back what receivers have leased who have died.
    interface Inheritance {
        /// True if there was such a one.
        boolean isAny() throws IOException;
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
        } catch (BadRegionException e) {
            lane = next(at); // the others are as they should be
            throw e;
        } finally {
            isBusy = false;
        }
        return inheritance.isAny() ? tryReceive(into) : Outcome.NOTHING;
    }

    /// A wake that was for this one, who did not take the message after all, is handed on.
    @Override
    int await(RoleWait.Attempt attempt, Deadline deadline)
            throws IOException, InterruptedException {
        int got = Outcome.NOTHING;
        try {
            got = super.await(attempt, deadline);
            return got;
        } finally {
            if (got < 0 && !channel.layout().isToOne() && channel.isAnyWaiting()) {
                events.signalOne();
            }
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
        } finally {
            isBusy = false;
            if (!isDone) { // some were taken, perhaps
                ChannelMemory.signal(rooms[at]);
                lane = next(at);
            }
        }
        return inheritance.isAny() ? tryDrain(handler, limit) : Outcome.NOTHING;
    }

    /// Leases a message, waiting until there is one that nobody has: it is gone once it is
    /// acknowledged. Any thread may end the lease. A lease is a small object of its own.
    ///
    /// @return empty if nobody sends any more, with [WhenAlone#END]
    /// @throws IllegalStateException if the messages of this channel are not leased
    public Optional<Lease> lease() throws IOException, InterruptedException {
        return lease(Deadline.NEVER);
    }

    /// Leases a message, waiting at most `timeout`.
    ///
    /// @return empty if none came in time, or nobody sends any more
    public Optional<Lease> lease(Duration timeout) throws IOException, InterruptedException {
        return lease(Deadline.after(timeout));
    }

    private Optional<Lease> lease(Deadline deadline) throws IOException, InterruptedException {
        if (leaseOne() == Outcome.NOTHING) {
            int _ = await(leasing, deadline);
        }
        return leased;
    }

    private int leaseOne() throws IOException {
        leased = tryLease();
        return leased.isPresent() ? 1 : Outcome.NOTHING;
    }

    /// Leases a message if there is one that nobody has; never waits.
    public Optional<Lease> tryLease() throws IOException {
        begin();
        int at = lane;
        try {
            for (int i = 0; i < lanes.length; i++) {
                var lease = lanes[at].tryLease();
                if (lease.isPresent()) {
                    taken(at, 1);
                    return lease;
                }
                at = next(at);
            }
        } catch (BadRegionException e) {
            lane = next(at); // the others are as they should be
            throw e;
        } finally {
            isBusy = false;
        }
        return inheritance.isAny() ? tryLease() : Optional.empty();
    }

    /// Takes all messages that are there, unread: for who joins late, and wants to have only what
    /// is sent from now on. Not those that others have leased.
    ///
    /// @return how many
    public long discard() throws IOException {
        begin();
        try {
            long count = 0;
            for (int i = 0; i < lanes.length; i++) {
                count += lanes[i].discard();
                ChannelMemory.signal(rooms[i]);
            }
            return count;
        } finally {
            isBusy = false;
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

    /// The sender of a lane may go on.
    private void received(int from, int count) {
        ChannelMemory.signal(rooms[from]);
        taken(from, count);
    }

    /// After many messages of one sender it is another's turn.
    private void taken(int from, int count) {
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
        boolean mayComeBack = channel.layout().isLeased() && channel.isAnyWaiting();
        return !channel.hasSender() && channel.senders() != sendersSeen && !mayComeBack;
    }

    /// Gives the receiving side up; what is in the channel stays there. More calls do nothing.
    @Override
    public void close() {
        RingReceiver.closeAll(Arrays.asList(lanes).reversed()); // the first says that it is free
        channel.memory().forget(this);
    }
}
