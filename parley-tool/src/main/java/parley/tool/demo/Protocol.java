package parley.tool.demo;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.EOFException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import parley.os.Fd;
import parley.os.PeerGoneException;
import parley.socket.ControlMessage;
import parley.socket.UnixSeqpacketSocket;

/// What the two processes of the demonstration tell each other beside what they demonstrate: short
/// texts over a seqpacket socket, one word and its arguments, with descriptors where needed.
final class Protocol implements AutoCloseable {
    private static final int MESSAGE_BYTES_MAX = 16 * 1024;

    /// The last word of a process that cannot go on, with the reason.
    static final String FAILED = "failed";

    private static final String SEPARATOR = "\n";

    private final UnixSeqpacketSocket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(MESSAGE_BYTES_MAX);

    Protocol(UnixSeqpacketSocket socket) {
        this.socket = socket;
    }

    /// A message.
    ///
    /// @param word what it is about
    /// @param arguments none of them contains a line break; all together fit [#MESSAGE_BYTES_MAX]
    /// @param descriptors owned by the receiver
    record Message(String word, List<String> arguments, List<Fd> descriptors) {}

    void send(String word, List<String> arguments, List<Fd> descriptors) throws Exception {
        var text = word + SEPARATOR + String.join(SEPARATOR, arguments);
        try (var memory = Arena.ofConfined()) {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            var message = memory.allocateFrom(JAVA_BYTE, bytes);
            if (descriptors.isEmpty()) {
                socket.send(message);
            } else {
                socket.send(message, List.of(new ControlMessage.Descriptors(descriptors)));
            }
        }
    }

    void send(String word, String... arguments) throws Exception {
        send(word, List.of(arguments), List.of());
    }

    /// Waits for a message.
    ///
    /// @throws java.io.EOFException if the other process is gone
    Message receive() throws Exception {
        try (var received = socket.receiveMessage(buffer)) {
            if (received.isEnd()) {
                throw new EOFException("the other process is gone");
            }
            var content = buffer.asSlice(0, received.length());
            var text = new String(content.toArray(JAVA_BYTE), StandardCharsets.UTF_8);
            var parts = List.of(text.split(SEPARATOR, -1));
            return new Message(
                    parts.get(0), parts.subList(1, parts.size()), received.takeDescriptors());
        }
    }

    /// The reason that the other process gave before it ended; empty if it gave none. Only after
    /// its end.
    Optional<String> lastWords() throws Exception {
        try {
            while (true) {
                var message = receive();
                if (message.word().equals(FAILED)) {
                    return Optional.of(message.arguments().getFirst());
                }
            }
        } catch (EOFException | PeerGoneException _) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
