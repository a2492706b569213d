package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import parley.posix.PosixMessageQueue;
import parley.ready.Outcome;
import parley.sysv.MessageSelector;
import parley.sysv.SysvMessageQueue;
import parley.tool.Patience;

/// A message queue of the kernel, which goes one way in each talk: it is read, or written.
///
/// @param isRead true if it is read
record Queue(Kind kind, boolean isRead) implements MessageEnd {
    /// A message that was taken out.
    ///
    /// @param rank its type or priority
    record Taken(int length, long rank) {}

    /// What the two kinds have in common: a number that goes with each message.
    sealed interface Kind extends AutoCloseable {
        /// What the number is called.
        String rankName();

        int messageBytesMax();

        /// False if there was no room in time.
        boolean send(MemorySegment message, long rank, Duration timeout)
                throws IOException, InterruptedException;

        Optional<Taken> receive(MemorySegment into, MessageSelector which, Duration timeout)
                throws IOException, InterruptedException;

        /// Waits for the next one, whatever its number, and puts nothing between it and `into`.
        int receive(MemorySegment into) throws IOException, InterruptedException;

        /// Looks at the first one, and leaves it there.
        Optional<Taken> peek(MemorySegment into) throws IOException;

        @Override
        void close();
    }

    /// System V's: any type can be asked for.
    record Sysv(SysvMessageQueue queue) implements Kind {
        @Override
        public String rankName() {
            return "type";
        }

        @Override
        public int messageBytesMax() {
            return queue.messageBytesMax();
        }

        @Override
        public boolean send(MemorySegment message, long type, Duration timeout)
                throws IOException, InterruptedException {
            return queue.send(type, message, timeout);
        }

        @Override
        public Optional<Taken> receive(MemorySegment into, MessageSelector which, Duration timeout)
                throws IOException, InterruptedException {
            return queue.receive(which, timeout).map(message -> taken(message, into));
        }

        @Override
        public int receive(MemorySegment into) throws IOException, InterruptedException {
            return queue.receive(into, MessageSelector.ANY);
        }

        @Override
        public Optional<Taken> peek(MemorySegment into) throws IOException {
            return queue.peek(0).map(message -> taken(message, into));
        }

        private static Taken taken(SysvMessageQueue.Message message, MemorySegment into) {
            return Queue.taken(message.text(), message.type(), into);
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    /// POSIX's: the highest priority comes first.
    record Posix(PosixMessageQueue queue) implements Kind {
        @Override
        public String rankName() {
            return "priority";
        }

        @Override
        public int messageBytesMax() {
            return queue.messageBytesMax();
        }

        @Override
        public boolean send(MemorySegment message, long priority, Duration timeout)
                throws IOException, InterruptedException {
            return queue.send(message, (int) priority, timeout);
        }

        @Override
        public Optional<Taken> receive(MemorySegment into, MessageSelector which, Duration timeout)
                throws IOException, InterruptedException {
            return queue.receive(timeout)
                    .map(message -> Queue.taken(message.content(), message.priority(), into));
        }

        @Override
        public int receive(MemorySegment into) throws IOException, InterruptedException {
            return queue.receive(into);
        }

        @Override
        public Optional<Taken> peek(MemorySegment into) {
            throw new IllegalStateException("cannot be looked at: " + queue);
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    private static Taken taken(byte[] content, long rank, MemorySegment into) {
        MemorySegment.copy(MemorySegment.ofArray(content), 0, into, 0, content.length);
        return new Taken(content.length, rank);
    }

    @Override
    public int messageBytesMax() {
        return kind.messageBytesMax();
    }

    @Override
    public void send(MemorySegment message) throws IOException, InterruptedException {
        var _ = kind.send(message, defaultRank(), Patience.EVER);
    }

    /// What a message gets that says nothing of it.
    long defaultRank() {
        return kind instanceof Sysv ? 1 : 0;
    }

    @Override
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        return isRead ? kind.receive(into) : Outcome.END;
    }

    /// A queue has no end to tell; what is read stays as it is.
    @Override
    public void endOutput() {
        if (!isRead) {
            close();
        }
    }

    @Override
    public void close() {
        kind.close();
    }
}
