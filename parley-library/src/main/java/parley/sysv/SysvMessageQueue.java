package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import parley.kernel.SysMsg;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.Lifetime;
import parley.os.Limit;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.RemovedException;
import parley.ready.Deadline;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.ready.Outcome;

/// A System V message queue: whole messages kept by the kernel, each with a type by which receivers
/// choose.
///
/// The queue outlives its makers until it is removed; that ends the calls that wait on it with
/// [RemovedException], which every later call gets too. Each call that waits holds one platform
/// thread: its own, or a lent one if it is virtual. Safe for many threads. See msgop(2),
/// sysvipc(7).
public final class SysvMessageQueue implements AutoCloseable {
    private static final int NO_SIZE = 0;
    private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 8;

    private final String address;
    private final int id;
    private final Lifetime lifetime = new Lifetime(() -> {}); // an id is not closed

    private SysvMessageQueue(IpcKey key, int id) {
        this(IpcKind.MSG.address(key, id), id);
    }

    private SysvMessageQueue(String address, int id) {
        this.address = address;
        this.id = id;
    }

    /// What a queue is and holds at this moment. Process numbers are 0, times empty, as long as
    /// nothing was sent or received; times are in whole seconds.
    ///
    /// @param id the queue's number
    /// @param messages messages it holds
    /// @param bytes their texts together
    /// @param bytesMax what `bytes` may grow to, and `messages` too
    /// @param lastSendPid the process that sent last
    /// @param lastReceivePid the process that received last
    /// @param lastSendTime when that was
    /// @param lastReceiveTime when that was
    /// @param changeTime when it was made, or its permissions or bounds last changed
    /// @param permissions whose it is, and who may do what
    public record Status(
            int id,
            long messages,
            long bytes,
            long bytesMax,
            int lastSendPid,
            int lastReceivePid,
            Optional<Instant> lastSendTime,
            Optional<Instant> lastReceiveTime,
            Instant changeTime,
            IpcPermissions permissions) {
        private static Status of(int id, MemorySegment status) {
            return new Status(
                    id,
                    status.get(JAVA_LONG, SysMsg.MSG_QNUM),
                    status.get(JAVA_LONG, SysMsg.MSG_CBYTES),
                    status.get(JAVA_LONG, SysMsg.MSG_QBYTES),
                    status.get(JAVA_INT, SysMsg.MSG_LSPID),
                    status.get(JAVA_INT, SysMsg.MSG_LRPID),
                    IpcKind.time(status, SysMsg.MSG_STIME),
                    IpcKind.time(status, SysMsg.MSG_RTIME),
                    Instant.ofEpochSecond(status.get(JAVA_LONG, SysMsg.MSG_CTIME)),
                    IpcPermissions.of(status));
        }
    }

    /// What all queues of this IPC namespace are together, and what limits them. (`MSG_INFO`)
    ///
    /// @param queues how many there are
    /// @param messages how many they hold
    /// @param bytes the texts of these together, counted by the kernel up to 4 GiB
    /// @param queuesMax how many queues there may be
    /// @param queueBytesMax what a new queue may hold
    /// @param messageBytesMax the longest text
    public record Summary(
            int queues,
            int messages,
            long bytes,
            int queuesMax,
            int queueBytesMax,
            int messageBytesMax) {}

    /// A received message.
    ///
    /// @param type as sent, at least 1
    /// @param text its bytes
    @SuppressWarnings("ArrayRecordComponent") // made once per message, never compared
    public record Message(long type, byte[] text) {}

    /// Makes a queue with mode 0600.
    ///
    /// @throws AlreadyExistsException if there is one of this key
    /// @throws parley.os.LimitReachedException if there are as many queues as there may be
    public static SysvMessageQueue create(IpcKey key) throws OsException {
        return create(key, FileMode.OWNER_ONLY);
    }

    /// Makes a queue.
    ///
    /// @param mode who may send (write) and receive (read), whatever the process's umask is
    /// @throws AlreadyExistsException if there is one of this key
    /// @throws parley.os.LimitReachedException if there are as many queues as there may be
    public static SysvMessageQueue create(IpcKey key, FileMode mode) throws OsException {
        return new SysvMessageQueue(key, IpcKind.MSG.create(key, NO_SIZE, mode));
    }

    /// Makes a queue without a key, with mode 0600; others find it by its [#id()].
    ///
    /// @throws parley.os.LimitReachedException if there are as many queues as there may be
    public static SysvMessageQueue createPrivate() throws OsException {
        return create(IpcKey.PRIVATE);
    }

    /// Opens an existing queue. It may turn out only with the first call that this is not
    /// permitted.
    ///
    /// @throws NotFoundException if there is none of this key
    public static SysvMessageQueue open(IpcKey key) throws OsException {
        return new SysvMessageQueue(key, IpcKind.MSG.find(key, NO_SIZE));
    }

