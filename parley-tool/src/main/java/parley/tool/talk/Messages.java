package parley.tool.talk;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import parley.os.OsException;
import parley.socket.MessageSocket;
import parley.socket.UdpSocket;
import parley.socket.UnixAddress;
import parley.socket.UnixDatagramSocket;
import parley.socket.UnixSeqpacketSocket;

/// A socket that keeps the boundaries of messages.
///
/// A datagram socket that only has a name of its own answers whom it hears first: that one becomes
/// its peer. What is sent before waits.
final class Messages implements Endpoint {
    /// Room for any message: UDP has fewer bytes, and Unix sockets with buffers as they are made.
    static final int BYTES_MAX = 1 << 20;

    private final MessageSocket socket;
    private final @Nullable Closeable name;
    private final CountDownLatch peer;

    private Messages(MessageSocket socket, @Nullable Closeable name, boolean hasPeer) {
        this.socket = socket;
        this.name = name;
        this.peer = new CountDownLatch(hasPeer ? 0 : 1);
    }

    static Messages connected(MessageSocket socket) {
        return new Messages(socket, null, true);
    }

    /// @param name removed in the end
    static Messages bound(MessageSocket socket, Closeable name) {
        return new Messages(socket, name, false);
    }

    MessageSocket socket() {
        return socket;
    }

    /// Sends to the peer, waiting until there is one.
    void send(MemorySegment message) throws IOException, InterruptedException {
        peer.await();
        socket.send(message);
    }

    /// Receives; a sender becomes the peer if there is none.
    int receive(MemorySegment into) throws IOException, InterruptedException {
        if (peer.getCount() == 0) {
            return socket.receive(into);
        }
        return switch (socket) {
            case UdpSocket udp -> {
                var datagram = udp.receiveDatagram(into);
                answer(() -> udp.connect(datagram.sender()));
                yield datagram.length();
            }
            case UnixDatagramSocket unix -> {
                try (var message = unix.receiveMessage(into)) {
                    if (!(message.sender() instanceof UnixAddress.Unnamed)) {
                        answer(() -> unix.connect(message.sender()));
                    } // who has no name cannot be answered
                    yield message.length();
                }
            }
            case UnixSeqpacketSocket unix -> unix.receive(into);
        };
    }

    /// Makes the sender the peer. One that has gone already cannot be answered; what it said
    /// counts.
    private void answer(Connecting connecting) throws IOException {
        try {
            connecting.connect();
            peer.countDown();
        } catch (OsException _) {
            // The next one may stay longer.
        }
    }

    /// A call that gives the socket its peer.
    private interface Connecting {
        void connect() throws IOException;
    }

    /// A datagram socket has no end to tell: it is over.
    @Override
    public void endOutput() throws IOException {
        if (socket instanceof UnixSeqpacketSocket unix) {
            unix.shutdownOutput();
        } else {
            close();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        peer.countDown();
        if (name != null) {
            name.close();
        }
    }
}
