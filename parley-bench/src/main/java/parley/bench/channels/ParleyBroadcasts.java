package parley.bench.channels;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import parley.channel.Broadcast;
import parley.channel.Publisher;
import parley.channel.Subscriber;
import parley.channel.Waiting;
import parley.os.NotFoundException;
import parley.shm.MessageHandler;
import parley.shm.WhenSlow;

/// Parley's broadcasts of 1 MiB, whose sides spin: slow subscribers hold the publisher back, or
/// lose messages.
public final class ParleyBroadcasts implements ChannelLibrary {
    private static final int CAPACITY = 1 << 20;
    private static final int SUBSCRIBERS_MAX = 8;
    private static final int IN_A_ROW_MAX = 256;

    @Override
    public ChannelEnds open(String mechanism, Side side, Cargo cargo) throws IOException {
        var whenSlow =
                switch (mechanism) {
                    case "hold-back" -> WhenSlow.HOLD_BACK;
                    case "lose" -> WhenSlow.LOSE_OLDEST;
                    default -> throw new IllegalArgumentException(mechanism);
                };
        var name = side.directory().getFileName() + "-broadcast";
        var size = new Broadcast.Size(SUBSCRIBERS_MAX, CAPACITY, whenSlow);
        return new Ends(cargo, Broadcast.openOrCreate(name, size), side.isSender());
    }

    /// Copies each message in and out; a subscriber takes as many at a time as there are.
    private static final class Ends implements ChannelEnds {
        private final Broadcast broadcast;
        private final @Nullable Publisher publisher;
        private final @Nullable Subscriber subscriber;
        private final MemorySegment outgoing;
        private final MessageHandler handler;

        Ends(Cargo cargo, Broadcast broadcast, boolean isPublisher) throws IOException {
            this.broadcast = broadcast;
            publisher = isPublisher ? broadcast.publisher().waiting(Waiting.SPIN) : null;
            subscriber = isPublisher ? null : broadcast.subscriber().waiting(Waiting.SPIN);
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
            Objects.requireNonNull(publisher).send(outgoing);
            return true;
        }

        @Override
        public int receive() throws Exception {
            return Objects.requireNonNull(subscriber).drain(handler, IN_A_ROW_MAX);
        }

        @Override
        public void close() throws IOException {
            broadcast.close();
            try {
                Broadcast.unlink(Path.of(broadcast.toString()).getFileName().toString());
            } catch (NotFoundException _) {
                // Another end was faster.
            }
        }
    }
}
