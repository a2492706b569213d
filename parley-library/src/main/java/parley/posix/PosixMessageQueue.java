package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import parley.kernel.Fcntl;
import parley.kernel.Mqueue;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.QueueFolder;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.ready.Outcome;
import parley.ready.Readiness;
import parley.ready.Readiness.Attempt;
import parley.signal.Signal;

/// A POSIX message queue: whole messages kept by the kernel, highest priority first, then oldest.
///
/// The queue outlives its makers until it is unlinked. Safe for many threads. See mq_overview(7).
public final class PosixMessageQueue implements MessageSource {
    /// The highest priority; the lowest is 0. (`MQ_PRIO_MAX - 1`)
    public static final int PRIORITY_MAX = Mqueue.MQ_PRIO_MAX - 1;

    private static final int HEADER_BYTES = 48; // struct msg_msg of the kernel, on 64 bits
    private static final int PRIORITY_BYTES = 48; // struct posix_msg_tree_node
    private static final MemorySegment UNSET = MemorySegment.NULL;

    private static final Attempt SEND =
            Attempt.of(
                    (mqd, message, priority) ->
                            again(Mqueue.mq_trysend(mqd, message, (int) priority)),
                    (mqd, message, priority) -> Mqueue.mq_send(mqd, message, (int) priority));

    private static final Attempt RECEIVE =
            Attempt.of(
                    (mqd, into, priority) -> again(Mqueue.mq_tryreceive(mqd, into, priority)),
                    Mqueue::mq_receive);

    private final String address;
    private final Fd fd;
    private final Access access;
    private final int messageBytesMax;

    private PosixMessageQueue(String address, Fd fd) throws IOException {
        this.address = address;
        this.fd = fd;
        this.messageBytesMax = (int) status().messageBytesMax(); // refuses what is no queue
        this.access = Access.of(fd);
    }

    /// What an opening of a queue is for. Its mode is checked for no more than that.
    public enum Access {
        /// `O_RDONLY`: sending is refused with `EBADF`.
        RECEIVE(Fcntl.O_RDONLY),
        /// `O_WRONLY`: receiving is refused with `EBADF`.
        SEND(Fcntl.O_WRONLY),
        /// `O_RDWR`.
        BOTH(Fcntl.O_RDWR);

        private final int flags;

        Access(int flags) {
            this.flags = flags;
        }

        private static Access of(Fd fd) throws IOException {
            int number = fd.enter();
            try {
                int r = Fcntl.fcntl(number, Fcntl.F_GETFL, 0);
                long flags = OsException.check("fcntl(F_GETFL)", fd.toString(), r);
                return switch ((int) flags & Fcntl.O_ACCMODE) {
                    case Fcntl.O_RDONLY -> RECEIVE;
                    case Fcntl.O_WRONLY -> SEND;
                    default -> BOTH;
                };
            } finally {
                fd.exit();
            }
        }
    }

    /// How large a queue is.
    ///
    /// @param messagesMax messages it holds at most; an unprivileged process may ask for at most
    ///   `fs.mqueue.msg_max`
    /// @param messageBytesMax bytes of the longest message; at most `fs.mqueue.msgsize_max`
    public record Size(int messagesMax, int messageBytesMax) {
        /// The defaults of the kernel: 10 messages of 8192 bytes.
        public static final Size DEFAULT = new Size(10, 8192);

        public Size {
            if (messagesMax < 1 || messageBytesMax < 1) {
                throw new IllegalArgumentException(
                        "a queue has room for at least 1 message of 1 byte: %d of %d"
                                .formatted(messagesMax, messageBytesMax));
            }
        }

        /// What such a queue counts for in `RLIMIT_MSGQUEUE`, full or empty: each message, its
        /// header of 48 bytes, and as much again for a priority of its own, of which there are
        /// [#PRIORITY_MAX] + 1.
        public long accountedBytes() {
            long priorities = Math.min(messagesMax, PRIORITY_MAX + 1);
            return (long) messagesMax * (messageBytesMax + HEADER_BYTES)
                    + priorities * PRIORITY_BYTES;
        }
    }

