package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import parley.channel.MessageChannel;
import parley.channel.MessageReceiver;
import parley.channel.MessageSender;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Outcome;
import parley.shm.Delivery;
import parley.shm.Lease;
import parley.shm.MessageHandler;
import parley.tool.OutOfTime;
import parley.tool.Patience;

/// A message channel, which goes one way in each talk: it is received from, or sent to.
///
/// A message stays in the channel until it is done with: who is killed before leaves it to the next
/// receiver, and nothing is lost. But where receivers compete it is gone when it is received.
final class Channel implements MessageEnd {
    private final MessageChannel channel;
    private final Delivery delivery;
    private final @Nullable MessageReceiver receiver;
    private final @Nullable MessageSender sender;
    private @Nullable Lease lease; // of the message that is not done with

    private Channel(MessageChannel channel, boolean isRead) throws IOException {
        this.channel = channel;
        this.delivery = channel.size().delivery();
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

    /// Waits for the next message and copies it; it stays until [#done], unless receivers compete.
    ///
    /// @return its length in bytes; [Outcome#END] if this is for sending
    /// @throws parley.tool.OutOfTime if it would take longer than it may
    int receive(MemorySegment into, Patience patience) throws IOException, InterruptedException {
        if (receiver == null) {
            return Outcome.END;
        }
        return switch (delivery) {
            case TO_ONE -> copied(receiver, into, patience);
            case COMPETING -> inTime(receiver.receive(into, patience.left()), patience);
            case LEASED -> leased(receiver, into, patience);
        };
    }

    private static int copied(MessageReceiver receiver, MemorySegment into, Patience patience)
            throws IOException, InterruptedException {
        var copy = new Copy(into);
        int _ = inTime(receiver.drain(copy, 1, patience.left()), patience);
        return copy.length;
    }

    private static int inTime(int outcome, Patience patience) throws OutOfTime {
        if (outcome == Outcome.NOTHING) {
            throw patience.over();
        }
        return outcome;
    }

    private int leased(MessageReceiver receiver, MemorySegment into, Patience patience)
            throws IOException, InterruptedException {
        if (lease == null) {
            lease = receiver.lease(patience.left()).orElseThrow(patience::over);
        }
        MemorySegment.copy(lease.memory(), lease.offset(), into, 0, lease.bytes());
        return lease.bytes();
    }

    /// This channel, if what is received from it is there until it is done with.
    ///
    /// @throws OsException `EOPNOTSUPP` if it is not
    Channel peekable() throws OsException {
        if (delivery == Delivery.COMPETING) {
            var detail = "its receivers compete: what one of them reads is gone";
            var number = Errno.EOPNOTSUPP.number();
            throw OsException.of("peek", channel.toString(), number, detail);
        }
        return this;
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
        if (lease != null) {
            lease.acknowledge();
            lease = null;
        } else if (receiver != null && delivery == Delivery.TO_ONE) {
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
