package parley.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.MessageSink;
import parley.ready.Outcome;
import parley.shm.RingSender;
import parley.shm.SharedCounter;

/// Who sends into a [MessageChannel], by a lane of his own; his messages stay in order. For one
/// thread at a time, which may be a virtual one; [#close] may be called by any.
public final class MessageSender implements MessageSink {
    private static final int SENT = 0;

    private final MessageChannel channel;
    private final int lane;
    private final RingSender ring;
    private final ReceiverEvents receivers;
    private final SharedCounter dropped;
    private final RoleWait wait;
    private final RoleWait.Attempt sending = this::sendOne;
    private final RoleWait.Attempt borrowing = this::borrowOne;
    private final Loan loan = new Loan();
    private final Optional<Loan> borrowed = Optional.of(loan);
    private WhenFull whenFull = WhenFull.WAIT;
    private WhenAlone whenAlone = WhenAlone.WAIT;
    private boolean hadReceiver;
    private MemorySegment message = MemorySegment.NULL; // that waits for room

    MessageSender(MessageChannel channel, int lane, RingSender ring) {
        this.channel = channel;
        this.lane = lane;
        this.ring = ring;
        this.receivers = channel.receiverEvents();
        this.dropped = channel.dropped(lane);
        this.wait =
                new RoleWait(
                        channel.room(lane),
                        this::isAlone,
                        ring::isOpen,
                        channel.memory()::requireWhole);
    }

    /// Sets what becomes of a message for which there is no room; else [WhenFull#WAIT].
    ///
    /// @return this
    /// @throws IllegalStateException if that cannot be in this channel
    public MessageSender whenFull(WhenFull choice) {
        if (choice == WhenFull.DROP_OLDEST && !channel.isCompeting()) {
            throw new IllegalStateException("not where one reads messages where they lie");
        }
        whenFull = Objects.requireNonNull(choice);
        return this;
    }

    /// Sets what a wait for room does when nobody receives any more; else [WhenAlone#WAIT].
    ///
    /// @return this
    public MessageSender whenAlone(WhenAlone choice) {
        whenAlone = Objects.requireNonNull(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK].
    ///
    /// @return this
    public MessageSender waiting(Waiting choice) {
        wait.set(choice);
        return this;
    }

    /// Sends a message; if there is no room, what [#whenFull(WhenFull)] says.
    ///
    /// @param message all of it, at most [MessageChannel#messageBytesMax] bytes
    /// @throws OsException `EMSGSIZE` if it is too long; `EAGAIN` if it is refused
    /// @throws parley.os.PeerGoneException `EPIPE` if nobody receives any more, with
    ///   [WhenAlone#END]
    /// @throws InterruptedException if it has to wait, and is interrupted before or meanwhile
    /// @throws ClosedChannelException if closed, meanwhile too
    @Override
    public void send(MemorySegment message) throws IOException, InterruptedException {
        if (!trySend(message)) {
            boolean _ = sendWithoutRoom(message, Deadline.NEVER);
        }
    }

    /// Sends a message if there is room; never waits, whatever is to be done when full.
    ///
    /// @return false if there is none
    @Override
    public boolean trySend(MemorySegment message) throws IOException {
        if (!ring.trySend(message)) {
            return false;
        }
        wait.succeeded(1);
        receivers.signalOne();
        return true;
    }

    /// Sends a message, waiting at most `timeout` for room.
    ///
    /// @return false if there was none all the time
    @Override
    public boolean send(MemorySegment message, Duration timeout)
            throws IOException, InterruptedException {
        return trySend(message) || sendWithoutRoom(message, Deadline.after(timeout));
    }

    private boolean sendWithoutRoom(MemorySegment waiting, Deadline deadline)
            throws IOException, InterruptedException {
        switch (whenFull) {
            case WAIT -> {
                message = waiting;
                try {
                    return isDone(wait.await(sending, deadline));
                } finally {
                    message = MemorySegment.NULL;
                }
            }
            case REFUSE -> throw OsException.of("send", channel.toString(), Errno.EAGAIN.number());
            case DROP_NEWEST -> dropped.increment();
            case DROP_OLDEST -> sendDroppingTheOldest(waiting);
        }
        return true;
    }

    private void sendDroppingTheOldest(MemorySegment message) throws IOException {
        while (!trySend(message)) {
            if (ring.tryDropOldest()) {
                dropped.increment();
            }
        }
    }

    private int sendOne() throws IOException {
        return trySend(message) ? SENT : Outcome.NOTHING;
    }

    private boolean isDone(int outcome) throws OsException {
        if (outcome == Outcome.END) {
            throw OsException.of("send", channel.toString(), Errno.EPIPE.number());
        }
        return outcome != Outcome.NOTHING;
    }

    private boolean isAlone() {
        if (whenAlone == WhenAlone.WAIT) {
            return false;
        }
        boolean hasReceiver = channel.hasReceiver();
        hadReceiver |= hasReceiver;
        return hadReceiver && !hasReceiver;
    }

    /// Borrows room for a message in the channel, waiting until there is some, whatever is to be
    /// done when full: what is written there is not copied again.
    ///
    /// @return the same object each time; end it by [Loan#commit] or [Loan#close]
    /// @throws OsException `EMSGSIZE` if it is too long
    /// @throws IllegalStateException if something is borrowed already
    public Loan loan(int bytes) throws IOException, InterruptedException {
        if (!loan.isTaken(bytes)) {
            loan.wanted = bytes;
            boolean _ = isDone(wait.await(borrowing, Deadline.NEVER));
        }
        return loan;
    }

    /// Borrows room if there is some; never waits.
    ///
    /// @return empty if there is none
    public Optional<Loan> tryLoan(int bytes) throws IOException {
        return loan.isTaken(bytes) ? borrowed : Optional.empty();
    }

    private int borrowOne() throws IOException {
        return loan.isTaken(loan.wanted) ? SENT : Outcome.NOTHING;
    }

    /// Room in the channel that is borrowed, for one message.
    public final class Loan implements AutoCloseable {
        private int wanted;
        private long offset;
        private int bytes;

        private Loan() {}

        private boolean isTaken(int size) throws IOException {
            long place = ring.tryLoan(size);
            if (place < 0) {
                return false;
            }
            wait.succeeded(1);
            offset = place;
            bytes = size;
            return true;
        }

        /// The memory in which it lies, among other things: write only from [#offset] on.
        public MemorySegment memory() {
            return channel.memory().data();
        }

        /// Where it begins in [#memory].
        public long offset() {
            return offset;
        }

        /// How long it is.
        public int bytes() {
            return bytes;
        }

        /// The room itself, as a segment of its own.
        public MemorySegment segment() {
            return memory().asSlice(offset, bytes);
        }

        /// Sends it.
        ///
        /// @throws IllegalStateException if it has ended
        /// @throws ClosedChannelException if the channel is closed; it is not sent
        public void commit() throws IOException {
            ring.commit();
            receivers.signalOne();
        }

        /// Sends the beginning of it.
        ///
        /// @param length in bytes, at most [#bytes]
        public void commit(int length) throws IOException {
            ring.commit(length);
            receivers.signalOne();
        }

        /// Gives it back; nothing is sent, unless it has been.
        @Override
        public void close() {
            ring.abort();
        }
    }

    /// How many messages of this lane were lost for want of room, since the channel was made.
    public long dropped() {
        return dropped.get();
    }

    /// Which lane it is, from 0 on.
    public int lane() {
        return lane;
    }

    /// Gives the lane up; what was sent can still be received. More calls do nothing.
    @Override
    public void close() {
        ring.close();
        channel.memory().forget(this);
    }
}
