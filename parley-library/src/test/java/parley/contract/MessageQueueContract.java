package parley.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.ready.Outcome;

/// What everything that carries whole messages must do.
@Timeout(120)
public abstract class MessageQueueContract {
    /// A message mechanism, reduced to what all of them have; both ends in this process.
    public interface Queue {
        /// The end that sends.
        MessageSink sink();

        /// The end that receives.
        MessageSource source();

        /// Bytes of the longest message.
        int messageBytesMax();

        /// The descriptor of the end that sends, if only its owner can.
        default Optional<Fd> sendersEnd() {
            return Optional.empty();
        }

        /// The descriptor of the end that receives, if only its owner can.
        default Optional<Fd> receiversEnd() {
            return Optional.empty();
        }

        /// True if a receiver that waits is told that the sender is gone.
        default boolean tellsWhenSenderIsGone() {
            return false;
        }

        /// Takes everything away.
        void dispose() throws Exception;
    }

    private final Arena arena = Arena.ofShared();
    private Queue queue;
    private MemorySegment buffer;

    /// A fresh, empty queue.
    protected abstract Queue open() throws Exception;

    /// The C function in which a receiver waits, and which of its calls that is.
    protected WaitingContract.Blocked blockedReceive() {
        return new WaitingContract.Blocked("ppoll", 1);
    }

    /// The C function in which a sender waits, and which of its calls that is.
    protected WaitingContract.Blocked blockedSend() {
        return new WaitingContract.Blocked("ppoll", 1);
    }

    /// False where an empty message cannot be told from something else.
    protected boolean carriesEmptyMessages() {
        return true;
    }

    /// False where memory of the Java heap will do as well.
    protected boolean needsNativeMemory() {
        return true;
    }

    @BeforeEach
    void openQueue() throws Exception {
        queue = open();
        buffer = arena.allocate(queue.messageBytesMax());
    }

    @AfterEach
    void disposeQueue() throws Exception {
        queue.sink().close();
        queue.source().close();
        queue.dispose();
        arena.close();
    }

