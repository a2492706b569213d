package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Objects;
import parley.kernel.SysSocket;
import parley.kernel.SysUio;
import parley.ready.Outcome;
import parley.ready.Readiness.Attempt;

/// Memory for several messages that one system call sends or receives. See sendmmsg(2),
/// recvmmsg(2).
///
/// ```
///  mmsghdr ... | iovec ... | name ... | message ...
/// ```
///
/// Used again and again: nothing is allocated per message. A batch that was received can be sent as
/// it is, back to where its messages came from. Descriptors that come with messages are closed.
/// Used by one thread at a time.
public final class MessageBatch {
    private static final long HEADER_BYTES = SysSocket.MMSGHDR.byteSize();
    private static final long IOVEC_BYTES = SysUio.IOVEC.byteSize();
    private static final long NAME_BYTES = SysSocket.SOCKADDR_STORAGE.byteSize();
    private static final int UNUSED = 0;

    static final Attempt SEND =
            Attempt.of(
                    (fd, headers, count) -> send(fd, headers, count, Sockets.SEND_FLAGS),
                    (fd, headers, count) -> send(fd, headers, count, SysSocket.MSG_NOSIGNAL));

    static final Attempt RECEIVE =
            Attempt.of(
                    (fd, headers, count) -> receive(fd, headers, count, SysSocket.MSG_DONTWAIT),
                    (fd, headers, count) -> receive(fd, headers, count, SysSocket.MSG_WAITFORONE));

    private final int capacity;
    private final int bytesEach;
    private final MemorySegment headers;
    private final MemorySegment iovecs;
    private final MemorySegment names;
    private final MemorySegment messages;
    private int size;
    private int sent;

    private MessageBatch(int capacity, int bytesEach) {
        this.capacity = capacity;
        this.bytesEach = bytesEach;
        var arena = Arena.ofAuto(); // shared: a call may be made by another thread that waits
        this.headers = arena.allocate(HEADER_BYTES * capacity, Long.BYTES);
        this.iovecs = arena.allocate(IOVEC_BYTES * capacity, Long.BYTES);
        this.names = arena.allocate(NAME_BYTES * capacity, Long.BYTES);
        this.messages = arena.allocate((long) bytesEach * capacity, Long.BYTES);
        for (int i = 0; i < capacity; i++) {
            long iovec = iovecs.address() + IOVEC_BYTES * i;
            headers.set(JAVA_LONG, header(i) + SysSocket.MSG_IOV, iovec);
            headers.set(JAVA_LONG, header(i) + SysSocket.MSG_IOVLEN, 1);
            long message = messages.address() + (long) bytesEach * i;
            iovecs.set(JAVA_LONG, IOVEC_BYTES * i + SysUio.IOV_BASE, message);
        }
    }

    /// Allocates memory, which goes with this object.
    ///
    /// @param capacity how many messages at most; the kernel takes 1,024 at a time
    /// @param bytesEach how long each may be
    public static MessageBatch allocate(int capacity, int bytesEach) {
        if (capacity < 1 || bytesEach < 0) {
            throw new IllegalArgumentException(
                    "a batch of %d messages of %d bytes".formatted(capacity, bytesEach));
        }
        return new MessageBatch(capacity, bytesEach);
    }

    /// How many messages there is room for.
    public int capacity() {
        return capacity;
    }

    /// How many messages it has: added, or received.
    public int size() {
        return size;
    }

    /// Up to which message the last `send` or `trySend` came, also if it failed or was interrupted
    /// part way: those before this number have gone, and this one is the first that has not.
    public int sent() {
        return sent;
    }

    /// Takes note of how far sending came.
    void setSent(int count) {
        sent = count;
    }

    /// Takes all messages out.
    public void clear() {
        size = 0;
        sent = 0;
    }

    /// Adds a message for the peer, to be filled.
    ///
    /// @param length in bytes
    /// @return its memory, with what was there before
    public MemorySegment add(int length) {
        return add(length, 0);
    }

    private MemorySegment add(int length, long nameBytes) {
        Objects.checkIndex(size, capacity);
        Objects.checkIndex(length, bytesEach + 1);
        putName(size, nameBytes);
        putLength(size, length);
        size++;
        return message(size - 1);
    }

