package parley.tool.demo;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import parley.socket.UnixAddress;
import parley.socket.UnixSeqpacketSocket;
import parley.tool.demo.Protocol.Message;

/// The second process of the demonstration: a JVM of its own that joins what the first one offers,
/// receives, computes the checksum and echoes. It ends with the first one.
public final class SecondProcess {
    private final Protocol protocol;

    private SecondProcess(Protocol protocol) {
        this.protocol = protocol;
    }

    /// Started by [PeerProcess].
    ///
    /// @param args the abstract name to connect to
    public static void main(String[] args) throws Exception {
        var socket = UnixSeqpacketSocket.connect(UnixAddress.abstractName(args[0]));
        try (var protocol = new Protocol(socket)) {
            Digest.warmUp();
            protocol.send("ready");
            new SecondProcess(protocol).serve();
        } catch (EOFException _) {
            // The first process has closed, or was killed; there is nobody to tell.
        }
    }

    private void serve() throws Exception {
        while (true) {
            var message = protocol.receive();
            if (!message.word().equals("join")) {
                throw new IOException("not expected: " + message.word());
            }
            try (var end = new Closing()) {
                var link = join(message, end);
                protocol.send("joined");
                converse(link);
            } catch (EOFException e) {
                throw e;
            } catch (Exception e) {
                var words = e.getMessage() == null ? e.toString() : e.getMessage();
                protocol.send(Protocol.FAILED, words.replace('\n', ' '));
                return; // ending is what the first process notices wherever it waits
            }
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
                var message = protocol.receive();
                switch (message.word()) {
                    case "receive" ->
                            receive(link, buffer, Long.parseLong(message.arguments().get(0)));
                    case "echo" -> echo(link, buffer, message.arguments());
                    case "leave" -> {
                        return;
                    }
                    default -> throw new IOException("not expected: " + message.word());
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
        protocol.send("received", HexFormat.of().formatHex(digest.digest()));
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
