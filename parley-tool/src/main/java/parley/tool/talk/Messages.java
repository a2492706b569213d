package parley.tool.talk;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import parley.socket.MessageSocket;
import parley.socket.UdpSocket;
import parley.socket.UnixAddress;
import parley.socket.UnixDatagramSocket;
import parley.socket.UnixSeqpacketSocket;

/// A socket that keeps the boundaries of messages.
///
/// A datagram socket that only has a name of its own hears everybody, and so has [Answers].
final class Messages implements MessageEnd {
    /// Room for any message: UDP has fewer bytes, and Unix sockets with buffers as they are made.
    static final int BYTES_MAX = 1 << 20;

    private final MessageSocket socket;
    private final Closeable name;
    private final @Nullable Answers answers;

    private Messages(MessageSocket socket, Closeable name, @Nullable Answers answers) {
        this.socket = socket;
        this.name = name;
        this.answers = answers;
    }

    static Messages connected(MessageSocket socket) {
        return new Messages(socket, () -> {}, null);
    }

    /// @param name removed in the end
    static Messages bound(MessageSocket socket, Closeable name, Talk talk) {
        return new Messages(socket, name, new Answers(talk));
    }

    MessageSocket socket() {
        return socket;
    }

    @Override
    public int messageBytesMax() {
        return BYTES_MAX;
    }

    @Override
    public boolean hearsEverybody() {
        return answers != null;
    }

    /// Sends to the peer, or to whom was heard last when somebody was.
    @Override
    public void send(MemorySegment message) throws IOException, InterruptedException {
        if (answers == null) {
            socket.send(message);
        } else {
            answers.send(message);
        }
    }

    @Override
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        if (answers == null) {
            return socket.receive(into);
        }
        return switch (socket) {
            case UdpSocket udp -> {
                var datagram = udp.receiveDatagram(into);
                var sender = datagram.sender();
                answers.hear(sender, (answer, timeout) -> udp.send(answer, sender, timeout));
                yield datagram.length();
            }
            case UnixDatagramSocket unix -> {
                try (var message = unix.receiveMessage(into)) {
                    var sender = message.sender();
                    if (!(sender instanceof UnixAddress.Unnamed)) {
                        answers.hear(
                                sender, (answer, timeout) -> unix.send(answer, sender, timeout));
                    } // who has no name cannot be answered
                    yield message.length();
                }
            }
            case UnixSeqpacketSocket unix -> unix.receive(into);
        };
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
        if (answers != null) {
            answers.end();
        }
        name.close();
    }
}
