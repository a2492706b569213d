package parley.bench.channels;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;

/// A Chronicle queue for each way, in memory, with blocks of 1 GiB.
public final class ChronicleChannels implements ChannelLibrary {
    private static final long BLOCK_BYTES = 1L << 30;

    @Override
    public ChannelEnds open(String mechanism, Side side, Cargo cargo) {
        var there = queue(side, "there");
        var back = queue(side, "back");
        var in = side.isSender() ? back : there;
        var out = side.isSender() ? there : back;
        return new Ends(cargo, in, out, in.createTailer(), out.createAppender());
    }

    private static ChronicleQueue queue(Side side, String name) {
        return SingleChronicleQueueBuilder.binary(side.path(name)).blockSize(BLOCK_BYTES).build();
    }

    private static final class Ends implements ChannelEnds {
        private final Bytes<?> outgoing = Bytes.wrapForRead(Cargo.outgoing());
        private final Bytes<?> incoming = Bytes.wrapForWrite(Cargo.incoming());
        private final Cargo cargo;
        private final ChronicleQueue inQueue;
        private final ChronicleQueue outQueue;
        private final ExcerptTailer tailer;
        private final ExcerptAppender appender;

        Ends(
                Cargo cargo,
                ChronicleQueue inQueue,
                ChronicleQueue outQueue,
                ExcerptTailer tailer,
                ExcerptAppender appender) {
            this.cargo = cargo;
            this.inQueue = inQueue;
            this.outQueue = outQueue;
            this.tailer = tailer;
            this.appender = appender;
        }

        @Override
        public boolean trySend() {
            try (var document = appender.writingDocument()) {
                document.wire().bytes().write(outgoing, 0L, cargo.bytes());
            }
            return true;
        }

        @Override
        public int receive() {
            try (var document = tailer.readingDocument()) {
                if (!document.isPresent()) {
                    return 0;
                }
                incoming.clear();
                document.wire().bytes().read(incoming, cargo.bytes());
            }
            cargo.took();
            return 1;
        }

        @Override
        public void close() {
            tailer.close();
            appender.close();
            inQueue.close();
            outQueue.close();
        }
    }
}
