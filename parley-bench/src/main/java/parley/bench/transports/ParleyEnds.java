package parley.bench.transports;

import java.io.EOFException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import parley.bench.Partner;
import parley.pipe.NamedPipe;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.ready.ByteSink;
import parley.ready.ByteSource;
import parley.socket.MessageSocket;
import parley.socket.TcpListener;
import parley.socket.TcpSocket;
import parley.socket.UdpSocket;
import parley.socket.UnixAddress;
import parley.socket.UnixDatagramSocket;
import parley.socket.UnixSeqpacketListener;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamListener;
import parley.socket.UnixStreamSocket;

/// Parley's ends.
final class ParleyEnds {
    private ParleyEnds() {}

    private record Streams(ByteSource in, ByteSink out) implements End {
        @Override
        public void send(Message message) throws Exception {
            out.write(message.memory());
        }

        @Override
        public void receive(Message message) throws Exception {
            var memory = message.memory();
            for (long received = 0; received < memory.byteSize(); ) {
                int length = in.read(received == 0 ? memory : memory.asSlice(received));
                if (length < 0) {
                    throw new EOFException();
                }
                received += length;
            }
        }
    }

    private record Messages(MessageSocket socket) implements End {
        @Override
        public void send(Message message) throws Exception {
            socket.send(message.memory());
        }

        @Override
        public void receive(Message message) throws Exception {
            int length = socket.receive(message.memory());
            if (length != message.memory().byteSize()) {
                throw new EOFException("a message of " + length);
            }
        }
    }

    static Opening open(Transport transport, Side side) throws Exception {
        return switch (transport) {
            case PIPE -> new Opening(Opening.NO_NAME, _ -> pipes());
            case FIFO -> new Opening(Opening.NO_NAME, _ -> fifos(side));
            case UNIX ->
                    side.isActive() ? new Opening(Opening.NO_NAME, ParleyEnds::unix) : unix(side);
            case UNIX_DATAGRAM -> datagrams(side);
            case UNIX_SEQPACKET ->
                    side.isActive()
                            ? new Opening(Opening.NO_NAME, ParleyEnds::packets)
                            : packets(side);
            case TCP -> side.isActive() ? new Opening(Opening.NO_NAME, ParleyEnds::tcp) : tcp();
            case UDP -> udp();
            case SYSV_QUEUE, POSIX_QUEUE, SYSV_SEMAPHORES, POSIX_SEMAPHORES, MEMORY ->
                    new Opening(Opening.NO_NAME, _ -> KernelObjectEnds.open(transport, side));
        };
    }

    private static End pipes() throws Exception {
        return new Streams(PipeSource.of(Partner.given(0)), PipeSink.of(Partner.given(1)));
    }

    private static End fifos(Side side) throws Exception {
        var there = NamedPipe.open(Path.of(side.path("there")));
        var back = NamedPipe.open(Path.of(side.path("back")));
        if (side.isActive()) {
            var out = there.openSink();
            return new Streams(back.openSource(), out);
        }
        return new Streams(there.openSource(), back.openSink());
    }

    private static UnixAddress address(String path) {
        return UnixAddress.path(Path.of(path));
    }

    private static Opening unix(Side side) throws Exception {
        var listener = UnixStreamListener.listen(address(side.ownPath()));
        return new Opening(side.ownPath(), _ -> both(listener.accept()));
    }

    private static End unix(String peer) throws Exception {
        return both(UnixStreamSocket.connect(address(peer)));
    }

    private static <S extends ByteSource & ByteSink> End both(S socket) {
        return new Streams(socket, socket);
    }

    private static Opening datagrams(Side side) throws Exception {
        var socket = UnixDatagramSocket.bound(address(side.ownPath()));
        return new Opening(
                side.ownPath(),
                peer -> {
                    socket.connect(address(peer));
                    return new Messages(socket);
                });
    }

    private static Opening packets(Side side) throws Exception {
        var listener = UnixSeqpacketListener.listen(address(side.ownPath()));
        return new Opening(side.ownPath(), _ -> new Messages(listener.accept()));
    }

    private static End packets(String peer) throws Exception {
        return new Messages(UnixSeqpacketSocket.connect(address(peer)));
    }

    private static InetSocketAddress loopback(String port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(port));
    }

    private static Opening tcp() throws Exception {
        var listener = TcpListener.listenOnLoopback(0);
        var port = Integer.toString(listener.localAddress().getPort());
        return new Opening(port, _ -> both(listener.accept()));
    }

    private static End tcp(String peer) throws Exception {
        return both(TcpSocket.connect(loopback(peer)));
    }

    private static Opening udp() throws Exception {
        var socket = UdpSocket.boundToLoopback(0);
        return new Opening(
                Integer.toString(socket.localAddress().getPort()),
                peer -> {
                    socket.connect(loopback(peer));
                    return new Messages(socket);
                });
    }
}
