package parley.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.RemovedException;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.EventCount;
import parley.shm.SharedCounter;
import parley.shm.SharedMutex;
import parley.shm.SharedMutex.Acquired;
import parley.shm.SharedRegion;
import parley.shm.SharedRegion.Participant;

/// Messages with a type and a priority, from many senders to many receivers, in memory that their
/// processes share: what the queues of System V and POSIX do, within limits of one's own.
///
/// ```java
/// try (var mailbox = Mailbox.openOrCreate("jobs", Mailbox.Size.DEFAULT)) {
///     mailbox.send("resize 17.png".getBytes(), 3, 0);       // of type 3
///     var job = mailbox.receive(MailboxSelector.exactly(3));
/// }
/// ```
///
/// Each message goes to one receiver, and of those that he may get it is the oldest. A process that
/// is killed leaves each message there as a whole, or not at all. A mailbox with a name stays until
/// [#unlink] or [#remove]. Each call holds a lock while it copies: of a process that is stopped
/// just then, others wait for the lock, the `try` forms too. Safe for many threads.
public final class Mailbox implements AutoCloseable {
    private static final int SENT = 0;
    private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 8;
    private static final ChannelFormat<MailboxLayout, Mailbox> FORMAT =
            new ChannelFormat<>(MailboxLayout::of, Mailbox::new);

    private final ChannelMemory memory;
    private final MailboxLayout layout;
    private final SharedMutex mutex;
    private final EventCount arrived;
    private final EventCount room;
    private final SharedCounter removed;
    private final MailboxTable table;

    private Mailbox(ChannelMemory memory, MailboxLayout layout) {
        this.memory = memory;
        this.layout = layout;
        var shape = memory.counter(MailboxLayout.SHAPE);
        if (!shape.compareAndSet(0, layout.shape()) && shape.get() != layout.shape()) {
            throw new IllegalArgumentException(memory + ": the mailbox has another size");
        }
        this.mutex = memory.mutex(MailboxLayout.MUTEX);
        this.arrived = memory.eventCount(MailboxLayout.ARRIVED);
        this.room = memory.eventCount(MailboxLayout.ROOM);
        this.removed = memory.counter(MailboxLayout.REMOVED);
        this.table = new MailboxTable(new MailboxMemory(memory.part(0, layout.bytes())), layout);
    }

    /// How large a mailbox is.
    ///
    /// @param messages it holds at most: a power of two up to 2^20
    /// @param bytes it holds at most, where each message counts with the next multiple of 64: a
    ///   power of two from 64 to 2^36
    public record Size(int messages, long bytes) {
        /// 1024 messages of together 1 MiB.
        public static final Size DEFAULT = new Size(1024, 1 << 20);

        /// Refuses what cannot be.
        public Size {
            var _ = new MailboxLayout(messages, bytes);
        }

        MailboxLayout layout() {
            return new MailboxLayout(messages, bytes);
        }
    }

    /// How a mailbox is at one moment.
    ///
    /// @param size as it was made
    /// @param messages that wait
    /// @param bytes that they take, each a multiple of 64
    /// @param sent messages since it was made
    /// @param dropped of these, to make room for others
    public record Status(Size size, int messages, long bytes, long sent, long dropped) {
        /// Messages that were received since it was made.
        public long received() {
            return sent - dropped - messages;
        }
    }

    /// A received message, equal to no other.
    ///
    /// @param content its bytes
    /// @param type as sent
    /// @param priority as sent
    @SuppressWarnings("ArrayRecordComponent") // made once per message, never compared
    public record Message(byte[] content, long type, int priority) {}

    /// Room for one message after the other, with its type and priority: nothing is allocated for
    /// each. Used by one thread at a time.
    public static final class Inbox {
        private MemorySegment memory;
        private byte @Nullable [] array; // of a message of its own
        private long type;
        private int priority;
        private int length;

