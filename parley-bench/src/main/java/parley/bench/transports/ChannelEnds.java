package parley.bench.transports;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Ends that are channels of the JDK's kind: its own, and those of a provider. All of them block,
/// are connected, and get direct buffers: no selector and no copy.
final class ChannelEnds {
    private ChannelEnds() {}

    private record Streams(ReadableByteChannel in, WritableByteChannel out) implements End {
        @Override
        public void send(Message message) throws IOException {
            var buffer = message.buffer().clear();
            while (buffer.hasRemaining()) {
                int _ = out.write(buffer);
            }
        }

        @Override
        public void receive(Message message) throws IOException {
            var buffer = message.buffer().clear();
            while (buffer.hasRemaining()) {
                if (in.read(buffer) < 0) {
                    throw new EOFException();
                }
            }
        }
    }

    private record Messages(DatagramChannel channel) implements End {
        @Override
        public void send(Message message) throws IOException {
            int _ = channel.write(message.buffer().clear());
        }

        @Override
        public void receive(Message message) throws IOException {
            int length = channel.read(message.buffer().clear());
            if (message.buffer().hasRemaining()) {
                throw new EOFException("a message of " + length);
            }
        }
    }

    /// The JDK's.
    static Opening open(Transport transport, Side side) throws IOException {
        return switch (transport) {
            case PIPE -> new Opening(Opening.NO_NAME, _ -> files("/dev/fd/5", "/dev/fd/4", side));
            case FIFO ->
                    new Opening(
                            Opening.NO_NAME,
                            _ ->
                                    side.isActive()
                                            ? files(side.path("there"), side.path("back"), side)
                                            : files(side.path("back"), side.path("there"), side));
            case UNIX ->
                    side.isActive()
                            ? new Opening(
                                    Opening.NO_NAME, peer -> both(SocketChannel.open(unix(peer))))
                            : listen(
                                    ServerSocketChannel.open(StandardProtocolFamily.UNIX),
                                    unix(side.ownPath()));
            case TCP ->
                    side.isActive()
                            ? new Opening(
                                    Opening.NO_NAME,
                                    peer -> both(SocketChannel.open(loopback(peer))))
                            : listen(ServerSocketChannel.open(), loopback("0"));
            case UDP -> datagrams(DatagramChannel.open(StandardProtocolFamily.INET));
            default -> throw new IllegalArgumentException(transport.toString());
        };
    }

    /// The Unix sockets of another provider, with the same verbs.
    static Opening open(Transport transport, Side side, SelectorProvider provider)
            throws IOException {
        return switch (transport) {
            case UNIX ->
                    side.isActive()
                            ? new Opening(Opening.NO_NAME, peer -> connected(provider, peer))
                            : listen(provider.openServerSocketChannel(), unix(side.ownPath()));
            case UNIX_DATAGRAM -> {
                var channel = provider.openDatagramChannel();
                channel.bind(unix(side.ownPath()));
                yield new Opening(
                        side.ownPath(), peer -> new Messages(channel.connect(unix(peer))));
            }
            default -> throw new IllegalArgumentException(transport.toString());
        };
    }

    /// The other process opens them in the order in which this one does.
    private static End files(String out, String in, Side side) throws IOException {
        if (side.isActive()) {
            var sink = FileChannel.open(Path.of(out), StandardOpenOption.WRITE);
            return new Streams(FileChannel.open(Path.of(in), StandardOpenOption.READ), sink);
        }
        var source = FileChannel.open(Path.of(in), StandardOpenOption.READ);
        return new Streams(source, FileChannel.open(Path.of(out), StandardOpenOption.WRITE));
    }

    private static SocketAddress unix(String path) {
        return UnixDomainSocketAddress.of(path);
    }

    private static SocketAddress loopback(String port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(port));
    }

    private static End connected(SelectorProvider provider, String peer) throws IOException {
        var channel = provider.openSocketChannel();
        channel.connect(unix(peer));
        return both(channel);
    }

    private static Opening listen(ServerSocketChannel listener, SocketAddress address)
            throws IOException {
        listener.bind(address);
        var name =
                listener.getLocalAddress() instanceof InetSocketAddress internet
                                && address instanceof InetSocketAddress
                        ? Integer.toString(internet.getPort())
                        : address.toString();
        return new Opening(name, _ -> both(listener.accept()));
    }

    private static End both(SocketChannel channel) throws IOException {
        if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)
                && !(channel.getLocalAddress() instanceof UnixDomainSocketAddress)) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        return new Streams(channel, channel);
    }

    private static Opening datagrams(DatagramChannel channel) throws IOException {
        channel.bind(loopback("0"));
        var name = Integer.toString(((InetSocketAddress) channel.getLocalAddress()).getPort());
        return new Opening(name, peer -> new Messages(channel.connect(loopback(peer))));
    }
}