    /// What a queue is and holds at this moment.
    ///
    /// @param messagesMax messages it holds at most
    /// @param messageBytesMax bytes of the longest message
    /// @param messages messages it holds
    /// @param isNonBlocking true if this opening, with all its duplicates in other processes, has
    ///   `O_NONBLOCK`, for which the calls here do not care
    public record Status(
            long messagesMax, long messageBytesMax, long messages, boolean isNonBlocking) {}

    /// A received message, equal to no other.
    ///
    /// @param content its bytes
    /// @param priority as sent, 0 to [#PRIORITY_MAX]
    @SuppressWarnings("ArrayRecordComponent") // made once per message, never compared
    public record Message(byte[] content, int priority) {}

    /// Room for one message after the other, with its priority: nothing is allocated for each. Used
    /// by one thread at a time.
    public static final class Inbox {
        private final MemorySegment memory;
        private final MemorySegment priority;
        private int length;

        private Inbox(Arena arena, int messageBytesMax) {
            // In one piece, so that who keeps the one keeps the other.
            var whole = arena.allocate(Integer.BYTES + messageBytesMax, Integer.BYTES);
            this.priority = whole.asSlice(0, Integer.BYTES);
            this.memory = whole.asSlice(Integer.BYTES);
        }

        /// The memory, of which the first [#length] bytes are the message received last.
        public MemorySegment memory() {
            return memory;
        }

        /// Bytes of the message received last.
        public int length() {
            return length;
        }

        /// The priority of the message received last.
        public int priority() {
            return priority.get(JAVA_INT, 0);
        }

        private boolean take(int received) {
            if (received == Outcome.NOTHING) {
                return false;
            }
            length = received;
            return true;
        }

        private Optional<Message> message(int received) {
            return take(received)
                    ? Optional.of(
                            new Message(memory.asSlice(0, length).toArray(JAVA_BYTE), priority()))
                    : Optional.empty();
        }
    }

    /// Makes a queue of the default size with mode 0600.
    ///
    /// @param name a slash and 1 to 254 bytes without one
    /// @throws AlreadyExistsException if there is one of this name
    public static PosixMessageQueue create(String name) throws IOException {
        return create(name, Size.DEFAULT, FileMode.OWNER_ONLY);
    }

    /// Makes a queue.
    ///
    /// @param mode who may open it, whatever the process's umask is
    /// @throws AlreadyExistsException if there is one of this name
    /// @throws parley.os.LimitReachedException if it is too large, there are too many, or
    ///   RLIMIT_MSGQUEUE is used up; the message says which
    public static PosixMessageQueue create(String name, Size size, FileMode mode)
            throws IOException {
        var fd = openFd(name, Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_RDWR, size, mode);
        try {
            mode.applyTo(fd, address(name));
            return new PosixMessageQueue(address(name), fd);
        } catch (IOException | RuntimeException e) {
            fd.close();
            unlink(name);
            throw e;
        }
    }

    /// Opens an existing queue.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws parley.os.NotPermittedException if its mode does not allow reading and writing
    public static PosixMessageQueue open(String name) throws IOException {
        return open(name, Access.BOTH);
    }

    /// Opens an existing queue for sending, receiving or both.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws parley.os.NotPermittedException if its mode does not allow that
    public static PosixMessageQueue open(String name, Access access) throws IOException {
        return open(name, access.flags, Size.DEFAULT);
    }

