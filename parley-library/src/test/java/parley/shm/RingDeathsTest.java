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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Peer;

/// A ring with a program in C at the other side, which is killed at random: more often with
/// `-Dparley.victims=20000 -Dparley.crash.seed=7`.
@Timeout(3600)
class RingDeathsTest {
    private static final int VICTIMS = Integer.getInteger("parley.victims", 2_000) / 2;
    private static final int SEED = Integer.getInteger("parley.crash.seed", 1);
    private static final int CAPACITY = 4096;
    private static final int HEADER = 8; // of a message: who sends it, its number

    @TempDir private static Path directory;

    private static String program;

    private final String name = Unique.name("ring");
    private final String file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
    private SharedRegion region;
    private SharedRing ring;

    @BeforeAll
    static void compile() throws Exception {
        program = CPeer.compile(directory);
    }

    @BeforeEach
    void create() throws IOException {
        region = SharedRegion.create(name, 1, SharedRing.bytes(CAPACITY));
        ring = region.ring(0, CAPACITY);
    }

    @AfterEach
    void unlink() throws IOException {
        region.close();
        SharedRegion.unlink(name);
    }

    private static int bytesOf(int number) {
        return HEADER + (int) (Integer.toUnsignedLong(number * 31) % (CAPACITY / 2 - 15));
    }

    /// What was received is as it was sent.
    private static void check(MemorySegment message, int bytes) {
        int number = message.get(JAVA_INT_UNALIGNED, Integer.BYTES);
        assertEquals(bytesOf(number), bytes);
        for (int i = HEADER; i < bytes; i++) {
            assertEquals((byte) number, message.get(JAVA_BYTE, i));
        }
    }

    private void sendNumbered(RingSender sender, MemorySegment out, int number) throws IOException {
        int bytes = bytesOf(number);
        out.set(JAVA_INT_UNALIGNED, 0, 0);
        out.set(JAVA_INT_UNALIGNED, Integer.BYTES, number);
        out.asSlice(HEADER, bytes - HEADER).fill((byte) number);
        while (!sender.trySend(out.asSlice(0, bytes))) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aProgramInCSendsAndThisOneReceives() throws Exception {
        int times = 200_000;
        try (var arena = Arena.ofConfined();
                var peer = CPeer.start(program, "send", file, 0, times);
                var receiver = ring.receiver()) {
            var in = arena.allocate(CAPACITY);
            for (int number = 0; number < times; ) {
                int bytes = receiver.tryReceive(in);
                if (bytes >= 0) {
                    check(in, bytes);
                    assertEquals(number++, in.get(JAVA_INT_UNALIGNED, Integer.BYTES));
                }
            }
            assertEquals("done", peer.line());
            assertEquals(times, ring.status().sent());
        }
    }

    @Test
    void thisOneSendsAndAProgramInCReceives() throws Exception {
        int times = 200_000;
        try (var arena = Arena.ofConfined();
                var peer = CPeer.start(program, "receive", file, 0, times);
                var sender = ring.sender()) {
            var out = arena.allocate(CAPACITY);
            for (int i = 1; i <= times; i++) { // it has logged 0
                sendNumbered(sender, out, i);
            }
            assertEquals("done", peer.line());
            assertEquals(times, ring.status().received());
        }
    }

    /// Each message that a killed sender had committed comes, whole and in order, once.
    @Test
    void nothingIsLostWhenSendersAreKilled() throws Exception {
        long received = 0;
        try (var arena = Arena.ofConfined();
                var peer = CPeer.start(program, "senders", file, 0, VICTIMS, SEED);
                var receiver = ring.receiver()) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            var in = arena.allocate(CAPACITY);
            int who = -1;
            int next = 0;
            while (true) {
                boolean isOver = over.isDone();
                int bytes = receiver.tryReceive(in);
                if (bytes < 0 && isOver) {
                    break;
                } else if (bytes >= 0) {
                    check(in, bytes);
                    int from = in.get(JAVA_INT_UNALIGNED, 0);
                    assertTrue(from >= who, from + " after " + who);
                    next = from > who ? 0 : next;
                    who = from;
                    assertEquals(next++, in.get(JAVA_INT_UNALIGNED, Integer.BYTES), "of " + who);
                    received++;
                }
            }
            assertEquals("done", over.result());
        }
        // Who is killed before he counts a message has sent it all the same.
        long counted = ring.status().sent();
        assertTrue(received >= counted && received <= counted + VICTIMS, received + " " + counted);
        System.out.printf("%d killed senders, %d messages%n", VICTIMS, received);
    }

    /// Each message goes to one receiver; to none only if he was killed between taking it and
    /// saying so.
    @Test
    void nothingIsLostWhenReceiversAreKilled() throws Exception {
        int number = 0;
        try (var arena = Arena.ofConfined();
                var peer = CPeer.start(program, "receivers", file, 0, VICTIMS, SEED);
                var sender = ring.sender()) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            var out = arena.allocate(CAPACITY);
            while (!over.isDone()) {
                int bytes = bytesOf(number + 1);
                out.set(JAVA_INT_UNALIGNED, Integer.BYTES, number + 1);
                out.asSlice(HEADER, bytes - HEADER).fill((byte) (number + 1));
                number += sender.trySend(out.asSlice(0, bytes)) ? 1 : 0;
            }
            assertEquals("done", over.result(), Peer.class::getName);
        }
        System.out.printf("%d killed receivers, %d messages%n", VICTIMS, number);
    }
}
