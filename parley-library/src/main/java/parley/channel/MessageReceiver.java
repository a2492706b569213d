package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import parley.ready.Deadline;
import parley.ready.MessageSource;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.EventCount;
import parley.shm.Lease;
import parley.shm.MessageHandler;
import parley.shm.RingReceiver;

/// Who receives from a [MessageChannel]: the messages of each sender in their order, those of
/// different senders in turn. For one thread at a time, which may be a virtual one; [#close] may be
/// called by any.
public final class MessageReceiver implements MessageSource {
    private static final int IN_A_ROW_MAX = 64; // from one lane while others wait

    private final MessageChannel channel;
    private final RingReceiver[] lanes;
    private final EventCount[] rooms;
    private final ReceiverEvents events;
    private final Inheritance inheritance;
    private final RoleWait wait;
    private final RoleWait.Attempt receiving = this::receiveOne;
    private final RoleWait.Attempt draining = this::drainSome;
    private final RoleWait.Attempt leasing = this::leaseOne;
    private final MessageHandler copying = this::copy;
    private final RoleWait.Attempt allocating = this::receiveCopy;
    private WhenAlone whenAlone = WhenAlone.WAIT;
    private long sendersSeen;
    private int lane; // to look at first
    private int inARow; // from it
    private MemorySegment into = MemorySegment.NULL; // of the receive that goes on
    private MessageHandler handler = (memory, offset, bytes) -> false; // of the drain that does
    private int limit;
    private byte[] copy = new byte[0];
    private Optional<Lease> leased = Optional.empty(); // by the lease that goes on
    private boolean isBusy;

    /// @param receiver which one of several it is, from 0 on
    /// @param inheritance gives back what dead ones have, if messages are leased
    MessageReceiver(
            MessageChannel channel, List<RingReceiver> lanes, int receiver, Inheritance inheritance)
            throws IOException {
        this.channel = channel;
        this.lanes = lanes.toArray(RingReceiver[]::new);
        this.inheritance = inheritance;
        this.rooms = new EventCount[lanes.size()];
        Arrays.setAll(rooms, channel::room);
        this.lane = receiver % lanes.size();
        this.events = channel.receiverEvents();
        this.wait =
                new RoleWait(
                        events.of(receiver),
                        this::isAlone,
                        this.lanes[0]::isOpen,
                        channel.memory()::requireWhole);
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
        whenAlone = Objects.requireNonNull(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK].
    ///
    /// @return this
    public MessageReceiver waiting(Waiting choice) {
        wait.set(choice);
        return this;
    }

    /// Receives a message, waiting until there is one.
    ///
    /// @return its length in bytes; [Outcome#END] if nobody sends any more, with [WhenAlone#END]
    /// @throws parley.os.OsException `EMSGSIZE` if `into` is too small for it; it stays
    /// @throws parley.shm.BadRegionException if what is there cannot be a message
    /// @throws InterruptedException if it has to wait, and is interrupted before or meanwhile
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    @Override
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        int got = tryReceive(into);
        return got == Outcome.NOTHING ? await(into, Deadline.NEVER) : got;
    }

    /// Receives a message if there is one; never waits.
    ///
    /// @return its length in bytes, or [Outcome#NOTHING]
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

    /// Receives a message, waiting at most `timeout`.
    ///
    /// @return its length in bytes; [Outcome#NOTHING] if none came in time, [Outcome#END] if nobody
    ///   sends any more, with [WhenAlone#END]
    @Override
    public int receive(MemorySegment into, Duration timeout)
            throws IOException, InterruptedException {
        int got = tryReceive(into);
        return got == Outcome.NOTHING ? await(into, Deadline.after(timeout)) : got;
    }

    /// Receives a message as an array of its own, waiting until there is one.
    ///
    /// @return empty if nobody sends any more, with [WhenAlone#END]
    public Optional<byte[]> receive() throws IOException, InterruptedException {
        return receive(Deadline.NEVER);
    }

