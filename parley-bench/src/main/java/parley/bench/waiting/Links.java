package parley.bench.waiting;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import parley.bench.trips.Link;
import parley.memory.Futex;
import parley.posix.PosixMessageQueue;
import parley.ready.ByteSink;
import parley.ready.ByteSource;
import parley.ready.EventFd;
import parley.signal.Signal;
import parley.signal.SignalStream;
import parley.socket.UnixSeqpacketSocket;

/// The ends of Parley's mechanisms, and of the JDK's.
final class Links {
    /// Bytes of a message where its length is free.
    static final int MESSAGE_BYTES = 64;

    /// What a signal is here; trips.c has the same.
    static final Signal SIGNAL = Signal.realTime(5);

    private Links() {}

    /// Memory for a message, outside the heap: nothing is copied on the way to the kernel.
    static MemorySegment message() {
        return Arena.ofAuto().allocate(MESSAGE_BYTES);
    }

    /// A message written and read as a stream.
    record Stream(ByteSource in, ByteSink out, MemorySegment message) implements Link {
        Stream(ByteSource in, ByteSink out) {
            this(in, out, Links.message());
        }

        @Override
        public void send() throws IOException {
            out.write(message);
        }

        @Override
        public void receive() throws IOException {
            for (long received = 0; received < MESSAGE_BYTES; ) {
                int length = in.read(received == 0 ? message : message.asSlice(received));
                if (length < 0) {
                    throw new EOFException();
                }
                received += length;
            }
        }
    }

    /// The same over channels of the JDK.
    record Channels(ReadableByteChannel in, WritableByteChannel out, ByteBuffer message)
            implements Link {
        Channels(ReadableByteChannel in, WritableByteChannel out) {
            this(in, out, ByteBuffer.allocateDirect(MESSAGE_BYTES));
        }

        @Override
        public void send() throws IOException {
            message.clear();
            while (message.hasRemaining()) {
                int _ = out.write(message);
            }
        }

        @Override
        public void receive() throws IOException {
            message.clear();
            while (message.hasRemaining()) {
                if (in.read(message) < 0) {
                    throw new EOFException();
                }
            }
        }
    }

    /// A socket that keeps messages apart.
    record Packets(UnixSeqpacketSocket socket, MemorySegment message) implements Link {
        Packets(UnixSeqpacketSocket socket) {
            this(socket, Links.message());
        }

        @Override
        public void send() throws Exception {
            socket.send(message);
        }

        @Override
        public void receive() throws Exception {
            int _ = socket.receive(message);
        }
    }

    /// A counter for each direction.
    record Counters(EventFd in, EventFd out) implements Link {
        @Override
        public void send() throws Exception {
            out.add(1);
        }

        @Override
        public void receive() throws Exception {
            var _ = in.take();
        }
    }

    /// A word for each direction, which counts messages from 0 on. Nobody spins: this measures
    /// sleeping.
    static final class Words implements Link {
        private final Futex in;
        private final Futex out;
        private int seen;

        Words(Futex in, Futex out) {
            this.in = in;
            this.out = out;
        }

        @Override
        public void send() throws Exception {
            int _ = out.getAndAdd(1);
            int _ = out.wake(1);
        }

        @Override
        public void receive() throws Exception {
            while (in.get() == seen) {
                var _ = in.await(seen);
            }
            seen++;
        }
    }

    /// A queued signal for each message.
    record Signals(SignalStream in, int peer) implements Link {
        @Override
        public void send() throws Exception {
            parley.signal.Signals.send(peer, SIGNAL, 1);
        }

        @Override
        public void receive() throws Exception {
            var _ = in.receive();
        }
    }

    /// A queue for each direction.
    record Queues(PosixMessageQueue in, PosixMessageQueue out, MemorySegment message)
            implements Link {
        Queues(PosixMessageQueue in, PosixMessageQueue out) {
            this(in, out, Links.message());
        }

        @Override
        public void send() throws Exception {
            out.send(message, 0);
        }

        @Override
        public void receive() throws Exception {
            int _ = in.receive(message);
        }
    }
}
