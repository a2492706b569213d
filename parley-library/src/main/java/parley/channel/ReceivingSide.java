package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import parley.ready.Deadline;
import parley.ready.MessageSource;
import parley.ready.Outcome;
import parley.shm.EventCount;
import parley.shm.MessageHandler;

/// Who receives from a channel: the forms of it, and how one waits for a message. For one thread at
/// a time.
abstract sealed class ReceivingSide implements MessageSource permits MessageReceiver, Subscriber {
    private final RoleWait wait;
    private final RoleWait.Attempt receiving = this::receiveOne;
    private final RoleWait.Attempt draining = this::drainSome;
    private final MessageHandler copying = this::copy;
    private final RoleWait.Attempt allocating = this::receiveCopy;
    private WhenAlone whenAlone = WhenAlone.WAIT;
    private MemorySegment into = MemorySegment.NULL; // of the receive that goes on
    private MessageHandler handler = (memory, offset, bytes) -> false; // of the drain that does
    private int limit;
    private byte[] copy = new byte[0];

    /// @param messages what is signaled when one comes
    ReceivingSide(ChannelMemory memory, EventCount messages) {
        wait = new RoleWait(messages, this::isAlone, this::isOpen, memory::requireWhole);
    }

    /// False once this side is closed.
    abstract boolean isOpen();

    /// True if somebody sent, and nobody does any more.
    abstract boolean isLeft();

    private boolean isAlone() {
        return whenAlone == WhenAlone.END && isLeft();
    }

    final void set(WhenAlone choice) {
        whenAlone = Objects.requireNonNull(choice);
    }

    final void set(Waiting choice) {
        wait.set(choice);
    }

    /// Says that messages came.
    final void succeeded(int count) {
        wait.succeeded(count);
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
    public abstract int tryReceive(MemorySegment into) throws IOException;

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

    /// Attempts it until it comes to something.
    int await(RoleWait.Attempt attempt, Deadline deadline)
            throws IOException, InterruptedException {
        return wait.await(attempt, deadline);
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

    /// Has messages that are there read one after another, as many as there are for the price of
    /// little more than one; waits until there is one.
    ///
    /// A message is taken when the handler has returned true, or thrown.
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

    private int drainSome() throws IOException {
        return tryDrain(handler, limit);
    }

    /// The same for messages that are there; never waits.
    ///
    /// @return how many were taken, 0 if the handler left the first; [Outcome#NOTHING] if there is
    ///   none
    public abstract int tryDrain(MessageHandler handler, int limit) throws IOException;
}