    /// Opens an existing queue by its number in this IPC namespace.
    ///
    /// @throws NotFoundException if there is none of this id
    public static SysvMessageQueue openById(int id) throws OsException {
        IpcKind.MSG.find(id);
        return new SysvMessageQueue(IpcKind.MSG.address(id), id);
    }

    /// Opens a queue, or makes one with mode 0600.
    ///
    /// @throws parley.os.LimitReachedException if there are as many queues as there may be
    public static SysvMessageQueue openOrCreate(IpcKey key) throws OsException {
        return new SysvMessageQueue(key, IpcKind.MSG.findOrCreate(key, NO_SIZE).id());
    }

    /// Removes a queue and the messages in it; calls that wait on it end.
    ///
    /// @throws NotFoundException if there is none of this key
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public static void remove(IpcKey key) throws OsException {
        IpcKind.MSG.remove(IpcKind.MSG.find(key, NO_SIZE));
    }

    /// Removes a queue and the messages in it; calls that wait on it end.
    ///
    /// @throws NotFoundException if there is none of this id
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public static void removeById(int id) throws OsException {
        IpcKind.MSG.remove(id);
    }

    /// Removes this queue and the messages in it; calls that wait on it end, here and elsewhere.
    ///
    /// @throws RemovedException if it was removed before
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public void remove() throws IOException {
        lifetime.enter();
        try {
            IpcKind.MSG.remove(id, address);
        } finally {
            lifetime.exit();
        }
    }

    /// Sends a message, waiting while the queue is full.
    ///
    /// @param type at least 1; what it means is up to the programs
    /// @param text native memory; all of it is the message, at most [#messageBytesMax()] bytes
    /// @throws OsException `EINVAL` if the text is too long; `EACCES` if the mode does not allow
    ///   sending
    /// @throws RemovedException if the queue is removed, meanwhile too
    /// @throws java.nio.channels.ClosedChannelException if this queue is closed, meanwhile too
    public void send(long type, MemorySegment text) throws IOException, InterruptedException {
        requireNative(text);
        var _ = send(type, text, Deadline.NEVER);
    }

    /// Sends a message if the queue has room; never waits.
    ///
    /// @return false if the queue is full
    public boolean trySend(long type, MemorySegment text) throws IOException {
        requireNative(text);
        return trySendAny(type, text);
    }

    /// Sends a message, waiting at most `timeout` on the monotonic clock.
    ///
    /// @return false if the queue stayed full
    public boolean send(long type, MemorySegment text, Duration timeout)
            throws IOException, InterruptedException {
        requireNative(text);
        return send(type, text, Deadline.after(timeout));
    }

    /// Sends a message, waiting while the queue is full.
    public void send(long type, byte[] text) throws IOException, InterruptedException {
        var _ = send(type, MemorySegment.ofArray(text), Deadline.NEVER);
    }

    /// Sends a message if the queue has room; never waits.
    ///
    /// @return false if the queue is full
    public boolean trySend(long type, byte[] text) throws IOException {
        return trySendAny(type, MemorySegment.ofArray(text));
    }

    /// Sends a message, waiting at most `timeout`.
    ///
    /// @return false if the queue stayed full
    public boolean send(long type, byte[] text, Duration timeout)
            throws IOException, InterruptedException {
        return send(type, MemorySegment.ofArray(text), Deadline.after(timeout));
    }

    private boolean trySendAny(long type, MemorySegment text) throws IOException {
        var message = outgoing(type, text);
        try {
            return isSent(message.msgsnd().attempt(lifetime), text);
        } finally {
            message.release();
        }
    }

    private boolean send(long type, MemorySegment text, Deadline deadline)
            throws IOException, InterruptedException {
        var message = outgoing(type, text);
        try {
            return isSent(message.msgsnd().await(lifetime, deadline), text);
        } finally {
            message.release();
        }
    }

    private TypedMessage outgoing(long type, MemorySegment text) throws OsException {
        long checkedType = MessageSelector.checkedType(type);
        var message = TypedMessage.acquire(); // lost to the collector if what follows fails
        if (text.byteSize() > message.textBytesMax()) {
            if (isTooLong(text)) {
                throw tooLong(); // as the kernel would
            }
            message.grow(text.byteSize());
        }
        message.toSend(id, checkedType, text);
        return message;
    }

    private static boolean isTooLong(MemorySegment text) {
        return text.byteSize() > Limit.MSGMAX.value().orElse(Long.MAX_VALUE);
    }

    private OsException tooLong() {
        return OsException.of("msgsnd(msgsz)", address, Errno.EINVAL.number());
    }