        /// @param memory of any kind, not read-only, in which the messages are to be
        public Inbox(MemorySegment memory) {
            this.memory = requireWritable(memory);
        }

        /// The memory, of which the first [#length] bytes are the message received last.
        public MemorySegment memory() {
            return memory;
        }

        /// The type of the message received last.
        public long type() {
            return type;
        }

        /// The priority of the message received last.
        public int priority() {
            return priority;
        }

        /// Bytes of the message received last.
        public int length() {
            return length;
        }

        private static Inbox ofOneMessage() {
            var inbox = new Inbox(MemorySegment.NULL);
            inbox.array = new byte[0];
            return inbox;
        }

        private void makeRoom(int bytes) {
            if (array != null) {
                array = new byte[bytes];
                memory = MemorySegment.ofArray(array);
            }
        }

        private Optional<Message> message(int received) {
            return received == Outcome.NOTHING || array == null
                    ? Optional.empty()
                    : Optional.of(new Message(array, type, priority));
        }
    }

    /// What is tried while one waits: a number, or [Outcome#NOTHING].
    private interface Attempt {
        int until(Deadline deadline) throws IOException, InterruptedException;
    }

    /// Makes a mailbox.
    ///
    /// @param name 1 to 200 bytes without a slash
    /// @throws AlreadyExistsException if there is something of this name
    /// @throws OsException `ENOSPC`, `ENOMEM` if there is not that much memory
    public static Mailbox create(String name, Size size) throws IOException {
        return FORMAT.create(name, size.layout());
    }

    /// Opens a mailbox.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    /// @throws parley.os.NotPermittedException if it is not this user's alone
    public static Mailbox open(String name) throws IOException {
        return FORMAT.open(name);
    }

    /// Opens a mailbox, or makes it if there is none of this name.
    ///
    /// @param size of a new one
    /// @throws BadRegionException if it is something else
    public static Mailbox openOrCreate(String name, Size size) throws IOException {
        return FORMAT.openOrCreate(name, size.layout());
    }

    /// Opens a mailbox that somebody has open, or makes it: one that all have left, or have died
    /// with, is found and removed before, with what is in it.
    ///
    /// @param size of a new one
    /// @throws BadRegionException if it is something else
    public static Mailbox openOrReplace(String name, Size size) throws IOException {
        return FORMAT.openOrReplace(name, size.layout());
    }

    /// Makes a mailbox without a name; others get its [#fd].
    public static Mailbox createAnonymous(Size size) throws IOException {
        return FORMAT.createAnonymous(size.layout());
    }

    /// The mailbox without a name that came from another process.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws BadRegionException if it is something else
    public static Mailbox of(Fd fd) throws IOException {
        return FORMAT.of(fd);
    }

    /// The mailbox that lies in the data of a region, among other things.
    ///
    /// @param offset in the data, a multiple of 64; its [#bytes] are for it alone, and zeros at
    ///   first
    /// @param size the same for all
    /// @throws IllegalArgumentException if it has another size
    public static Mailbox in(SharedRegion region, long offset, Size size) {
        return new Mailbox(new ChannelMemory(region, false, offset), size.layout());
    }

    /// What a mailbox takes in memory, at a multiple of 64.
    public static long bytes(Size size) {
        return size.layout().bytes();
    }

    /// The names of this user's mailboxes.
    public static List<String> list() throws IOException {
        return ChannelKind.MAILBOX.list();
    }

