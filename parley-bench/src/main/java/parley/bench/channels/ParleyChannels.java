package parley.bench.channels;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import parley.channel.MessageChannel;
import parley.channel.MessageReceiver;
import parley.channel.MessageSender;
import parley.channel.Waiting;
import parley.os.NotFoundException;
import parley.shm.MessageHandler;

/// Parley's message channels: 1 MiB for each sender, and a channel of one for messages back.
public final class ParleyChannels implements ChannelLibrary {
    private static final int CAPACITY = 1 << 20;
    private static final int IN_A_ROW_MAX = 256;

    @Override
    public ChannelEnds open(String mechanism, Side side, Cargo cargo) throws IOException {
        var waiting =
                switch (mechanism) {
                    case "spin" -> Waiting.SPIN;
                    case "spin-park" -> Waiting.PARK;
                    case "park" -> Waiting.SLEEP;
                    default -> throw new IllegalArgumentException(mechanism);
                };
        var there = channel(side, "there", side.senders());
        var back = channel(side, "back", 1);
        return new Ends(
                cargo,
                there,
                back,
                (side.isSender() ? there : back).sender().waiting(waiting),
                side.isSender() && side.index() > 0
                        ? null
                        : (side.isSender() ? back : there).receiver().waiting(waiting));
    }

    private static MessageChannel channel(Side side, String name, int senders) throws IOException {
        var own = side.directory().getFileName() + "-" + name;
        return MessageChannel.openOrCreate(own, new MessageChannel.Size(senders, CAPACITY));
    }

    /// Copies each message in and out, where it is received as many at a time as there are.
    private static final class Ends implements ChannelEnds {
        private final MessageChannel there;
        private final MessageChannel back;
        private final MessageSender sender;
        private final @Nullable MessageReceiver receiver;
        private final MemorySegment outgoing;
        private final MessageHandler handler;

        Ends(
                Cargo cargo,
                MessageChannel there,
                MessageChannel back,
                MessageSender sender,
                @Nullable MessageReceiver receiver) {
            this.there = there;
            this.back = back;
            this.sender = sender;
            this.receiver = receiver;
            outgoing = MemorySegment.ofBuffer(Cargo.outgoing()).asSlice(0, cargo.bytes());
            var incoming = MemorySegment.ofBuffer(Cargo.incoming());
            handler =
                    (memory, offset, bytes) -> {
                        MemorySegment.copy(memory, offset, incoming, 0, bytes);
                        cargo.took();
                        return true;
                    };
        }

        @Override
        public boolean trySend() throws Exception {
            sender.send(outgoing);
            return true;
        }

        @Override
        public int receive() throws Exception {
            return Objects.requireNonNull(receiver).drain(handler, IN_A_ROW_MAX);
        }

        @Override
        public void close() throws IOException {
            for (var channel : List.of(there, back)) {
                channel.close();
                try {
                    MessageChannel.unlink(Path.of(channel.toString()).getFileName().toString());
                } catch (NotFoundException _) {
                    // Another end was faster.
                }
            }
        }
    }
}