    /// Opens a queue, or makes one with mode 0600. An existing one keeps its size.
    public static PosixMessageQueue openOrCreate(String name, Size size) throws IOException {
        return open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, size);
    }

    /// A queue that this process got as a descriptor: inherited, or received over a Unix socket.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `EBADF` if it is something else
    public static PosixMessageQueue of(Fd fd) throws IOException {
        try {
            return new PosixMessageQueue("mq:(" + fd + ")", fd);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /// True of the descriptor of a queue.
    public static boolean isQueue(Fd fd) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            return Mqueue.mq_getattr(number, arena.allocate(Mqueue.MQ_ATTR)) >= 0;
        } finally {
            fd.exit();
        }
    }

    private static PosixMessageQueue open(String name, int flags, Size size) throws IOException {
        var fd = openFd(name, flags, size, FileMode.OWNER_ONLY);
        try {
            return new PosixMessageQueue(address(name), fd);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static Fd openFd(String name, int flags, Size size, FileMode mode) throws OsException {
        var address = address(name);
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Mqueue.MQ_ATTR);
            attributes.set(JAVA_LONG, Mqueue.MQ_MAXMSG, size.messagesMax());
            attributes.set(JAVA_LONG, Mqueue.MQ_MSGSIZE, size.messageBytesMax());
            var cName = arena.allocateFrom(name);
            int r = Mqueue.mq_open(cName, flags | Fcntl.O_CLOEXEC, mode.bits(), attributes);
            if (Errno.EMFILE.is(r)) {
                throw OsException.of("mq_open", address, -r, words(size));
            }
            // The name is right, and so is a size that is not too large.
            boolean isTooLarge = Errno.EINVAL.is(r) && (flags & Fcntl.O_CREAT) != 0;
            return Fd.of(isTooLarge ? "mq_open(mq_attr)" : "mq_open", address, r);
        }
    }

    private static String words(Size size) {
        return "%d messages of %d bytes count for %d"
                .formatted(size.messagesMax(), size.messageBytesMax(), size.accountedBytes());
    }

    private static String address(String name) {
        return "mq:" + PosixNames.check(name, "");
    }

    /// All queues of this IPC namespace that have a name, in the order of their names. As root it
    /// asks the kernel; else it looks where the file system of the queues is mounted, which is this
    /// namespace's unless somebody has arranged it otherwise.
    ///
    /// @throws parley.os.NotPermittedException if not root, and it is mounted nowhere
    public static List<PosixName> list() throws IOException {
        try (var folder = QueueFolder.open()) {
            return PosixNames.list(folder.path(), false);
        }
    }

    /// Takes the name away; processes that have the queue open keep it.
    ///
    /// @throws NotFoundException if there is none of this name
    public static void unlink(String name) throws OsException {
        var address = address(name);
        try (var arena = Arena.ofConfined()) {
            int r = Mqueue.mq_unlink(arena.allocateFrom(name));
            OsException.check("mq_unlink", address, r);
        }
    }

    /// Sends a message, waiting while the queue is full.
    ///
    /// @param message native memory; all of it is the message, at most [#messageBytesMax()] bytes
    /// @param priority 0 to [#PRIORITY_MAX]; a higher one is received earlier
    /// @throws OsException `EMSGSIZE` if the message is too long
    /// @throws java.nio.channels.ClosedChannelException if this queue is closed, meanwhile too
    public void send(MemorySegment message, int priority) throws IOException, InterruptedException {
        var _ = send(message, priority, Deadline.NEVER);
    }

    /// Sends a message if the queue has room; never waits.
    ///
    /// @return false if the queue is full
    public boolean trySend(MemorySegment message, int priority) throws IOException {
        return isSent(Readiness.attempt(fd, SEND, message, checked(priority)));
    }

    /// Sends a message, waiting at most `timeout`.
    ///
    /// @return false if the queue stayed full
    public boolean send(MemorySegment message, int priority, Duration timeout)
            throws IOException, InterruptedException {
        return send(message, priority, Deadline.after(timeout));
    }

    /// Sends a message, waiting while the queue is full.
    public void send(byte[] message, int priority) throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            send(arena.allocateFrom(JAVA_BYTE, message), priority);
        }
    }

    /// Sends a message if the queue has room; never waits.
    ///
    /// @return false if the queue is full
    public boolean trySend(byte[] message, int priority) throws IOException {
        try (var arena = Arena.ofConfined()) {
            return trySend(arena.allocateFrom(JAVA_BYTE, message), priority);
        }
    }

    /// Sends a message, waiting at most `timeout`.
    ///
    /// @return false if the queue stayed full
    public boolean send(byte[] message, int priority, Duration timeout)
            throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            return send(arena.allocateFrom(JAVA_BYTE, message), priority, timeout);
        }
    }

    /// Receives the message of the highest priority, the oldest of those, waiting until there is
    /// one.
    ///
    /// @param into native memory of at least [#messageBytesMax()] bytes
    /// @return the message's length in bytes
    /// @throws OsException `EMSGSIZE` if `into` is too small for the longest message
    /// @throws java.nio.channels.ClosedChannelException if this queue is closed, meanwhile too
    @Override
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        return receive(into, UNSET, Deadline.NEVER);
    }

    /// Receives a message if there is one; never waits.
    ///
    /// @return the message's length in bytes, [Outcome#NOTHING] if the queue is empty
    @Override
    public int tryReceive(MemorySegment into) throws IOException {
        return tryReceive(into, UNSET);
    }

    /// Receives a message, waiting at most `timeout`.
    ///
    /// @return the message's length in bytes, [Outcome#NOTHING] if none came in time
    @Override
    public int receive(MemorySegment into, Duration timeout)
            throws IOException, InterruptedException {
        return receive(into, UNSET, Deadline.after(timeout));
    }

    /// Receives a message with its priority, waiting until there is one.
    public Message receive() throws IOException, InterruptedException {
        return receive(Deadline.NEVER).orElseThrow();
    }

    /// Receives a message with its priority, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<Message> receive(Duration timeout) throws IOException, InterruptedException {
        return receive(Deadline.after(timeout));
    }

    /// Receives a message with its priority if there is one; never waits.
    ///
    /// @return empty if the queue is empty
    public Optional<Message> tryReceive() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var inbox = inbox(arena);
            return inbox.message(tryReceive(inbox.memory, inbox.priority));
        }
    }

    private Optional<Message> receive(Deadline deadline) throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var inbox = inbox(arena);
            return inbox.message(receive(inbox.memory, inbox.priority, deadline));
        }
    }

    /// This queue as where messages of one priority go into; its close is the queue's.
    public MessageSink sink(int priority) {
        return new Sink(this, checked(priority));
    }

    private record Sink(PosixMessageQueue queue, int priority) implements MessageSink {
        @Override
        public void send(MemorySegment message) throws IOException, InterruptedException {
            queue.send(message, priority);
        }

        @Override
        public boolean trySend(MemorySegment message) throws IOException {
            return queue.trySend(message, priority);
        }

        @Override
        public boolean send(MemorySegment message, Duration timeout)
                throws IOException, InterruptedException {
            return queue.send(message, priority, timeout);
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    /// Room for messages of this queue, in an arena of the caller's.
    public Inbox inbox(Arena arena) {
        return new Inbox(arena, messageBytesMax);
    }

    /// Receives a message with its priority, waiting until there is one.
    public void receive(Inbox inbox) throws IOException, InterruptedException {
        var _ = inbox.take(receive(inbox.memory, inbox.priority, Deadline.NEVER));
    }

    /// Receives a message with its priority, waiting at most `timeout`.
    ///
    /// @return false if none came in time
    public boolean receive(Inbox inbox, Duration timeout) throws IOException, InterruptedException {
        return inbox.take(receive(inbox.memory, inbox.priority, Deadline.after(timeout)));
    }

    /// Receives a message with its priority if there is one; never waits.
    ///
    /// @return false if the queue is empty
    public boolean tryReceive(Inbox inbox) throws IOException {
        return inbox.take(tryReceive(inbox.memory, inbox.priority));
    }

    private int tryReceive(MemorySegment into, MemorySegment priority) throws IOException {
        return length(Readiness.attempt(fd, RECEIVE, into, priority.address()));
    }

    private static long again(long r) {
        return Errno.ETIMEDOUT.is(r) ? -Errno.EAGAIN.number() : r;
    }

    private boolean send(MemorySegment message, int priority, Deadline deadline)
            throws IOException, InterruptedException {
        return isSent(
                Readiness.await(fd, Interest.WRITE, deadline, SEND, message, checked(priority)));
    }

    private int receive(MemorySegment into, MemorySegment priority, Deadline deadline)
            throws IOException, InterruptedException {
        return length(
                Readiness.await(fd, Interest.READ, deadline, RECEIVE, into, priority.address()));
    }

    private boolean isSent(long r) throws OsException {
        return !Errno.EAGAIN.is(r) && OsException.check("mq_send", address, r) == 0;
    }

    private int length(long r) throws OsException {
        return Errno.EAGAIN.is(r)
                ? Outcome.NOTHING
                : (int) OsException.check("mq_receive", address, r);
    }

    private static int checked(int priority) {
        if (priority < 0 || priority > PRIORITY_MAX) {
            throw new IllegalArgumentException("not in 0.." + PRIORITY_MAX + ": " + priority);
        }
        return priority;
    }

    /// What the queue is and holds.
    public Status status() throws IOException {
        int mqd = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Mqueue.MQ_ATTR);
            OsException.check("mq_getattr", address, Mqueue.mq_getattr(mqd, attributes));
            return status(attributes);
        } finally {
            fd.exit();
        }
    }

    /// Sets or clears `O_NONBLOCK`, for another program that gets this descriptor, or a duplicate;
    /// the calls here wait or not as their names say. Nothing else of a queue can be changed.
    ///
    /// @return what the queue was just before
    public Status setNonBlocking(boolean isNonBlocking) throws IOException {
        int mqd = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Mqueue.MQ_ATTR);
            var before = arena.allocate(Mqueue.MQ_ATTR);
            attributes.set(JAVA_LONG, Mqueue.MQ_FLAGS, isNonBlocking ? Fcntl.O_NONBLOCK : 0);
            int r = Mqueue.mq_setattr(mqd, attributes, before);
            OsException.check("mq_setattr", address, r);
            return status(before);
        } finally {
            fd.exit();
        }
    }

    private static Status status(MemorySegment attributes) {
        return new Status(
                attributes.get(JAVA_LONG, Mqueue.MQ_MAXMSG),
                attributes.get(JAVA_LONG, Mqueue.MQ_MSGSIZE),
                attributes.get(JAVA_LONG, Mqueue.MQ_CURMSGS),
                (attributes.get(JAVA_LONG, Mqueue.MQ_FLAGS) & Fcntl.O_NONBLOCK) != 0);
    }

    /// The bytes of all messages in the queue.
    ///
    /// @throws OsException `EBADF` if it is open for sending only
    public long bytesWaiting() throws IOException {
        return QueueFile.read(fd, address).bytes();
    }

    /// Who is to be notified of a message; empty if nobody is.
    ///
    /// @throws OsException `EBADF` if it is open for sending only
    public Optional<MessageNotification.Registered> registered() throws IOException {
        return QueueFile.read(fd, address).registered();
    }

    /// Has this process sent a signal when a message comes to the empty queue, once. It arrives as
    /// [parley.signal.SignalInfo.MessageQueue]; without a [parley.signal.SignalStream] or handler
    /// it does what it does by default, which may be to end the JVM.
    ///
    /// @param value comes with the signal
    /// @throws OsException `EBUSY` if a process is registered, this one included
    public MessageNotification notifyBySignal(Signal signal, long value) throws IOException {
        return MessageNotification.bySignal(fd, address, signal, value);
    }

    /// Runs code on a virtual thread of its own when a message comes to the empty queue: once, and
    /// again after [MessageNotification#rearm], one after the other.
    ///
    /// @throws OsException `EBUSY` if a process is registered, this one included
    public MessageNotification notifyThread(MessageNotification.Action action) throws IOException {
        return MessageNotification.onThread(fd, address, action);
    }

    /// Takes the one place there is for notification, and has nobody notified.
    ///
    /// @throws OsException `EBUSY` if a process is registered, this one included
    public MessageNotification notifyNobody() throws IOException {
        return MessageNotification.nothing(fd, address);
    }

    /// Whose the queue is, and who may open it.
    public PosixPermissions permissions() throws IOException {
        return PosixPermissions.of(fd);
    }

    /// Changes owner, group or mode. Who has the queue open keeps it.
    ///
    /// @throws parley.os.NotPermittedException if it is another user's, or to become one's
    public void setPermissions(PosixPermissions permissions) throws IOException {
        permissions.applyTo(fd, address);
    }

    /// What this opening is for.
    public Access access() {
        return access;
    }

    /// Bytes of the longest message.
    public int messageBytesMax() {
        return messageBytesMax;
    }

    /// The queue's descriptor, which can be waited on together with others.
    public Fd fd() {
        return fd;
    }

    /// As an address: `mq:/name`.
    public String address() {
        return address;
    }

    /// Closes this opening; the queue stays. Calls that wait on it end. A registration of this
    /// process for notification ends, by whatever opening of the queue it was made.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
