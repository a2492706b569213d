package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Peer;
import parley.shm.BroadcastRing.Beginning;

/// A broadcast with a program in C, which is killed at random: more often with
/// `-Dparley.victims=20000 -Dparley.crash.seed=7`.
@Timeout(3600)
class BroadcastProgramsTest {
    private static final int VICTIMS = Integer.getInteger("parley.victims", 2_000) / 2;
    private static final int SEED = Integer.getInteger("parley.crash.seed", 1);
    private static final int CAPACITY = 4096;
    private static final int SUBSCRIBERS = 3;
    private static final int TIMES = 200_000;

    @TempDir private static Path directory;

    private static String program;

    private final String name = Unique.name("broadcast");
    private final String file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment in = arena.allocate(CAPACITY);
    private final MemorySegment out = arena.allocate(CAPACITY);
    private SharedRegion region;
    private BroadcastRing ring;

    @BeforeAll
    static void compile() throws Exception {
        program = CPeer.compile(directory);
    }

    private void create(WhenSlow whenSlow) throws IOException {
        region = SharedRegion.create(name, 1, BroadcastRing.bytes(CAPACITY, SUBSCRIBERS));
        ring = region.broadcastRing(0, CAPACITY, SUBSCRIBERS, whenSlow);
    }

    @AfterEach
    void unlink() throws IOException {
        region.close();
        SharedRegion.unlink(name);
        arena.close();
    }

    private Peer start(String what, int times) throws IOException {
        return CPeer.start(program, what, file, 0, times, SEED);
    }

    private void awaitSubscribers(int count) {
        while (ring.joined().get() < count) {
            Thread.onSpinWait();
        }
    }

    private static int bytesOf(int number) {
        return 8 + (int) (Integer.toUnsignedLong(number * 31) % (CAPACITY / 2 - 15));
    }

    /// The next message if there is one, which is this one.
    private boolean isReceived(BroadcastSubscriber subscriber, int number) throws IOException {
        int bytes = subscriber.tryReceive(in);
        if (bytes < 0) {
            return false;
        }
        assertEquals(number, in.get(JAVA_INT_UNALIGNED, Integer.BYTES));
        assertEquals(bytesOf(number), bytes);
        for (int at = 8; at < bytes; at++) {
            assertEquals((byte) number, in.get(JAVA_BYTE, at));
        }
        return true;
    }

    private boolean isPublished(BroadcastPublisher publisher, int number) throws IOException {
        int bytes = bytesOf(number);
        out.asSlice(0, bytes).fill((byte) number);
        out.set(JAVA_INT_UNALIGNED, Integer.BYTES, number);
        return publisher.trySend(out.asSlice(0, bytes));
    }

    @Test
    void aProgramInCPublishesAndTheseSubscribe() throws Exception {
        create(WhenSlow.HOLD_BACK);
        try (var first = ring.subscriber(Beginning.NEXT, () -> {});
                var second = ring.subscriber(Beginning.OLDEST, () -> {});
                var peer = start("publish", TIMES)) {
            int next = 0;
            for (int number = 0; number < TIMES || next < TIMES; ) {
                number += isReceived(first, number) ? 1 : 0;
                next += isReceived(second, next) ? 1 : 0;
            }
            assertEquals("done", peer.line());
            assertEquals(TIMES, ring.status().published());
        }
    }

    @Test
    void thisOnePublishesAndProgramsInCSubscribe() throws Exception {
        create(WhenSlow.HOLD_BACK);
        try (var publisher = ring.publisher(() -> {});
                var first = start("subscribe", TIMES);
                var second = start("subscribe", TIMES)) {
            awaitSubscribers(2);
            for (int number = 0; number < TIMES; ) {
                number += isPublished(publisher, number) ? 1 : 0;
            }
            assertEquals(TIMES + " 0", first.line());
            assertEquals(TIMES + " 0", second.line());
        }
    }

    @Test
    void whatAProgramInCLosesItKnows() throws Exception {
        create(WhenSlow.LOSE_OLDEST);
        try (var publisher = ring.publisher(() -> {});
                var peer = start("subscribe", TIMES)) {
            awaitSubscribers(1);
            for (int number = 0; number < TIMES; number++) {
                assertTrue(isPublished(publisher, number));
            }
            var counts = peer.line().split(" ", -1);
            assertEquals(TIMES, Integer.parseInt(counts[0]) + Integer.parseInt(counts[1]));
            System.out.printf("%s received, %s lost%n", counts[0], counts[1]);
        }
    }

    /// Each message that a killed publisher had counted comes, whole and in order, once.
    @Test
    void nothingIsLostWhenPublishersAreKilled() throws Exception {
        create(WhenSlow.HOLD_BACK);
        int number = 0;
        try (var peer = start("publishers", VICTIMS);
                var subscriber = ring.subscriber(Beginning.OLDEST, () -> {})) {
            number = (int) subscriber.number();
            var over = ThreadKind.PLATFORM.start(peer::line);
            for (boolean isOver = false; !isOver || isReceived(subscriber, number); ) {
                isOver = over.isDone();
                while (isReceived(subscriber, number)) {
                    number++;
                }
            }
            assertEquals("done", over.result());
        }
        try (var _ = ring.publisher(() -> {})) { // finds out whether the last one had counted
            assertEquals(number, ring.status().published());
        }
        System.out.printf("%d killed publishers, %d messages%n", VICTIMS, number);
    }

    /// They keep nobody waiting, and take nothing away from who goes on.
    @Test
    void nobodyIsHeldBackBySubscribersWhoAreKilled() throws Exception {
        create(WhenSlow.HOLD_BACK);
        int number = 0;
        try (var publisher = ring.publisher(() -> {});
                var peer = start("subscribers", VICTIMS);
                var subscriber = ring.subscriber(Beginning.NEXT, () -> {})) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            for (int next = 0; !over.isDone() || next < number; ) {
                next += isReceived(subscriber, next) ? 1 : 0;
                number += !over.isDone() && isPublished(publisher, number) ? 1 : 0;
            }
            assertEquals("done", over.result());
            assertEquals(number, ring.status().published());
            assertEquals(0, subscriber.lost());
        }
        System.out.printf("%d killed subscribers, %d messages%n", VICTIMS, number);
    }
}