    private boolean isSent(long r, MemorySegment text) throws OsException {
        if (Errno.EINVAL.is(r) && isTooLong(text)) {
            throw tooLong();
        }
        return !Errno.EAGAIN.is(r) && IpcKind.MSG.check("msgsnd", id, address, r) == 0;
    }

    /// Receives a message, waiting until there is one.
    ///
    /// What type it has is known from `which` if that is exact; else receive a [Message].
    ///
    /// @param into native memory with room for the text, not read-only; it cannot be freed while
    ///   this waits
    /// @return the text's length in bytes
    /// @throws OsException `E2BIG` if the text is longer than `into`: the message stays in the
    ///   queue; `EACCES` if the mode does not allow receiving
    /// @throws RemovedException if the queue is removed, meanwhile too
    /// @throws java.nio.channels.ClosedChannelException if this queue is closed, meanwhile too
    public int receive(MemorySegment into, MessageSelector which)
            throws IOException, InterruptedException {
        return receive(into, which, Deadline.NEVER);
    }

    /// Receives a message if there is one; never waits.
    ///
    /// @return the text's length in bytes, [Outcome#NOTHING] if there is no such message
    /// @throws OsException `E2BIG` if the text is longer than `into`: the message stays in the
    ///   queue
    public int tryReceive(MemorySegment into, MessageSelector which) throws IOException {
        var message = TypedMessage.acquire();
        try {
            message.toReceive(id, into.byteSize(), which, into);
            return copied(message.msgrcv().attempt(lifetime), message, into);
        } finally {
            message.release();
        }
    }

    /// Receives a message, waiting at most `timeout` on the monotonic clock.
    ///
    /// @return the text's length in bytes, [Outcome#NOTHING] if none came in time
    /// @throws OsException `E2BIG` if the text is longer than `into`: the message stays in the
    ///   queue
    public int receive(MemorySegment into, MessageSelector which, Duration timeout)
            throws IOException, InterruptedException {
        return receive(into, which, Deadline.after(timeout));
    }

    private int receive(MemorySegment into, MessageSelector which, Deadline deadline)
            throws IOException, InterruptedException {
        var message = TypedMessage.acquire();
        try {
            message.toReceive(id, into.byteSize(), which, into);
            return copied(message.msgrcv().await(lifetime, deadline), message, into);
        } finally {
            message.release();
        }
    }

    private int copied(long r, TypedMessage message, MemorySegment into) throws OsException {
        int length = length(r);
        if (length != Outcome.NOTHING) {
            message.copyText(into, length);
        }
        return length;
    }

    /// Receives a message of any length with its type, waiting until there is one.
    public Message receive(MessageSelector which) throws IOException, InterruptedException {
        return receive(which, Deadline.NEVER).orElseThrow();
    }

    /// Receives a message of any length with its type if there is one; never waits.
    ///
    /// @return empty if there is no such message
    public Optional<Message> tryReceive(MessageSelector which) throws IOException {
        var message = TypedMessage.acquire();
        try {
            message.toReceive(id, ARRAY_BYTES_MAX, which, TypedMessage.NOWHERE);
            return whole(message.msgrcv().attempt(lifetime), message);
        } finally {
            message.release();
        }
    }

    /// Receives a message of any length with its type, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<Message> receive(MessageSelector which, Duration timeout)
            throws IOException, InterruptedException {
        return receive(which, Deadline.after(timeout));
    }

    /// This queue as where messages of one type go into; its close is the queue's.
    public MessageSink sink(long type) {
        return new Sink(this, type);
    }

    /// This queue as where messages come out of that a selector chooses; its close is the queue's.
    public MessageSource source(MessageSelector which) {
        return new Source(this, which);
    }

    private record Sink(SysvMessageQueue queue, long type) implements MessageSink {
        @Override
        public void send(MemorySegment message) throws IOException, InterruptedException {
            queue.send(type, message);
        }

        @Override
        public boolean trySend(MemorySegment message) throws IOException {
            return queue.trySend(type, message);
        }

