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
import parley.shm.EventCount;
import parley.shm.RingSender;
import parley.shm.SharedCounter;

/// Who sends into a ring of a channel: what becomes of a message without room, and how one waits
/// for it. For one thread at a time.
abstract sealed class SendingSide implements MessageSink permits MessageSender, Publisher {
    private static final int SENT = 0;

    private final ChannelMemory memory;
    private final RingSender ring;
    private final SharedCounter dropped;
    private final RoleWait wait;
    private final RoleWait.Attempt sending = this::sendOne;
    private final RoleWait.Attempt borrowing = this::borrowOne;
    private final Loan loan;
    private final Optional<Loan> borrowed;
    private WhenFull whenFull = WhenFull.WAIT;
    private MemorySegment message = MemorySegment.NULL; // that waits for room
    private int wanted; // bytes of a loan that waits for room

    /// @param room what is signaled when there is more of it
    /// @param dropped messages that were lost for want of it
    SendingSide(ChannelMemory memory, RingSender ring, EventCount room, SharedCounter dropped) {
        this.memory = memory;
        this.ring = ring;
        this.dropped = dropped;
        this.wait = new RoleWait(room, this::isAlone, ring::isOpen, memory::requireWhole);
        this.loan = new Loan(this, memory.data());
        this.borrowed = Optional.of(loan);
    }

    /// True if a wait for room would be for nobody.
    abstract boolean isAlone();

    /// Refuses to send if nobody would receive it, where that is wanted.
    void requireSomebody() throws IOException {}

    /// Something was sent: whoever waits for it is woken.
    abstract void wakeOthers();

    final void set(WhenFull choice) {
        whenFull = Objects.requireNonNull(choice);
    }

    final void set(Waiting choice) {
        wait.set(choice);
    }

    final RoleWait roleWait() {
        return wait;
    }

    /// Sends a message; if there is no room, what was chosen for that.
    ///
    /// @param message all of it, not longer than the channel says
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
        requireSomebody();
        if (!ring.trySend(message)) {
            return false;
        }
        wait.succeeded(1);
        wakeOthers();
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
            case REFUSE -> throw OsException.of("send", memory.toString(), Errno.EAGAIN.number());
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
            throw nobody();
        }
        return outcome != Outcome.NOTHING;
    }

    final OsException nobody() {
        return OsException.of("send", memory.toString(), Errno.EPIPE.number());
    }

    /// Borrows room for a message in the channel, waiting until there is some, whatever is to be
    /// done when full: what is written there is not copied again.
    ///
    /// @return the same object each time; end it by [Loan#commit] or [Loan#close]
    /// @throws OsException `EMSGSIZE` if it is too long
    /// @throws IllegalStateException if something is borrowed already
    public Loan loan(int bytes) throws IOException, InterruptedException {
        if (!isTaken(bytes)) {
            wanted = bytes;
            boolean _ = isDone(wait.await(borrowing, Deadline.NEVER));
        }
        return loan;
    }

    /// Borrows room if there is some; never waits.
    ///
    /// @return empty if there is none
    public Optional<Loan> tryLoan(int bytes) throws IOException {
        return isTaken(bytes) ? borrowed : Optional.empty();
    }

    private int borrowOne() throws IOException {
        return isTaken(wanted) ? SENT : Outcome.NOTHING;
    }

    private boolean isTaken(int size) throws IOException {
        requireSomebody();
        long place = ring.tryLoan(size);
        if (place < 0) {
            return false;
        }
        wait.succeeded(1);
        loan.begin(place, size);
        return true;
    }

    final void commit() throws IOException {
        ring.commit();
        wakeOthers();
    }

    final void commit(int length) throws IOException {
        ring.commit(length);
        wakeOthers();
    }

    final void abort() {
        ring.abort();
    }

    /// How many messages were lost for want of room here, since the channel was made.
    public long dropped() {
        return dropped.get();
    }

    /// Gives the side up; what was sent can still be received. More calls do nothing.
    @Override
    public void close() {
        ring.close();
        memory.forget(this);
    }
}
