package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.List;
import parley.kernel.Pool;
import parley.kernel.SysSocket;
import parley.kernel.SysUio;
import parley.ready.Readiness.Attempt;

/// The memory of one sendmsg(2) or recvmsg(2): header, vector, a name, control messages.
///
/// ```
///  0        56      72     200          5464
///  | msghdr | iovec | name | control ... |
/// ```
final class MessageBuffer {
    private static final long NAME_BYTES = SysSocket.SOCKADDR_STORAGE.byteSize();
    // All that a socket can be told to add to a message fits; so only descriptors that this process
    // has no room for are cut off.
    private static final long CONTROL_BYTES =
            room((long) Integer.BYTES * ControlMessage.DESCRIPTORS_MAX)
                    + room(SysSocket.UCRED.byteSize())
                    + room(Integer.BYTES) // a pidfd
                    + room(Peer.LABEL_BYTES_MAX)
                    + room(2 * Long.BYTES) // a time
                    + room(Integer.BYTES); // messages dropped

    private static final long IOVEC = SysSocket.MSGHDR.byteSize();
    private static final long NAME = IOVEC + SysUio.IOVEC.byteSize();
    private static final long CONTROL = NAME + NAME_BYTES;

    private final MemorySegment memory =
            Arena.ofAuto().allocate(CONTROL + CONTROL_BYTES, Long.BYTES);
    private final MemorySegment name = memory.asSlice(NAME, NAME_BYTES);
    private final MemorySegment control = memory.asSlice(CONTROL, CONTROL_BYTES);

    /// Sends what was put in, without waiting.
    final Attempt send = (fd, data, _) -> send(fd, data, Sockets.SEND_FLAGS);

    /// Receives without waiting; the argument holds more flags. The result of a message longer than
    /// the memory is its real length, if MSG_TRUNC is among them.
    final Attempt receive =
            (fd, into, flags) -> receive(fd, into, SysSocket.MSG_DONTWAIT | (int) flags);

    /// For one socket: two are kept from call to call, as one thread may wait to receive while
    /// another sends.
    static Pool<MessageBuffer> newPool() {
        return new Pool<>(2, MessageBuffer::new);
    }

    private static long room(long bytes) {
        return aligned(SysSocket.CMSGHDR.byteSize() + bytes);
    }

    /// How far the next control message is.
    static long aligned(long bytes) {
        return (bytes + Long.BYTES - 1) & -Long.BYTES;
    }

    /// Prepares a call on `data` alone.
    void prepare(MemorySegment data) {
        memory.set(JAVA_LONG, IOVEC + SysUio.IOV_BASE, data.address());
        memory.set(JAVA_LONG, IOVEC + SysUio.IOV_LEN, data.byteSize());
        memory.set(JAVA_LONG, SysSocket.MSG_IOV, memory.address() + IOVEC);
        memory.set(JAVA_LONG, SysSocket.MSG_IOVLEN, 1);
        memory.set(JAVA_INT, SysSocket.MSG_FLAGS, 0);
        putNameLength(0);
        putControlLength(0);
    }

    private void putNameLength(long bytes) {
        memory.set(JAVA_LONG, SysSocket.MSG_NAME, bytes == 0 ? 0 : name.address());
        memory.set(JAVA_INT, SysSocket.MSG_NAMELEN, (int) bytes);
    }

    private void putControlLength(long bytes) {
        memory.set(JAVA_LONG, SysSocket.MSG_CONTROL, bytes == 0 ? 0 : memory.address() + CONTROL);
        memory.set(JAVA_LONG, SysSocket.MSG_CONTROLLEN, bytes);
    }

    /// Names the receiver.
    void putName(UnixAddress to) {
        putNameLength(UnixNames.encode(to, name));
    }

    /// Names the receiver, for a socket of `family`.
    void putName(InetSocketAddress to, int family) {
        putNameLength(InternetNames.encode(to, family, name));
    }

    /// Lets control messages go with the message.
    void put(SentControls controls) {
        putControlLength(controls.writeTo(control));
    }

    /// Makes room for the sender's name and for control messages.
    void expectAll() {
        putNameLength(NAME_BYTES);
        putControlLength(CONTROL_BYTES);
    }

    /// Sends and waits, in a thread that may not be the owner of `data`: that one waits too, so
    /// that the memory stays.
    long sendWaiting(int fd, MemorySegment data) {
        var kept = data.isAccessibleBy(Thread.currentThread()) ? data : MemorySegment.NULL;
        return send(fd, kept, SysSocket.MSG_NOSIGNAL);
    }

    private long send(int fd, MemorySegment data, int flags) {
        return SysSocket.sendmsg(fd, memory, flags, data);
    }

    /// Receives; waits unless MSG_DONTWAIT is among the flags.
    long receive(int fd, MemorySegment into, int flags) {
        return SysSocket.recvmsg(fd, memory, flags | SysSocket.MSG_CMSG_CLOEXEC, into);
    }

    /// Whether something had no room: of a message's bytes `MSG_TRUNC`, of what came besides
    /// `MSG_CTRUNC`.
    boolean isFlagged(int flag) {
        return (memory.get(JAVA_INT, SysSocket.MSG_FLAGS) & flag) != 0;
    }

    /// True if nothing came besides the bytes, be it cut or not.
    boolean isBare() {
        return memory.get(JAVA_LONG, SysSocket.MSG_CONTROLLEN) == 0
                && !isFlagged(SysSocket.MSG_CTRUNC);
    }

    UnixAddress unixSender() {
        return UnixNames.decode(name, memory.get(JAVA_INT, SysSocket.MSG_NAMELEN));
    }

    InetSocketAddress internetSender() {
        return InternetNames.decode(name);
    }

    /// What came besides the bytes; its descriptors are the caller's.
    List<ControlMessage> controls(String object) throws IOException {
        long bytes = memory.get(JAVA_LONG, SysSocket.MSG_CONTROLLEN);
        return ReceivedControls.read(control.asSlice(0, bytes), object);
    }
}