        @Override
        public boolean send(MemorySegment message, Duration timeout)
                throws IOException, InterruptedException {
            return queue.send(type, message, timeout);
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    private record Source(SysvMessageQueue queue, MessageSelector which) implements MessageSource {
        @Override
        public int receive(MemorySegment into) throws IOException, InterruptedException {
            return queue.receive(into, which);
        }

        @Override
        public int tryReceive(MemorySegment into) throws IOException {
            return queue.tryReceive(into, which);
        }

        @Override
        public int receive(MemorySegment into, Duration timeout)
                throws IOException, InterruptedException {
            return queue.receive(into, which, timeout);
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    /// A copy of a message, which stays in the queue; never waits. (`MSG_COPY`)
    ///
    /// @param index its place from the oldest, which has 0
    /// @return empty if the queue has not so many messages
    /// @throws OsException `ENOSYS` if the kernel was built without CONFIG_CHECKPOINT_RESTORE
    public Optional<Message> peek(int index) throws IOException {
        if (index < 0) {
            throw new IllegalArgumentException("not a place in a queue: " + index);
        }
        return tryReceive(MessageSelector.copyOf(index));
    }

    private Optional<Message> receive(MessageSelector which, Deadline deadline)
            throws IOException, InterruptedException {
        var message = TypedMessage.acquire();
        try {
            message.toReceive(id, ARRAY_BYTES_MAX, which, TypedMessage.NOWHERE);
            return whole(message.msgrcv().await(lifetime, deadline), message);
        } finally {
            message.release();
        }
    }

    private Optional<Message> whole(long r, TypedMessage message) throws OsException {
        int length = length(r);
        if (length == Outcome.NOTHING) {
            return Optional.empty();
        }
        var text = message.memory().asSlice(SysMsg.TYPE_BYTES, length).toArray(JAVA_BYTE);
        return Optional.of(new Message(message.type(), text));
    }

    private int length(long r) throws OsException {
        return Errno.EAGAIN.is(r)
                ? Outcome.NOTHING
                : (int) IpcKind.MSG.check("msgrcv", id, address, r);
    }

    /// As all message mechanisms do; most of them pass the memory itself to the kernel.
    private static void requireNative(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("not native memory: " + segment);
        }
    }

    /// What the queue is and holds.
    ///
    /// @throws OsException `EACCES` if the mode does not allow reading
    public Status status() throws IOException {
        lifetime.enter();
        try (var arena = Arena.ofConfined()) {
            var status = IpcKind.MSG.status(id, address, arena);
            return Status.of(id, status);
        } finally {
            lifetime.exit();
        }
    }

    /// Changes who may send and receive.
    ///
    /// @throws parley.os.NotPermittedException if the queue belongs to another user
    public void setMode(FileMode mode) throws IOException {
        lifetime.enter();
        try {
            IpcKind.MSG.setMode(id, address, mode);
        } finally {
            lifetime.exit();
        }
    }

    /// Gives the queue to another user and group; its creator may change it all the same.
    ///
    /// @throws parley.os.NotPermittedException if the queue belongs to another user
    public void setOwner(long uid, long gid) throws IOException {
        lifetime.enter();
        try {
            IpcKind.MSG.setOwner(id, address, uid, gid);
        } finally {
            lifetime.exit();
        }
    }

    /// Changes what the queue may hold: bytes, and as many messages. More than it holds now makes
    /// senders that wait go on.
    ///
    /// @param bytes may be less than is in the queue, which stays
    /// @throws parley.os.NotPermittedException if the queue belongs to another user, or for more
    ///   than `kernel.msgmnb` without CAP_SYS_RESOURCE
    public void setBytesMax(long bytes) throws IOException {
        if (bytes < 0) {
            throw new IllegalArgumentException("not a number of bytes: " + bytes);
        }
        lifetime.enter();
        try {
            IpcKind.MSG.change(
                    id,
                    address,
                    "msg_qbytes",
                    status -> status.set(JAVA_LONG, SysMsg.MSG_QBYTES, bytes));
        } finally {
            lifetime.exit();
        }
    }

    /// All queues of this IPC namespace, whoever may read them. Linux shows them to everybody.
    public static List<Status> list() throws OsException {
        return IpcKind.MSG.list(Status::of);
    }

    /// All queues of this IPC namespace together, and their limits.
    public static Summary summary() throws OsException {
        try (var arena = Arena.ofConfined()) {
            var info = arena.allocate(SysMsg.MSGINFO);
            var _ = IpcKind.MSG.info(SysMsg.MSG_INFO, info);
            return new Summary(
                    info.get(JAVA_INT, SysMsg.MSGPOOL),
                    info.get(JAVA_INT, SysMsg.MSGMAP),
                    Integer.toUnsignedLong(info.get(JAVA_INT, SysMsg.MSGTQL)),
                    info.get(JAVA_INT, SysMsg.MSGMNI),
                    info.get(JAVA_INT, SysMsg.MSGMNB),
                    info.get(JAVA_INT, SysMsg.MSGMAX));
        }
    }

    /// Bytes of the longest message that the kernel takes now: `kernel.msgmax`, for all queues.
    public int messageBytesMax() {
        return (int) Limit.MSGMAX.value().orElse(TypedMessage.DEFAULT_TEXT_BYTES);
    }

    /// The queue's number, the same for all processes of this IPC namespace.
    public int id() {
        return id;
    }

    /// As an address: `msg:0x2a01`, or `msg:#7` if it was made without a key or opened by id.
    public String address() {
        return address;
    }

    /// Closes this opening; the queue stays. Calls that wait on it end.
    @Override
    public void close() {
        lifetime.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