    /// Adds a message for the socket of a name, to be filled.
    public MemorySegment add(int length, UnixAddress to) {
        Objects.checkIndex(size, capacity);
        return add(length, UnixNames.encode(to, name(size)));
    }

    /// Adds a message for an address, to be filled.
    public MemorySegment add(int length, InetSocketAddress to) {
        Objects.checkIndex(size, capacity);
        return add(length, InternetNames.encode(to, InternetNames.family(to), name(size)));
    }

    /// A message's bytes: of one that was cut, those there was room for.
    public MemorySegment message(int index) {
        Objects.checkIndex(index, size);
        long length = iovecs.get(JAVA_LONG, IOVEC_BYTES * index + SysUio.IOV_LEN);
        return messages.asSlice((long) bytesEach * index, length);
    }

    /// A received message's real length in bytes.
    public int length(int index) {
        Objects.checkIndex(index, size);
        return headers.get(JAVA_INT, header(index) + SysSocket.MSG_LEN);
    }

    /// True if a received message was longer than there was room for; its rest is lost.
    public boolean isTruncated(int index) {
        return length(index) > bytesEach;
    }

    /// Whose name a received message came from, on a Unix socket.
    public UnixAddress unixSender(int index) {
        Objects.checkIndex(index, size);
        int length = headers.get(JAVA_INT, header(index) + SysSocket.MSG_NAMELEN);
        return UnixNames.decode(name(index), length);
    }

    /// Where a received message came from, on a UDP socket.
    public InetSocketAddress internetSender(int index) {
        Objects.checkIndex(index, size);
        return InternetNames.decode(name(index));
    }

    /// The headers of the messages from number `first` on, which refer to all the rest.
    MemorySegment headers(int first) {
        Objects.checkIndex(first, size + 1);
        return first == 0 ? headers : headers.asSlice(header(first));
    }

    /// True if some message from number `first` on goes to a name.
    boolean isNamed(int first) {
        for (int i = first; i < size; i++) {
            if (headers.get(JAVA_INT, header(i) + SysSocket.MSG_NAMELEN) != 0) {
                return true;
            }
        }
        return false;
    }

    /// Makes room in all places.
    ///
    /// @return all headers
    MemorySegment prepareToReceive() {
        clear();
        for (int i = 0; i < capacity; i++) {
            putName(i, NAME_BYTES);
            putLength(i, bytesEach);
        }
        return headers;
    }

    /// Takes note of what came.
    ///
    /// @param hasEnd whether what is bare of everything is the end, and not an empty message
    /// @return how many messages, or [Outcome#END]
    int received(int count, boolean hasEnd) {
        for (int i = 0; i < count; i++) {
            if (hasEnd && isBare(i)) {
                return i == 0 ? Outcome.END : i;
            }
            size = i + 1;
            putLength(i, Math.min(length(i), bytesEach));
            putName(i, headers.get(JAVA_INT, header(i) + SysSocket.MSG_NAMELEN));
        }
        return count;
    }

    private boolean isBare(int index) {
        int flags = headers.get(JAVA_INT, header(index) + SysSocket.MSG_FLAGS);
        return headers.get(JAVA_INT, header(index) + SysSocket.MSG_LEN) == 0
                && (flags & SysSocket.MSG_CTRUNC) == 0;
    }

    private static long header(int index) {
        return HEADER_BYTES * index;
    }

    private MemorySegment name(int index) {
        return names.asSlice(NAME_BYTES * index, NAME_BYTES);
    }

    private void putName(int index, long bytes) {
        long address = bytes == 0 ? 0 : names.address() + NAME_BYTES * index;
        headers.set(JAVA_LONG, header(index) + SysSocket.MSG_NAME, address);
        headers.set(JAVA_INT, header(index) + SysSocket.MSG_NAMELEN, (int) bytes);
    }

    private void putLength(int index, long bytes) {
        iovecs.set(JAVA_LONG, IOVEC_BYTES * index + SysUio.IOV_LEN, bytes);
        headers.set(JAVA_INT, header(index) + SysSocket.MSG_FLAGS, UNUSED);
    }

    static long send(int fd, MemorySegment headers, long count, int flags) {
        return SysSocket.sendmmsg(fd, headers, (int) count, flags);
    }

    private static long receive(int fd, MemorySegment headers, long count, int flags) {
        return SysSocket.recvmmsg(fd, headers, (int) count, flags | SysSocket.MSG_TRUNC);
    }
}
