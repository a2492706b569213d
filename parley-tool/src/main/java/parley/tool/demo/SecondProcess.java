package parley.tool.demo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import parley.socket.UnixAddress;
import parley.socket.UnixSeqpacketSocket;
import parley.tool.Failure;
import parley.tool.demo.Protocol.Message;

/// The second process of the demonstration: a JVM of its own that joins what the first one offers,
/// receives, computes the checksum and echoes. It ends with the first one, however that ends and
/// wherever this one waits.
public final class SecondProcess {
    private final Protocol protocol;
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();

    private SecondProcess(Protocol protocol) {
        this.protocol = protocol;
    }

    /// Started by [PeerProcess].
    ///
    /// @param args the abstract name to connect to
    public static void main(String[] args) {
        try {
            var socket = UnixSeqpacketSocket.connect(UnixAddress.abstractName(args[0]));
            var second = new SecondProcess(new Protocol(socket));
            Thread.ofPlatform().daemon().name("parley-demo-listener").start(second::listen);
            Digest.warmUp();
            second.protocol.send("ready");
            second.serve();
        } catch (Exception _) {
            // The first process has closed, or was killed; there is nobody to tell.
        }
    }

    /// In a thread of its own, because the kernel tells only a reader that the first process has
    /// gone: a message queue, for example, does not.
    private void listen() {
        try {
            while (true) {
                messages.add(protocol.receive());
            }
        } catch (Exception _) {
            Runtime.getRuntime().halt(0);
        }
    }

    private void serve() throws Exception {
        try {
            while (true) {
                var message = messages.take();
                require(message.word().equals("join"), message);
                try (var end = new Closing()) {
                    var link = join(message, end);
                    protocol.send("joined");
                    converse(link);
                }
            }
        } catch (Exception | Error e) {
            Failure.trace(e);
            protocol.send(Protocol.FAILED, Failure.of(e).message());
            // Ending is what the first process notices wherever it waits.
        }
    }

    private static void require(boolean isExpected, Message message) throws IOException {
        if (!isExpected) {
            throw new IOException("not expected: " + message.word());
        }
    }

    private static Link join(Message message, Closing end) throws Exception {
        var name = message.arguments().get(0);
        var details = message.arguments().subList(1, message.arguments().size());
        return Mechanism.named(name).orElseThrow().join().join(details, message.descriptors(), end);
    }

    private void converse(Link link) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(link.pieceBytesMax());
            while (true) {
                var message = messages.take();
                switch (message.word()) {
                    case "receive" ->
                            receive(link, buffer, Long.parseLong(message.arguments().get(0)));
                    case "echo" -> echo(link, buffer, message.arguments());
                    default -> {
                        require(message.word().equals("leave"), message);
                        return;
                    }
                }
            }
        }
    }

    private void receive(Link link, MemorySegment buffer, long bytes) throws Exception {
        var digest = Digest.start();
        for (long left = bytes; left > 0; ) {
            int length = link.receive(buffer);
            digest.update(buffer.asSlice(0, length).asByteBuffer());
            left -= length;
        }
        protocol.send("received", Digest.hexadecimal(digest));
    }

    private void echo(Link link, MemorySegment buffer, List<String> arguments) throws Exception {
        int rounds = Integer.parseInt(arguments.get(0));
        int bytes = Integer.parseInt(arguments.get(1));
        protocol.send("echoing");
        var message = buffer.asSlice(0, bytes);
        for (int i = 0; i < rounds; i++) {
            link.receiveAll(buffer, bytes);
            link.send(message);
        }
    }
}
