package parley.bench.channels;

import java.io.IOException;
import java.nio.file.Files;
import org.agrona.IoUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.agrona.concurrent.broadcast.BroadcastReceiver;
import org.agrona.concurrent.broadcast.BroadcastTransmitter;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/// Agrona's ring buffers of 1 MiB, and its broadcast buffer, over files in memory, each page of
/// which is there before the first message.
public final class AgronaChannels implements ChannelLibrary {
    private static final int CAPACITY = 1 << 20;
    private static final int TYPE = 1;

    @Override
    public ChannelEnds open(String mechanism, Side side, Cargo cargo) throws IOException {
        if (mechanism.equals("broadcast")) {
            int length = CAPACITY + BroadcastBufferDescriptor.TRAILER_LENGTH;
            return new Broadcast(cargo, map(side, "broadcast", length));
        }
        int length = CAPACITY + RingBufferDescriptor.TRAILER_LENGTH;
        var there = map(side, "there", length);
        var back = map(side, "back", length);
        boolean isOfMany = mechanism.equals("many");
        var in = ring(side.isSender() ? back : there, isOfMany);
        var out = ring(side.isSender() ? there : back, isOfMany);
        return mechanism.equals("claim")
                ? new Claiming(cargo, in, out)
                : new Writing(cargo, in, out);
    }

    private static UnsafeBuffer map(Side side, String name, int length) {
        var file = side.path(name).toFile();
        return new UnsafeBuffer(
                Files.exists(file.toPath())
                        ? IoUtil.mapExistingFile(file, name)
                        : IoUtil.mapNewFile(file, length, true));
    }

    private static RingBuffer ring(UnsafeBuffer memory, boolean isOfMany) {
        return isOfMany ? new ManyToOneRingBuffer(memory) : new OneToOneRingBuffer(memory);
    }

    /// Sends by `write`, which copies a message at once.
    private static class Writing implements ChannelEnds {
        final Cargo cargo;
        final UnsafeBuffer outgoing = new UnsafeBuffer(Cargo.outgoing());
        final RingBuffer out;
        private final UnsafeBuffer incoming = new UnsafeBuffer(Cargo.incoming());
        private final RingBuffer in;
        private final MessageHandler handler;

        Writing(Cargo cargo, RingBuffer in, RingBuffer out) {
            this.cargo = cargo;
            this.in = in;
            this.out = out;
            handler =
                    (_, buffer, index, length) -> {
                        incoming.putBytes(0, buffer, index, length);
                        cargo.took();
                    };
        }

        @Override
        public boolean trySend() {
            return out.write(TYPE, outgoing, 0, cargo.bytes());
        }

        @Override
        public int receive() {
            return in.read(handler);
        }

        @Override
        public void close() {
            IoUtil.unmap(in.buffer().byteBuffer());
            IoUtil.unmap(out.buffer().byteBuffer());
        }
    }

    /// Sends by `tryClaim`, which lets the sender write into the ring itself.
    private static final class Claiming extends Writing {
        Claiming(Cargo cargo, RingBuffer in, RingBuffer out) {
            super(cargo, in, out);
        }

        @Override
        public boolean trySend() {
            int index = out.tryClaim(TYPE, cargo.bytes());
            if (index <= 0) {
                return false;
            }
            out.buffer().putBytes(index, outgoing, 0, cargo.bytes());
            out.commit(index);
            return true;
        }
    }

    /// One to several. Copies first and then asks whether what was copied is what was sent, as
    /// `CopyBroadcastReceiver` does, which throws an exception for each loss.
    private static final class Broadcast implements ChannelEnds {
        private final UnsafeBuffer outgoing = new UnsafeBuffer(Cargo.outgoing());
        private final UnsafeBuffer incoming = new UnsafeBuffer(Cargo.incoming());
        private final Cargo cargo;
        private final UnsafeBuffer memory;
        private final BroadcastTransmitter transmitter;
        private final BroadcastReceiver receiver;

        Broadcast(Cargo cargo, UnsafeBuffer memory) {
            this.cargo = cargo;
            this.memory = memory;
            transmitter = new BroadcastTransmitter(memory);
            receiver = new BroadcastReceiver(memory);
        }

        @Override
        public boolean trySend() {
            transmitter.transmit(TYPE, outgoing, 0, cargo.bytes());
            return true;
        }

        @Override
        public int receive() {
            if (!receiver.receiveNext()) {
                return 0;
            }
            incoming.putBytes(0, receiver.buffer(), receiver.offset(), receiver.length());
            if (!receiver.validate()) {
                return 0;
            }
            cargo.took();
            return 1;
        }

        @Override
        public void close() {
            IoUtil.unmap(memory.byteBuffer());
        }
    }
}