    /// Takes the name away; who has the mailbox open keeps it.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    public static void unlink(String name) throws IOException {
        FORMAT.unlink(name);
    }

    /// Removes a mailbox with its name and all messages in it; calls that wait on it end, in all
    /// processes.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    public static void remove(String name) throws IOException {
        try (var mailbox = open(name)) {
            mailbox.remove();
        } catch (RemovedException _) {
            // By one who left the name there.
        }
        unlink(name);
    }

    /// Ends this mailbox for all who have it open: calls that wait, and all later ones, end with
    /// [RemovedException]. A name that it has stays until [#unlink].
    ///
    /// @throws RemovedException if it was removed before
    public void remove() throws IOException {
        memory.requireOpen();
        try {
            boolean isFirst = removed.compareAndSet(0, 1);
            lookAgain();
            if (!isFirst) {
                throw removed("remove");
            }
        } catch (IllegalStateException e) {
            throw failed(e);
        }
    }

    private OsException removed(String call) {
        return OsException.of(call, toString(), Errno.EIDRM.number());
    }

    private void lookAgain() {
        ChannelMemory.lookAgain(arrived);
        ChannelMemory.lookAgain(room);
    }

    /// Sends a message, waiting while there is no room.
    ///
    /// @param message memory of any kind; all of it is the message
    /// @param type what it means is up to the programs
    /// @param priority the higher, the earlier [MailboxSelector#HIGHEST_PRIORITY] finds it
    /// @throws OsException `EMSGSIZE` if it is longer than [#messageBytesMax]
    /// @throws RemovedException if the mailbox is removed, meanwhile too
    /// @throws BadRegionException if what is in it cannot be
    /// @throws InterruptedException if it has to wait, and is interrupted before or meanwhile
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    public void send(MemorySegment message, long type, int priority)
            throws IOException, InterruptedException {
        var _ = send(message, type, priority, Deadline.NEVER);
    }

    /// Sends a message if there is room; never waits for that.
    ///
    /// @return false if there is none
    public boolean trySend(MemorySegment message, long type, int priority) throws IOException {
        requireSendable(message);
        try {
            lock();
            return put(message, type, priority) == SENT;
        } catch (IllegalStateException e) {
            throw failed(e);
        }
    }

    /// Sends a message, waiting at most `timeout`.
    ///
    /// @return false if there was no room all the time
    public boolean send(MemorySegment message, long type, int priority, Duration timeout)
            throws IOException, InterruptedException {
        return send(message, type, priority, Deadline.after(timeout));
    }

    /// Sends a message, waiting while there is no room.
    public void send(byte[] message, long type, int priority)
            throws IOException, InterruptedException {
        send(MemorySegment.ofArray(message), type, priority);
    }

    /// Sends a message if there is room; never waits for that.
    ///
    /// @return false if there is none
    public boolean trySend(byte[] message, long type, int priority) throws IOException {
        return trySend(MemorySegment.ofArray(message), type, priority);
    }

    /// Sends a message, waiting at most `timeout`.
    ///
    /// @return false if there was no room all the time
    public boolean send(byte[] message, long type, int priority, Duration timeout)
            throws IOException, InterruptedException {
        return send(MemorySegment.ofArray(message), type, priority, timeout);
    }

    private boolean send(MemorySegment message, long type, int priority, Deadline deadline)
            throws IOException, InterruptedException {
        return trySend(message, type, priority)
                || await(
                                room,
                                until ->
                                        lock(until)
                                                ? put(message, type, priority)
                                                : Outcome.NOTHING,
                                deadline)
                        == SENT;
    }

    /// Sends a message, for which others are dropped if there is no room: those of the lowest
    /// priority, the oldest of them first, and none of a higher one than its own.
    ///
    /// @return false if it could not be sent for those of a higher one
    public boolean sendDroppingOldest(MemorySegment message, long type, int priority)
            throws IOException {
        requireSendable(message);
        try {
            lock();
            boolean isSent;
            try {
                requireUsable("send");
                do {
                    isSent = table.put(message, type, priority);
                } while (!isSent && drop(priority));
            } finally {
                unlock();
            }
            lookAgain();
            return isSent;
        } catch (IllegalStateException e) {
            throw failed(e);
        }
    }

    private boolean drop(int priority) throws IOException {
        int least = table.findLeastImportant();
        if (table.priority(least) > priority) {
            return false;
        }
        table.take(least);
        table.countDropped();
        return true;
    }

    private void requireSendable(MemorySegment message) throws IOException {
        memory.requireOpen();
        if (message.byteSize() > messageBytesMax()) {
            var detail =
                    "the message has %d bytes, and there can be %d"
                            .formatted(message.byteSize(), messageBytesMax());
            throw OsException.of("send", toString(), Errno.EMSGSIZE.number(), detail);
        }
    }

    /// With the lock, which is given back.
    private int put(MemorySegment message, long type, int priority) throws IOException {
        try {
            requireUsable("send");
            if (!table.put(message, type, priority)) {
                return Outcome.NOTHING;
            }
        } finally {
            unlock();
        }
        ChannelMemory.lookAgain(arrived);
        return SENT;
    }

    /// Receives a message, waiting until there is one that may be chosen.
    ///
    /// @param into memory of any kind, not read-only
    /// @return its length in bytes
    /// @throws OsException `EMSGSIZE` if `into` is too small for it; it stays
    /// @throws RemovedException if the mailbox is removed, meanwhile too
    /// @throws BadRegionException if what is in it cannot be
    /// @throws InterruptedException if it has to wait, and is interrupted before or meanwhile
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    public int receive(MemorySegment into, MailboxSelector which)
            throws IOException, InterruptedException {
        return receive(which, into, null, Deadline.NEVER);
    }

    /// Receives a message if there is one that may be chosen; never waits for that.
    ///
    /// @return its length in bytes, or [Outcome#NOTHING]
    public int tryReceive(MemorySegment into, MailboxSelector which) throws IOException {
        return tryReceive(which, into, null);
    }

    /// Receives a message, waiting at most `timeout`.
    ///
    /// @return its length in bytes, [Outcome#NOTHING] if none came in time
    public int receive(MemorySegment into, MailboxSelector which, Duration timeout)
            throws IOException, InterruptedException {
        return receive(which, into, null, Deadline.after(timeout));
    }

    /// Receives a message with its type and priority, waiting until there is one that may be
    /// chosen.
    public void receive(Inbox inbox, MailboxSelector which)
            throws IOException, InterruptedException {
        int _ = receive(which, inbox.memory, inbox, Deadline.NEVER);
    }

    /// Receives a message with its type and priority if there is one that may be chosen; never
    /// waits for that.
    ///
    /// @return false if there is none
    public boolean tryReceive(Inbox inbox, MailboxSelector which) throws IOException {
        return tryReceive(which, inbox.memory, inbox) != Outcome.NOTHING;
    }

    /// Receives a message with its type and priority, waiting at most `timeout`.
    ///
    /// @return false if none came in time
    public boolean receive(Inbox inbox, MailboxSelector which, Duration timeout)
            throws IOException, InterruptedException {
        return receive(which, inbox.memory, inbox, Deadline.after(timeout)) != Outcome.NOTHING;
    }

    /// Receives a message of any length, waiting until there is one that may be chosen.
    public Message receive(MailboxSelector which) throws IOException, InterruptedException {
        return receive(which, Deadline.NEVER).orElseThrow();
    }

    /// Receives a message of any length if there is one that may be chosen; never waits for that.
    ///
    /// @return empty if there is none
    public Optional<Message> tryReceive(MailboxSelector which) throws IOException {
        var inbox = Inbox.ofOneMessage();
        return inbox.message(tryReceive(which, inbox.memory, inbox));
    }

    /// Receives a message of any length, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<Message> receive(MailboxSelector which, Duration timeout)
            throws IOException, InterruptedException {
        return receive(which, Deadline.after(timeout));
    }

    private Optional<Message> receive(MailboxSelector which, Deadline deadline)
            throws IOException, InterruptedException {
        var inbox = Inbox.ofOneMessage();
        return inbox.message(receive(which, inbox.memory, inbox, deadline));
    }

    private int receive(
            MailboxSelector which, MemorySegment into, @Nullable Inbox inbox, Deadline deadline)
            throws IOException, InterruptedException {
        int got = tryReceive(which, into, inbox);
        return got != Outcome.NOTHING
                ? got
                : await(
                        arrived,
                        until -> lock(until) ? take(which, into, inbox) : Outcome.NOTHING,
                        deadline);
    }

    private int tryReceive(MailboxSelector which, MemorySegment into, @Nullable Inbox inbox)
            throws IOException {
        var _ = requireWritable(into);
        memory.requireOpen();
        try {
            lock();
            return take(which, into, inbox);
        } catch (IllegalStateException e) {
            throw failed(e);
        }
    }

    private static MemorySegment requireWritable(MemorySegment memory) {
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException("read-only: " + memory);
        }
        return memory;
    }

    /// With the lock, which is given back.
    private int take(MailboxSelector which, MemorySegment into, @Nullable Inbox inbox)
            throws IOException {
        int length;
        try {
            requireUsable("receive");
            int slot = table.find(which);
            if (slot < 0) {
                return Outcome.NOTHING;
            }
            length = copy(slot, into, inbox);
            table.take(slot);
        } finally {
            unlock();
        }
        ChannelMemory.lookAgain(room);
        return length;
    }

    private int copy(int slot, MemorySegment memory, @Nullable Inbox inbox) throws IOException {
        int length = table.length(slot);
        var into = memory;
        if (inbox != null) {
            inbox.makeRoom(length);
            inbox.type = table.type(slot);
            inbox.priority = table.priority(slot);
            inbox.length = length;
            into = inbox.memory;
        }
        if (length > into.byteSize()) {
            var detail =
                    "the message has %d bytes, and there is room for %d"
                            .formatted(length, into.byteSize());
            throw OsException.of("receive", toString(), Errno.EMSGSIZE.number(), detail);
        }
        table.copyOut(slot, into, length);
        return length;
    }

    /// A copy of the message that would be received, which stays; never waits for one.
    ///
    /// @return empty if there is none that may be chosen
    public Optional<Message> peek(MailboxSelector which) throws IOException {
        memory.requireOpen();
        try {
            lock();
            try {
                requireUsable("peek");
                int slot = table.find(which);
                var inbox = Inbox.ofOneMessage();
                return slot < 0
                        ? Optional.empty()
                        : inbox.message(copy(slot, MemorySegment.NULL, inbox));
            } finally {
                unlock();
            }
        } catch (IllegalStateException e) {
            throw failed(e);
        }
    }

    /// Takes the lock, waiting for no more than another's call.
    private void lock() throws IOException {
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    boolean _ = lock(Deadline.NEVER);
                    return;
                } catch (InterruptedException _) {
                    isInterrupted = true;
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// @return false if others had it all the time
    private boolean lock(Deadline deadline) throws IOException, InterruptedException {
        var acquired = mutex.tryLock();
        if (acquired.isEmpty()) {
            acquired =
                    deadline.isNever()
                            ? Optional.of(mutex.lock())
                            : mutex.tryLock(Duration.ofNanos(deadline.remainingNanos()));
        }
        if (acquired.isPresent() && acquired.get() == Acquired.OWNER_DIED) {
            mutex.markConsistent(); // whether it is, the mailbox says
        }
        return acquired.isPresent();
    }

    private void unlock() {
        try {
            mutex.unlock();
        } catch (IllegalMonitorStateException | IllegalStateException _) {
            // Closed meanwhile; or somebody has stored nonsense into it.
        }
    }

    /// With the lock.
    private void requireUsable(String call) throws IOException {
        if (!memory.isOpen()) {
            throw new AsynchronousCloseException();
        }
        if (removed.get() != 0) {
            throw removed(call);
        }
        table.settle();
    }

    private int await(EventCount events, Attempt attempt, Deadline deadline)
            throws IOException, InterruptedException {
        Interruption.check();
        try {
            while (true) {
                long prepared = events.prepare();
                int got = attempt.until(deadline);
                if (got != Outcome.NOTHING || deadline.isOver()) {
                    return got;
                }
                events.await(prepared, deadline);
                got = attempt.until(deadline); // unprepared: nobody need wake us again
                if (got != Outcome.NOTHING) {
                    return got;
                }
            }
        } catch (IllegalStateException e) {
            throw failed(e);
        } catch (IOException e) {
            memory.requireWhole(); // that is why, if it is not
            if (memory.isOpen() || e instanceof AsynchronousCloseException) {
                throw e;
            }
            throw RoleWait.closed(e);
        }
    }

    /// What a call ends with in which an access failed.
    ///
    /// @throws IllegalStateException `e` itself if that is not because the mailbox is closed
    private IOException failed(IllegalStateException e) throws IOException {
        memory.requireWhole();
        if (memory.isOpen()) {
            throw e;
        }
        return RoleWait.closed(e);
    }

    /// This mailbox as where messages of one type and priority go into; its close is the mailbox's.
    public MessageSink sink(long type, int priority) {
        return new Sink(this, type, priority);
    }

    /// This mailbox as where messages come out of that a selector chooses; its close is the
    /// mailbox's.
    public MessageSource source(MailboxSelector which) {
        return new Source(this, Objects.requireNonNull(which));
    }

    private record Sink(Mailbox mailbox, long type, int priority) implements MessageSink {
        @Override
        public void send(MemorySegment message) throws IOException, InterruptedException {
            mailbox.send(message, type, priority);
        }

        @Override
        public boolean trySend(MemorySegment message) throws IOException {
            return mailbox.trySend(message, type, priority);
        }

        @Override
        public boolean send(MemorySegment message, Duration timeout)
                throws IOException, InterruptedException {
            return mailbox.send(message, type, priority, timeout);
        }

        @Override
        public void close() {
            mailbox.close();
        }
    }

    private record Source(Mailbox mailbox, MailboxSelector which) implements MessageSource {
        @Override
        public int receive(MemorySegment into) throws IOException, InterruptedException {
            return mailbox.receive(into, which);
        }

        @Override
        public int tryReceive(MemorySegment into) throws IOException {
            return mailbox.tryReceive(into, which);
        }

        @Override
        public int receive(MemorySegment into, Duration timeout)
                throws IOException, InterruptedException {
            return mailbox.receive(into, which, timeout);
        }

        @Override
        public void close() {
            mailbox.close();
        }
    }

    /// How it is at this moment.
    public Status status() throws IOException {
        memory.requireOpen();
        try {
            lock();
            try {
                requireUsable("status");
                var size = new Size(layout.messages(), layout.capacity());
                return new Status(
                        size, table.count(), table.bytesUsed(), table.number(), table.dropped());
            } finally {
                unlock();
            }
        } catch (IllegalStateException e) {
            throw failed(e);
        }
    }

    /// The longest message in bytes.
    public int messageBytesMax() {
        return (int) Math.min(layout.capacity(), ARRAY_BYTES_MAX);
    }

    /// The processes that have it open.
    public List<Participant> participants() {
        return memory.participants();
    }

    /// Has somebody told of each process that dies while it has the mailbox open, on a virtual
    /// thread of its own; not of those who close it.
    public void onDeath(Consumer<Participant> listener) {
        memory.onDeath(listener);
    }

    /// Its descriptor, to be handed to another process.
    public Fd fd() {
        return memory.fd();
    }

    /// Closes this opening; what is in the mailbox stays there, and calls that wait on it here end.
    /// More calls do nothing.
    @Override
    public void close() {
        memory.close();
        lookAgain(); // where the region is another's
    }

    @Override
    public String toString() {
        return memory.toString();
    }
}
