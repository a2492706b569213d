package parley.channel;

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
import parley.channel.MessageChannel.Size;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.ready.Outcome;
import parley.shm.CPeer;

/// Programs in C at all lanes of a channel, or at its receiving side, are killed at random: more
/// with `-Dparley.victims=20000 -Dparley.crash.seed=7`.
@Timeout(3600)
class ChannelVictimsTest {
    private static final int VICTIMS = Integer.getInteger("parley.victims", 2_000) / 2;
    private static final int SEED = Integer.getInteger("parley.crash.seed", 1);
    private static final int LANES = 3;
    private static final int CAPACITY = 4096;

    @TempDir private static Path directory;

    private static String program;

    private final String name = Unique.name("victims");
    private final String file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
    private final NumberedMessages messages = new NumberedMessages(CAPACITY);
    private MessageChannel channel;

    @BeforeAll
    static void compile() throws Exception {
        program = ChannelCPeer.compile(directory);
    }

    @BeforeEach
    void create() throws IOException {
        channel = MessageChannel.create(name, new Size(LANES, CAPACITY));
    }

    @AfterEach
    void unlink() throws IOException {
        channel.close();
        MessageChannel.unlink(name);
    }

    private long sent() throws IOException {
        return channel.status().lanes().stream().mapToLong(lane -> lane.ring().sent()).sum();
    }

    /// Each message that a killed sender had committed comes, whole and in order, once.
    @Test
    void nothingIsLostWhenSendersAreKilled() throws Exception {
        try (var arena = Arena.ofConfined();
                var peer = CPeer.start(program, "senders", file, VICTIMS, SEED);
                var receiver = channel.receiver()) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            var in = arena.allocate(CAPACITY);
            while (true) {
                boolean isOver = over.isDone();
                int bytes = receiver.tryReceive(in);
                if (bytes != Outcome.NOTHING) {
                    messages.check(in.asSlice(0, bytes));
                } else if (isOver) {
                    break;
                }
            }
            assertEquals("done", over.result());
        }
        // Who is killed before he counts a message has sent it all the same.
        long more = messages.count() - sent();
        assertTrue(more >= 0 && more <= VICTIMS, more + " more than were counted");
        System.out.printf("%d killed senders, %d messages%n", VICTIMS, messages.count());
    }

    /// The receivers see to it that each message goes to one of them; to none only if he was killed
    /// between taking it and saying so.
    @Test
    void nothingIsLostWhenReceiversAreKilled() throws Exception {
        var next = new int[LANES];
        try (var peer = CPeer.start(program, "receivers", file, VICTIMS, SEED)) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            var senders = new MessageSender[LANES];
            for (int lane = 0; lane < LANES; lane++) {
                senders[lane] = channel.sender();
                next[lane] = 1; // 0 is logged
            }
            while (!over.isDone()) {
                for (int lane = 0; lane < LANES; lane++) {
                    boolean isSent = senders[lane].trySend(messages.message(lane, next[lane]));
                    next[lane] += isSent ? 1 : 0;
                }
            }
            assertEquals("done", over.result());
        }
        // And what is left is in order.
        var left = new int[LANES];
        try (var receiver = channel.receiver()) {
            for (var got = receiver.tryReceive(); got.isPresent(); got = receiver.tryReceive()) {
                var content = MemorySegment.ofArray(got.get());
                int lane = content.get(JAVA_INT_UNALIGNED, 0);
                int number = content.get(JAVA_INT_UNALIGNED, Integer.BYTES);
                assertTrue(left[lane] == 0 || number == left[lane] + 1, number + " is left");
                left[lane] = number;
            }
        }
        for (int lane = 0; lane < LANES; lane++) {
            assertTrue(left[lane] == 0 || left[lane] == next[lane] - 1, "up to the last");
        }
        System.out.printf("%d killed receivers, %d messages%n", VICTIMS, sent());
    }
}
