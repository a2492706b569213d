package parley.socket;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interruption;

/// A connected Unix stream socket: bytes in both directions, and descriptors. See unix(7).
public final class UnixStreamSocket extends StreamSocket implements UnixSocket {
    private static final int TYPE = SysSocket.SOCK_STREAM;

    private final UnixMessages messages;

    UnixStreamSocket(Fd fd, String address) {
        super(fd, address);
        this.messages = new UnixMessages(fd, address, TYPE);
    }

    static String addressOf(UnixAddress address) {
        return "unix:" + address;
    }

    /// Connects, waiting while the listener's queue of connections is full.
    ///
    /// @throws parley.os.NotFoundException if nothing has this name
    /// @throws parley.os.NotPermittedException if the file's mode does not allow it
    /// @throws OsException `ECONNREFUSED` if nobody listens; `EPROTOTYPE` if it is a socket of
    ///   another type
    public static UnixStreamSocket connect(UnixAddress address)
            throws IOException, InterruptedException {
        return connect(address, Deadline.NEVER).orElseThrow();
    }

    /// Connects, waiting at most `timeout` while the listener's queue of connections is full.
    ///
    /// @return empty if it stayed full
    public static Optional<UnixStreamSocket> connect(UnixAddress address, Duration timeout)
            throws IOException, InterruptedException {
        return connect(address, Deadline.after(timeout));
    }

    private static Optional<UnixStreamSocket> connect(UnixAddress address, Deadline deadline)
            throws IOException, InterruptedException {
        return Sockets.connected(TYPE, addressOf(address), address, deadline)
                .map(fd -> new UnixStreamSocket(fd, addressOf(address)));
    }

    /// Makes two that are connected with each other.
    public static SocketPair<UnixStreamSocket> pair() throws OsException {
        var object = addressOf(UnixAddress.UNNAMED);
        var fds = Sockets.pair(TYPE, object);
        return new SocketPair<>(
                new UnixStreamSocket(fds[0], object), new UnixStreamSocket(fds[1], object));
    }

    /// A connected socket that this process got as a descriptor: inherited, or received with a
    /// message.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws OsException `ENOTSOCK`, `EPROTOTYPE` if it is something else
    public static UnixStreamSocket of(Fd fd) throws IOException {
        return SocketKind.UNIX_STREAM.adopt(
                fd,
                () -> {
                    var object = addressOf(Sockets.unixAddress(fd, fd.toString()));
                    return new UnixStreamSocket(fd, object);
                });
    }

    /// Writes all bytes, waiting while the stream is full; the descriptors go with the first byte.
    ///
    /// @param from native memory, a byte at least
    /// @param controls descriptors, which stay open here
    /// @throws parley.os.PeerGoneException if nobody reads any more
    /// @throws parley.os.LimitReachedException if too many descriptors are on their way
    ///   (`ETOOMANYREFS`)
    /// @throws InterruptedIOException as `write` does
    @Override
    public void send(MemorySegment from, List<ControlMessage> controls) throws IOException {
        var _ = send(from, controls, Deadline.NEVER);
    }

    /// Writes as many bytes as fit now; the descriptors go with the first byte. Never waits.
    ///
    /// @return how many; 0 if the stream is full, and then nothing went
    public long trySend(MemorySegment from, List<ControlMessage> controls) throws IOException {
        long r = messages.trySend(from, UnixAddress.UNNAMED, controls);
        return Errno.EAGAIN.is(r) ? 0 : r;
    }

    /// Writes bytes until all are written or the time is over; the descriptors go with the first
    /// byte.
    ///
    /// @return how many were written; 0 if the stream stayed full, and then nothing went
    public long send(MemorySegment from, List<ControlMessage> controls, Duration timeout)
            throws IOException {
        return send(from, controls, Deadline.after(timeout));
    }

    private long send(MemorySegment from, List<ControlMessage> controls, Deadline deadline)
            throws IOException {
        long written = 0;
        try {
            while (written < from.byteSize() || written == 0) {
                long r =
                        messages.send(
                                from.asSlice(written),
                                UnixAddress.UNNAMED,
                                written == 0 ? controls : List.of(),
                                deadline);
                if (Errno.EAGAIN.is(r)) {
                    return written;
                }
                written += r;
            }
            return written;
        } catch (InterruptedException _) {
            throw Interruption.asIoException(address(), written);
        }
    }

    /// Reads some bytes, waiting until there is one, with the descriptors sent along; never bytes
    /// of two messages that both have descriptors. (The other reads close descriptors that come.)
    ///
    /// @param into native memory, room for a byte at least
    /// @return to be closed, which closes the descriptors that were not taken
    /// @throws parley.os.LimitReachedException if this process has no room for the descriptors
    ///   (`EMFILE`); they are closed, and the bytes that came with them are lost
    @Override
    public ReceivedMessage receiveMessage(MemorySegment into) throws IOException {
        return receiveMessage(into, Deadline.NEVER).orElseThrow();
    }

    /// Reads some bytes if there are any, with the descriptors sent along; never waits.
    ///
    /// @return empty if there are none now
    public Optional<ReceivedMessage> tryReceiveMessage(MemorySegment into) throws IOException {
        return messages.tryReceive(into);
    }

    /// Reads some bytes with the descriptors sent along, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<ReceivedMessage> receiveMessage(MemorySegment into, Duration timeout)
            throws IOException {
        return receiveMessage(into, Deadline.after(timeout));
    }

    private Optional<ReceivedMessage> receiveMessage(MemorySegment into, Deadline deadline)
            throws IOException {
        try {
            return messages.receive(into, deadline);
        } catch (InterruptedException _) {
            throw Interruption.asIoException(address(), 0);
        }
    }
}
