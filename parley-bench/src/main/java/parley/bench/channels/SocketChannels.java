package parley.bench.channels;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/// The JDK's Unix stream sockets: blocking, with direct buffers.
public final class SocketChannels implements ChannelLibrary {
    @Override
    public ChannelEnds open(String mechanism, Side side, Cargo cargo) throws IOException {
        var address = UnixDomainSocketAddress.of(side.path("socket"));
        if (side.isSender()) {
            return new Ends(cargo, SocketChannel.open(address), null);
        }
        var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        return new Ends(cargo, null, listener);
    }

    /// The sender is connected before it is accepted: it opens after the receiver has.
    private static final class Ends implements ChannelEnds {
        private final Cargo cargo;
        private final @Nullable ServerSocketChannel listener;
        private final ByteBuffer outgoing;
        private final ByteBuffer incoming;
        private @Nullable SocketChannel connected;

        Ends(
                Cargo cargo,
                @Nullable SocketChannel connected,
                @Nullable ServerSocketChannel listener) {
            this.cargo = cargo;
            this.connected = connected;
            this.listener = listener;
            outgoing = Cargo.outgoing().slice(0, cargo.bytes());
            incoming = Cargo.incoming().slice(0, cargo.bytes());
        }

        private SocketChannel channel() throws IOException {
            var channel = connected;
            if (channel == null) {
                if (listener == null) {
                    throw new IllegalStateException("closed");
                }
                channel = listener.accept();
                connected = channel;
            }
            return channel;
        }

        @Override
        public boolean trySend() throws IOException {
            var channel = channel();
            outgoing.clear();
            while (outgoing.hasRemaining()) {
                int _ = channel.write(outgoing);
            }
            return true;
        }

        @Override
        public int receive() throws IOException {
            var channel = channel();
            incoming.clear();
            while (incoming.hasRemaining()) {
                if (channel.read(incoming) < 0) {
                    throw new EOFException();
                }
            }
            cargo.took();
            return 1;
        }

        @Override
        public void close() throws IOException {
            channel().close();
            if (listener != null) {
                listener.close();
            }
        }
    }
}
