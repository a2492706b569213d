package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import parley.channel.Mailbox;
import parley.channel.MailboxSelector;
import parley.posix.PosixMessageQueue;
import parley.ready.Outcome;
import parley.sysv.MessageSelector;
import parley.sysv.SysvMessageQueue;
import parley.tool.Patience;
import parley.tool.talk.Arrival.Rank;

/// A message queue of the kernel, or a mailbox, which goes one way in each talk: it is read, or
/// written.
///
/// @param isRead true if it is read
record Queue(Kind kind, boolean isRead) implements MessageEnd {
    private static final long TYPE_DEFAULT = 1;

    /// The numbers that are to go with a message; null for the usual one.
    record Ranks(@Nullable Long type, @Nullable Integer priority) {
        static final Ranks USUAL = new Ranks(null, null);

        long typeOrUsual() {
            return type == null ? TYPE_DEFAULT : type;
        }

        int priorityOrUsual() {
            return priority == null ? 0 : priority;
        }
    }

    /// A message that was taken out.
    ///
    /// @param ranks the numbers that came with it
    record Taken(int length, List<Rank> ranks) {}

    /// What the kinds have in common: numbers that go with each message.
    sealed interface Kind extends AutoCloseable {
        int messageBytesMax();

        /// False if there was no room in time.
        boolean send(MemorySegment message, Ranks ranks, Duration timeout)
                throws IOException, InterruptedException;

        Optional<Taken> receive(MemorySegment into, Selection which, Duration timeout)
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
        public int messageBytesMax() {
            return queue.messageBytesMax();
        }

        @Override
        public boolean send(MemorySegment message, Ranks ranks, Duration timeout)
                throws IOException, InterruptedException {
            return queue.send(ranks.typeOrUsual(), message, timeout);
        }

        @Override
        public Optional<Taken> receive(MemorySegment into, Selection which, Duration timeout)
                throws IOException, InterruptedException {
            return queue.receive(which.ofQueue(), timeout).map(message -> taken(message, into));
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
            return Queue.taken(message.text(), into, new Rank("type", message.type()));
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    /// POSIX's: the highest priority comes first.
    record Posix(PosixMessageQueue queue) implements Kind {
        @Override
        public int messageBytesMax() {
            return queue.messageBytesMax();
        }

        @Override
        public boolean send(MemorySegment message, Ranks ranks, Duration timeout)
                throws IOException, InterruptedException {
            return queue.send(message, ranks.priorityOrUsual(), timeout);
        }

        @Override
        public Optional<Taken> receive(MemorySegment into, Selection which, Duration timeout)
                throws IOException, InterruptedException {
            return queue.receive(timeout)
                    .map(message ->
                            Queue.taken(
                                    message.content(),
                                    into,
                                    new Rank("priority", message.priority())));
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

    /// A mailbox: any type can be asked for, or the most urgent.
    record Mail(Mailbox mailbox) implements Kind {
        @Override
        public int messageBytesMax() {
            return mailbox.messageBytesMax();
        }

        @Override
        public boolean send(MemorySegment message, Ranks ranks, Duration timeout)
                throws IOException, InterruptedException {
            return mailbox.send(message, ranks.typeOrUsual(), ranks.priorityOrUsual(), timeout);
        }

        @Override
        public Optional<Taken> receive(MemorySegment into, Selection which, Duration timeout)
                throws IOException, InterruptedException {
            return mailbox.receive(which.ofMailbox(), timeout).map(message -> taken(message, into));
        }

        @Override
        public int receive(MemorySegment into) throws IOException, InterruptedException {
            return mailbox.receive(into, MailboxSelector.HIGHEST_PRIORITY);
        }

        @Override
        public Optional<Taken> peek(MemorySegment into) throws IOException {
            return mailbox.peek(MailboxSelector.HIGHEST_PRIORITY)
                    .map(message -> taken(message, into));
        }

        private static Taken taken(Mailbox.Message message, MemorySegment into) {
            return Queue.taken(
                    message.content(),
                    into,
                    new Rank("type", message.type()),
                    new Rank("priority", message.priority()));
        }

        @Override
        public void close() {
            mailbox.close();
        }
    }

    private static Taken taken(byte[] content, MemorySegment into, Rank... ranks) {
        MemorySegment.copy(MemorySegment.ofArray(content), 0, into, 0, content.length);
        return new Taken(content.length, List.of(ranks));
    }

    @Override
    public int messageBytesMax() {
        return kind.messageBytesMax();
    }

    @Override
    public void send(MemorySegment message) throws IOException, InterruptedException {
        var _ = kind.send(message, Ranks.USUAL, Patience.EVER);
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
