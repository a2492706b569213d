package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.channel.Broadcast.Size;
import parley.ready.Outcome;
import parley.shm.BroadcastRing.Beginning;
import parley.shm.WhenSlow;

/// Cases of other people's suites, each named by its id; CHN-023 is in `parley.shm`.
@Timeout(60)
class BroadcastConformanceTest {
    private static final Size SIZE = new Size(2, 4096, WhenSlow.LOSE_OLDEST);
    private static final int FIT = 4096 / 16 - 1; // so many messages

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment message = arena.allocate(JAVA_LONG);
    private Broadcast broadcast;

    @BeforeEach
    void create() throws IOException {
        broadcast = Broadcast.createAnonymous(SIZE);
    }

    @AfterEach
    void close() {
        broadcast.close();
        arena.close();
    }

    private void publish(Publisher publisher, int from, int end) throws Exception {
        for (int number = from; number < end; number++) {
            message.set(JAVA_LONG, 0, number);
            publisher.send(message);
        }
    }

    private void assertNext(Subscriber subscriber, long number) throws IOException {
        assertEquals(JAVA_LONG.byteSize(), subscriber.tryReceive(message));
        assertEquals(number, message.get(JAVA_LONG, 0));
    }

    @Test
    @DisplayName("CHN-021 who joins late begins with the newest record")
    void joinsLate() throws Exception {
        var publisher = broadcast.publisher();
        publish(publisher, 0, 10);
        var late = broadcast.subscriber();
        var fromOldest = broadcast.subscriber(Beginning.OLDEST);
        assertEquals(Outcome.NOTHING, late.tryReceive(message));
        publish(publisher, 10, 11);
        assertNext(late, 10);
        assertNext(fromOldest, 0);
    }

    @Test
    @DisplayName("CHN-022 who is lapped is told how many he lost, and what comes after is right")
    void lapped() throws Exception {
        var publisher = broadcast.publisher();
        var subscriber = broadcast.subscriber();
        publish(publisher, 0, 3);
        assertNext(subscriber, 0);
        publish(publisher, 3, 100_000);
        assertTrue(subscriber.tryReceive(message) > 0);
        long first = message.get(JAVA_LONG, 0);
        assertEquals(first - 1, subscriber.lost());
        for (long number = first + 1; number < 100_000; number++) {
            assertNext(subscriber, number);
        }
        assertEquals(first - 1, subscriber.lost());
        assertEquals(Outcome.NOTHING, subscriber.tryReceive(message));
    }

    @Test
    @DisplayName("CHN-044 a subscriber's room is full: the oldest is dropped, the newest kept")
    void overflow() throws Exception {
        var publisher = broadcast.publisher();
        var subscriber = broadcast.subscriber();
        publish(publisher, 0, FIT);
        assertTrue(publisher.trySend(message));
        int oldest = SIZE.capacity() / 8 / 16; // an eighth at a time
        for (int number = oldest; number < FIT; number++) {
            assertNext(subscriber, number);
        }
        assertNext(subscriber, FIT - 1); // sent twice
        assertEquals(oldest, subscriber.lost());
    }
}
