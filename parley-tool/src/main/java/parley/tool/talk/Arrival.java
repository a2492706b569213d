package parley.tool.talk;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import parley.address.Address;
import parley.os.Credentials;
import parley.os.Fd;
import parley.os.FileMode;
import parley.ready.Outcome;
import parley.socket.ReceivedMessage;
import parley.socket.Socket;
import parley.socket.StreamSocket;
import parley.socket.TcpSocket;
import parley.socket.UdpSocket;
import parley.socket.UnixAddress;
import parley.socket.UnixDatagramSocket;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamSocket;
import parley.sysv.MessageSelector;
import parley.tool.Patience;

/// A message that came, or a piece of a stream; without its bytes.
///
/// @param length in bytes, of one that was only looked at also those there was no room for;
///   [Outcome#END] if nothing comes any more
/// @param from the sender's name, if it has one
/// @param peer the sender's process, if the kernel knows it
/// @param descriptors that came along, closed with this
/// @param rank a number that came along, if that is of a kind that has one
record Arrival(
        int length,
        @Nullable Address from,
        @Nullable Credentials peer,
        List<Fd> descriptors,
        @Nullable Rank rank)
        implements Closeable {
    /// A number that goes with a message.
    ///
    /// @param name `type` or `priority`
    record Rank(String name, long value) {}

    private Arrival(
            int length, @Nullable Address from, @Nullable Credentials peer, List<Fd> descriptors) {
        this(length, from, peer, descriptors, null);
    }

    /// Receives the next one.
    ///
    /// @param which messages of a queue
    /// @throws parley.tool.OutOfTime if it would take longer than it may
    static Arrival next(
            Endpoint endpoint, MemorySegment into, MessageSelector which, Patience patience)
            throws IOException, InterruptedException {
        var left = patience.left();
        return switch (endpoint) {
            case Bytes bytes when bytes.source() instanceof UnixStreamSocket unix ->
                    of(
                            unix.receiveMessage(into, left).orElseThrow(patience::over),
                            unix.peer().credentials());
            case Bytes bytes -> {
                var source = bytes.source();
                int length = source == null ? Outcome.END : source.read(into, left);
                if (length == 0) {
                    throw patience.over();
                }
                yield new Arrival(length, nameOf(source), null, List.of());
            }
            case Memory memory -> new Arrival(memory.read(into), null, null, List.of());
            case Channel channel -> of(channel, into, patience);
            case Queue queue ->
                    of(queue, queue.kind().receive(into, which, left).orElseThrow(patience::over));
            case Messages messages ->
                    switch (messages.socket()) {
                        case UnixSeqpacketSocket unix ->
                                of(
                                        unix.receiveMessage(into, left).orElseThrow(patience::over),
                                        unix.peer().credentials());
                        case UnixDatagramSocket unix ->
                                ofDatagram(
                                        unix.receiveMessage(into, left)
                                                .orElseThrow(patience::over));
                        case UdpSocket udp ->
                                of(udp.receiveDatagram(into, left).orElseThrow(patience::over));
                    };
        };
    }

    /// Looks at the next one of a socket or a channel, or at the first of a System V queue, and
    /// leaves it there.
    ///
    /// @throws parley.tool.OutOfTime if it would take longer than it may
    static Arrival peek(Endpoint endpoint, MemorySegment into, Patience patience)
            throws IOException, InterruptedException {
        var left = patience.left();
        return switch (endpoint) {
            case Bytes(StreamSocket stream, _, _, _) ->
                    peeked(stream.peek(into, left), 0, stream, patience);
            case Messages messages -> {
                var socket = messages.socket();
                yield peeked(socket.peek(into, left), Outcome.NOTHING, socket, patience);
            }
            case Channel channel -> of(channel.peekable(), into, patience);
            case Queue queue -> of(queue, queue.kind().peek(into).orElseThrow(patience::over));
            default -> throw new IllegalStateException("cannot be looked at: " + endpoint);
        };
    }

    /// @param nothing what `length` is if nothing came in time
    private static Arrival peeked(int length, int nothing, Socket socket, Patience patience)
            throws IOException {
        if (length == nothing) {
            throw patience.over();
        }
        var peer =
                switch (socket) {
                    case UnixStreamSocket unix -> unix.peer().credentials();
                    case UnixSeqpacketSocket unix -> unix.peer().credentials();
                    default -> null;
                };
        return new Arrival(length, nameOf(socket), peer, List.of());
    }

    private static Arrival of(Channel channel, MemorySegment into, Patience patience)
            throws IOException, InterruptedException {
        return new Arrival(channel.receive(into, patience), null, null, List.of());
    }

    private static Arrival of(Queue queue, Queue.Taken message) {
        var rank = new Rank(queue.kind().rankName(), message.rank());
        return new Arrival(message.length(), null, null, List.of(), rank);
    }

    private static Arrival of(ReceivedMessage message, Credentials peer) {
        return new Arrival(message.length(), null, peer, message.takeDescriptors());
    }

    private static Arrival ofDatagram(ReceivedMessage message) {
        var name =
                message.sender() instanceof UnixAddress.Unnamed
                        ? null
                        : new Address.Unix(
                                Address.Unix.Type.DATAGRAM,
                                message.sender(),
                                false,
                                Optional.<FileMode>empty());
        var sender = message.senderCredentials().orElse(null);
        return new Arrival(message.length(), name, sender, message.takeDescriptors());
    }

    private static Arrival of(UdpSocket.Datagram datagram) {
        var sender = datagram.sender();
        var name = new Address.Udp(sender.getAddress().getHostAddress(), sender.getPort(), false);
        return new Arrival(datagram.length(), name, null, List.of());
    }

    private static @Nullable Address nameOf(@Nullable Object source) {
        try {
            return source instanceof TcpSocket tcp ? nameOf(tcp) : null;
        } catch (IOException _) {
            return null; // it has gone
        }
    }

    private static Address nameOf(TcpSocket tcp) throws IOException {
        var peer = tcp.peerAddress();
        return new Address.Tcp(peer.getAddress().getHostAddress(), peer.getPort(), false);
    }

    boolean isEnd() {
        return length == Outcome.END;
    }

    @Override
    public void close() {
        descriptors.forEach(Fd::close);
    }
}
