package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import parley.channel.MessageChannel;
import parley.channel.MessageReceiver;
import parley.channel.MessageSender;
import parley.ready.Outcome;
import parley.shm.MessageHandler;
import parley.tool.Patience;

/// A message channel, which goes one way in each talk: it is received from, or sent to.
///
/// A message stays in the channel until it is done with: who is killed before leaves it to the next
/// receiver, and nothing is lost.
final class Channel implements MessageEnd {
    private final MessageChannel channel;
    private final @Nullable MessageReceiver receiver;
    private final @Nullable MessageSender sender;

    private Channel(MessageChannel channel, boolean isRead) throws IOException {
        this.channel = channel;
        this.receiver = isRead ? channel.receiver() : null;
        this.sender = isRead ? null : channel.sender();
    }

    static Channel open(String name, boolean isRead) throws IOException {
        var channel = MessageChannel.open(name);
        boolean isOpen = false;
        try {
            var opened = new Channel(channel, isRead);
            isOpen = true;
            return opened;
        } finally {
            if (!isOpen) {
                channel.close();
            }
        }
    }

    @Override
    public int messageBytesMax() {
        return channel.messageBytesMax();
    }

    @Override
    public void send(MemorySegment message) throws IOException, InterruptedException {
        var _ = send(message, Patience.EVER);
    }

    /// False if there was no room in time.
    boolean send(MemorySegment message, Duration timeout) throws IOException, InterruptedException {
        if (sender == null) {
            throw new IllegalStateException("received from: " + channel);
        }
        return sender.send(message, timeout);
    }

    @Override
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        return receive(into, new Patience());
    }

    /// Waits for the next message and copies it; it stays until [#done].
    ///
    /// @return its length in bytes; [Outcome#END] if this is for sending
    /// @throws parley.tool.OutOfTime if it would take longer than it may
    int receive(MemorySegment into, Patience patience) throws IOException, InterruptedException {
        if (receiver == null) {
            return Outcome.END;
        }
        var copy = new Copy(into);
        if (receiver.drain(copy, 1, patience.left()) == Outcome.NOTHING) {
            throw patience.over();
        }
        return copy.length;
    }

    private static final class Copy implements MessageHandler {
        private final MemorySegment into;
        private int length;

        Copy(MemorySegment into) {
            this.into = into;
        }

        @Override
        public boolean handle(MemorySegment memory, long offset, int bytes) {
            MemorySegment.copy(memory, offset, into, 0, bytes);
            length = bytes;
            return false;
        }
    }

    @Override
    public void done() throws IOException {
        if (receiver != null) {
            var _ = receiver.tryDrain((_, _, _) -> true, 1);
        }
    }

    /// A channel has no end to tell; what is received from stays as it is.
    @Override
    public void endOutput() {
        if (sender != null) {
            close();
        }
    }

    @Override
    public void close() {
        channel.close();
    }
}