    /// Receives a message as an array of its own, waiting at most `timeout`.
    ///
    /// @return empty if none came in time, or nobody sends any more
    public Optional<byte[]> receive(Duration timeout) throws IOException, InterruptedException {
        return receive(Deadline.after(timeout));
    }

    private Optional<byte[]> receive(Deadline deadline) throws IOException, InterruptedException {
        int taken = receiveCopy();
        return copied(taken == Outcome.NOTHING ? await(allocating, deadline) : taken);
    }

    /// Receives a message as an array of its own, if there is one; never waits.
    public Optional<byte[]> tryReceive() throws IOException {
        return copied(receiveCopy());
    }

    private int await(MemorySegment memory, Deadline deadline)
            throws IOException, InterruptedException {
        into = memory;
        try {
            return await(receiving, deadline);
        } finally {
            into = MemorySegment.NULL;
        }
    }

    /// A wake that was for this one, who did not take the message after all, is handed on.
    private int await(RoleWait.Attempt attempt, Deadline deadline)
            throws IOException, InterruptedException {
        int got = Outcome.NOTHING;
        try {
            got = wait.await(attempt, deadline);
            return got;
        } finally {
            if (got < 0 && !channel.layout().isToOne() && channel.isAnyWaiting()) {
                events.signalOne();
            }
        }
    }

    private int receiveOne() throws IOException {
        return tryReceive(into);
    }

    private int receiveCopy() throws IOException {
        return tryDrain(copying, 1);
    }

    private boolean copy(MemorySegment memory, long offset, int bytes) {
        copy = memory.asSlice(offset, bytes).toArray(JAVA_BYTE);
        return true;
    }

    private Optional<byte[]> copied(int taken) {
        return taken < 1 ? Optional.empty() : Optional.of(copy);
    }

    /// Has messages that are there read where they lie, without a copy, and as many as there are
    /// for the price of little more than one; waits until there is one.
    ///
    /// A message is taken when the handler has returned true, or thrown. Of a process that is
    /// killed while it handles a message, another gets that message again.
    ///
    /// @param limit how many at most
    /// @return how many were taken; 0 if the handler left the first where it is; [Outcome#END] if
    ///   nobody sends any more, with [WhenAlone#END]
    public int drain(MessageHandler handler, int limit) throws IOException, InterruptedException {
        return drain(handler, limit, Deadline.NEVER);
    }

    /// The same, waiting at most `timeout`.
    ///
    /// @return as [#drain(MessageHandler, int)], and [Outcome#NOTHING] if none came in time
    public int drain(MessageHandler handler, int limit, Duration timeout)
            throws IOException, InterruptedException {
        return drain(handler, limit, Deadline.after(timeout));
    }

    private int drain(MessageHandler handler, int limit, Deadline deadline)
            throws IOException, InterruptedException {
        int taken = tryDrain(handler, limit);
        if (taken != Outcome.NOTHING) {
            return taken;
        }
        this.handler = handler;
        this.limit = limit;
        return await(draining, deadline);
    }

    /// The same for messages that are there; never waits.
    ///
    /// @return how many were taken, 0 if the handler left the first; [Outcome#NOTHING] if there is
    ///   none
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

    private int drainSome() throws IOException {
        return tryDrain(handler, limit);
    }

    /// The sender of a lane may go on.
    private void received(int from, int count) {
        ChannelMemory.signal(rooms[from]);
        taken(from, count);
    }

    /// After many messages of one sender it is another's turn.
    private void taken(int from, int count) {
        wait.succeeded(count);
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

    private boolean isAlone() {
        if (whenAlone == WhenAlone.WAIT || channel.hasSender()) {
            return false;
        }
        boolean mayComeBack = channel.layout().isLeased() && channel.isAnyWaiting();
        return channel.senders() != sendersSeen && !mayComeBack;
    }

    /// Gives the receiving side up; what is in the channel stays there. More calls do nothing.
    @Override
    public void close() {
        RingReceiver.closeAll(Arrays.asList(lanes).reversed()); // the first says that it is free
        channel.memory().forget(this);
    }
}
