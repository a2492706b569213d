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
/// A datagram socket that only has a name of its own hears everybody, and answers whom it heard
/// last. It never takes a peer: the kernel would refuse all others, even when that one has gone.
/// What is sent before anybody was heard waits.
final class Messages implements Endpoint {
    /// Room for any message: UDP has fewer bytes, and Unix sockets with buffers as they are made.
    static final int BYTES_MAX = 1 << 20;

    private final MessageSocket socket;
    private final @Nullable Closeable name;
    private final CountDownLatch heard;
    private volatile Answer answer;

    private Messages(MessageSocket socket, @Nullable Closeable name, boolean hasPeer) {
        this.socket = socket;
        this.name = name;
        this.heard = new CountDownLatch(hasPeer ? 0 : 1);
        this.answer = socket::send;
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

    /// Sends to the peer or to whom was heard last, waiting until there is one.
    void send(MemorySegment message) throws IOException, InterruptedException {
        heard.await();
        answer.send(message);
    }

    /// Receives; it is the sender who will be answered, if there is no peer.
    int receive(MemorySegment into) throws IOException, InterruptedException {
        if (name == null) {
            return socket.receive(into);
        }
        return switch (socket) {
            case UdpSocket udp -> {
                var datagram = udp.receiveDatagram(into);
                answerWith(message -> udp.send(message, datagram.sender()));
                yield datagram.length();
            }
            case UnixDatagramSocket unix -> {
                try (var message = unix.receiveMessage(into)) {
                    var sender = message.sender();
                    if (!(sender instanceof UnixAddress.Unnamed)) {
                        answerWith(reply -> sendIfThere(unix, reply, sender));
                    } // who has no name cannot be answered
                    yield message.length();
                }
            }
            case UnixSeqpacketSocket unix -> unix.receive(into);
        };
    }

    private void answerWith(Answer next) {
        answer = next;
        heard.countDown();
    }

    /// Answers. One that has gone, or hears another only, goes without: the others go on.
    private static void sendIfThere(UnixDatagramSocket socket, MemorySegment reply, UnixAddress to)
            throws IOException, InterruptedException {
        try {
            socket.send(reply, to);
        } catch (OsException e) {
            switch (e.errno()) {
                case ECONNREFUSED, ENOENT, EPERM, EACCES -> {}
                default -> throw e;
            }
        }
    }

    /// A way to reach somebody.
    private interface Answer {
        void send(MemorySegment message) throws IOException, InterruptedException;
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
        heard.countDown();
        if (name != null) {
            name.close();
        }
    }
}
