package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import parley.kernel.Fcntl;
import parley.kernel.Mqueue;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Outcome;
import parley.ready.Readiness;
import parley.ready.Readiness.Attempt;

/// A POSIX message queue: whole messages kept by the kernel, highest priority first, then oldest.
///
/// The queue outlives its makers until it is unlinked. Safe for many threads. See mq_overview(7).
public final class PosixMessageQueue implements AutoCloseable {
    /// The highest priority; the lowest is 0. (`MQ_PRIO_MAX - 1`)
    public static final int PRIORITY_MAX = Mqueue.MQ_PRIO_MAX - 1;

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
    private final int messageBytesMax;

    private PosixMessageQueue(String address, Fd fd) throws IOException {
        this.address = address;
        this.fd = fd;
        this.messageBytesMax = (int) status().messageBytesMax();
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
    }

    /// What a queue is and holds at this moment.
    ///
    /// @param messagesMax messages it holds at most
    /// @param messageBytesMax bytes of the longest message
    /// @param messages messages it holds
    public record Status(long messagesMax, long messageBytesMax, long messages) {}

    /// A received message, equal to no other.
    ///
    /// @param content its bytes
    /// @param priority as sent, 0 to [#PRIORITY_MAX]
    @SuppressWarnings("ArrayRecordComponent") // made once per message, never compared
    public record Message(byte[] content, int priority) {}

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
        var fd = openFd(name, Fcntl.O_CREAT | Fcntl.O_EXCL, size, mode);
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
        return open(name, 0, Size.DEFAULT);
    }

    /// Opens a queue, or makes one with mode 0600. An existing one keeps its size.
    public static PosixMessageQueue openOrCreate(String name, Size size) throws IOException {
        return open(name, Fcntl.O_CREAT, size);
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
            int always = Fcntl.O_RDWR | Fcntl.O_CLOEXEC;
            var cName = arena.allocateFrom(name);
            int r = Mqueue.mq_open(cName, always | flags, mode.bits(), attributes);
            return Fd.of("mq_open", address, r);
        }
    }

    private static String address(String name) {
        return "mq:" + Names.check(name, 0);
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

    /// Receives the message of the highest priority, the oldest of those, waiting until there is
    /// one.
    ///
    /// @param into native memory of at least [#messageBytesMax()] bytes
    /// @return the message's length in bytes
    /// @throws OsException `EMSGSIZE` if `into` is too small for the longest message
    /// @throws java.nio.channels.ClosedChannelException if this queue is closed, meanwhile too
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        return receive(into, UNSET, Deadline.NEVER);
    }

    /// Receives a message if there is one; never waits.
    ///
    /// @return the message's length in bytes, [Outcome#NOTHING] if the queue is empty
    public int tryReceive(MemorySegment into) throws IOException {
        return length(Readiness.attempt(fd, RECEIVE, into, UNSET.address()));
    }

    /// Receives a message, waiting at most `timeout`.
    ///
    /// @return the message's length in bytes, [Outcome#NOTHING] if none came in time
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

    private Optional<Message> receive(Deadline deadline) throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var into = arena.allocate(messageBytesMax);
            var priority = arena.allocate(JAVA_INT);
            int length = receive(into, priority, deadline);
            return length == Outcome.NOTHING
                    ? Optional.empty()
                    : Optional.of(
                            new Message(
                                    into.asSlice(0, length).toArray(JAVA_BYTE),
                                    priority.get(JAVA_INT, 0)));
        }
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
            return new Status(
                    attributes.get(JAVA_LONG, Mqueue.MQ_MAXMSG),
                    attributes.get(JAVA_LONG, Mqueue.MQ_MSGSIZE),
                    attributes.get(JAVA_LONG, Mqueue.MQ_CURMSGS));
        } finally {
            fd.exit();
        }
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

    /// Closes this opening; the queue stays. Calls that wait on it end.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