    private MemorySegment message(int number) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, number);
    }

    private static void fill(Queue queue, MemorySegment message) throws Exception {
        while (queue.sink().trySend(message)) {}
    }

    @Test
    void messagesComeOutWholeAndInOrder() throws Exception {
        int messages = 2000;
        var random = new Random(messages);
        var sender =
                ThreadKind.PLATFORM.start(() -> {
                    var out = arena.allocate(queue.messageBytesMax());
                    var lengths = new Random(messages);
                    for (int i = 0; i < messages; i++) {
                        int length = 4 + lengths.nextInt(queue.messageBytesMax() - 3);
                        out.set(ValueLayout.JAVA_INT, 0, i);
                        queue.sink().send(out.asSlice(0, length));
                    }
                    return true;
                });
        for (int i = 0; i < messages; i++) {
            assertEquals(
                    4 + random.nextInt(queue.messageBytesMax() - 3),
                    queue.source().receive(buffer));
            assertEquals(i, buffer.get(ValueLayout.JAVA_INT, 0));
        }
        assertTrue(sender.result());
        assertEquals(Outcome.NOTHING, queue.source().tryReceive(buffer));
    }

    @Test
    void anEmptyQueueHasNothingAndDoesNotWait() throws Exception {
        assertEquals(Outcome.NOTHING, queue.source().tryReceive(buffer));
        assertEquals(Outcome.NOTHING, queue.source().receive(buffer, Duration.ofMillis(5)));
    }

    @Test
    void aFullQueueRefusesWithoutWaitingAndTakesMoreOnceRead() throws Exception {
        fill(queue, message(1));
        assertFalse(queue.sink().trySend(message(2)));
        assertFalse(queue.sink().send(message(2), Duration.ofMillis(5)));
        while (queue.source().tryReceive(buffer) != Outcome.NOTHING) {}
        assertTrue(queue.sink().send(message(3), Duration.ofSeconds(50)));
        assertEquals(4, queue.source().receive(buffer));
        assertEquals(3, buffer.get(ValueLayout.JAVA_INT, 0));
    }

    @Test
    void readOnlyMemoryIsRefusedAndNothingIsTaken() throws Exception {
        queue.sink().send(message(7));
        var readOnly = arena.allocate(queue.messageBytesMax()).asReadOnly();
        var mistake = IllegalArgumentException.class;
        assertThrows(mistake, () -> queue.source().receive(readOnly));
        assertThrows(mistake, () -> queue.source().tryReceive(readOnly));
        assertThrows(mistake, () -> queue.source().receive(readOnly, Duration.ofMillis(5)));
        assertEquals(Integer.BYTES, queue.source().receive(buffer));
        assertEquals(7, buffer.get(ValueLayout.JAVA_INT, 0));
    }

    @Test
    void anEmptyMessageIsAMessage() throws Exception {
        if (carriesEmptyMessages()) {
            queue.sink().send(MemorySegment.NULL);
            queue.sink().send(message(7));
            assertEquals(0, queue.source().receive(buffer));
            assertEquals(4, queue.source().receive(buffer));
        }
    }

    @Test
    void theLongestMessageArrivesWhole() throws Exception {
        var longest = arena.allocate(queue.messageBytesMax());
        for (long i = 0; i < longest.byteSize(); i++) {
            longest.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31));
        }
        queue.sink().send(longest);
        assertEquals(queue.messageBytesMax(), queue.source().receive(buffer));
        assertArrayEquals(
                longest.toArray(ValueLayout.JAVA_BYTE), buffer.toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void aMessageThatIsTooLongIsRefusedAndNothingIsSent() throws Exception {
        var tooLong = arena.allocate(queue.messageBytesMax() + 1L);
        assertThrows(OsException.class, () -> queue.sink().send(tooLong));
        assertThrows(OsException.class, () -> queue.sink().trySend(tooLong));
        assertEquals(Outcome.NOTHING, queue.source().tryReceive(buffer));
    }

    @Test
    void memoryThatIsNotNativeIsRefusedAsTheCallersMistake() {
        var heap = MemorySegment.ofArray(new byte[queue.messageBytesMax()]);
        if (needsNativeMemory()) {
            assertThrows(IllegalArgumentException.class, () -> queue.source().tryReceive(heap));
        }
    }

    /// Waiting for a message.
    @Nested
    class Receiving extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return blockedReceive();
        }

        @Override
        protected Wait newWait() throws Exception {
            return new QueueWait(open()) {
                @Override
                public void forever() throws Exception {
                    queue.source().receive(bytes);
                }

                @Override
                public boolean atMost(Duration timeout) throws Exception {
                    return queue.source().receive(bytes, timeout) != Outcome.NOTHING;
                }

                @Override
                public void satisfy() throws Exception {
                    queue.sink().send(bytes.asSlice(0, 1));
                }

                @Override
                public Optional<Fd> peersEnd() {
                    return queue.sendersEnd();
                }

                @Override
                public boolean endsWithPeer() {
                    return queue.tellsWhenSenderIsGone();
                }

                @Override
                public void close() throws Exception {
                    queue.source().close();
                }
            };
        }
    }

    /// Waiting for room.
    @Nested
    class Sending extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return blockedSend();
        }

        @Override
        protected Wait newWait() throws Exception {
            var fresh = open();
            fill(fresh, arena.allocate(fresh.messageBytesMax() / 2));
            return new QueueWait(fresh) {
                @Override
                public void forever() throws Exception {
                    queue.sink().send(bytes.asSlice(0, bytes.byteSize() / 2));
                }

                @Override
                public boolean atMost(Duration timeout) throws Exception {
                    return queue.sink().send(bytes.asSlice(0, bytes.byteSize() / 2), timeout);
                }

                @Override
                public void satisfy() throws Exception {
                    while (queue.source().tryReceive(bytes) != Outcome.NOTHING) {}
                }

                @Override
                public boolean isTakenOnce() {
                    return false;
                }

                @Override
                public Optional<Fd> peersEnd() {
                    return queue.receiversEnd();
                }

                @Override
                public void close() throws Exception {
                    queue.sink().close();
                }
            };
        }
    }

    private abstract static class QueueWait implements WaitingContract.Wait {
        final Queue queue;
        final MemorySegment bytes;

        QueueWait(Queue queue) {
            this.queue = queue;
            this.bytes = Arena.ofAuto().allocate(queue.messageBytesMax());
        }

        @Override
        public void dispose() throws Exception {
            queue.sink().close();
            queue.source().close();
            queue.dispose();
        }
    }
}
