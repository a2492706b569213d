package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import parley.channel.MessageChannel.Size;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.ready.Outcome;
import parley.shm.LookAgain;

/// JVMs at the other side of a channel are killed at random, while this one sleeps and is woken:
/// more with `-Dparley.jvm.victims=500 -Dparley.crash.seed=7`.
@Timeout(3600)
class ChannelDeathsTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final int VICTIMS = Integer.getInteger("parley.jvm.victims", 12);
    private static final int AT_WORK_MICROS = 20_000; // at most
    private static final Duration LONG = Duration.ofSeconds(50);

    private final Random random = new Random(Long.getLong("parley.crash.seed", 1));
    private final String name = Unique.name("deaths");
    private final Arena arena = Arena.ofShared();
    private MessageChannel channel;

    @BeforeEach
    void create() throws IOException {
        channel = MessageChannel.create(name, new Size(2, 4096));
    }

    @AfterEach
    void unlink() throws IOException {
        channel.close();
        MessageChannel.unlink(name);
        arena.close();
    }

    /// Each sends numbers from 0 on.
    @Test
    void nothingIsLostWhenSendersAreKilled() throws Exception {
        var receiver = channel.receiver();
        var receiving =
                ThreadKind.VIRTUAL.start(() -> {
                    var in = arena.allocate(JAVA_LONG);
                    long next = 0;
                    int senders = 0;
                    while (receiver.receive(in) != 0) { // an empty one is the last
                        long number = in.get(JAVA_LONG, 0);
                        senders += number == 0 ? 1 : 0;
                        assertEquals(number == 0 ? 0 : next, number);
                        next = number + 1;
                    }
                    return senders;
                });
        for (int i = 0; i < VICTIMS; i++) {
            try (var victim = ChannelPeer.start("send", name)) {
                LockSupport.parkNanos(1000L * random.nextInt(AT_WORK_MICROS));
                victim.kill();
            }
        }
        try (var sender = channel.sender()) {
            assertEquals(0, sender.lane());
            sender.send(new byte[0]);
        }
        int senders = receiving.result();
        assertTrue(senders > 0 && senders <= VICTIMS, senders + " senders");
    }

    /// Each takes what it can, and at the end all that is left is in order.
    @Test
    void nothingIsLostWhenReceiversAreKilled() throws Exception {
        var sender = channel.sender();
        var sending =
                ThreadKind.VIRTUAL.start(() -> {
                    var out = arena.allocate(JAVA_LONG);
                    long number = 0;
                    try {
                        for (; ; number++) {
                            out.set(JAVA_LONG, 0, number);
                            sender.send(out);
                        }
                    } catch (InterruptedException _) {
                        return number;
                    }
                });
        for (int i = 0; i < VICTIMS; i++) {
            try (var victim = ChannelPeer.start("receive", name)) {
                LockSupport.parkNanos(1000L * random.nextInt(AT_WORK_MICROS));
                victim.kill();
            }
        }
        sending.awaitBlocked();
        sending.interrupt();
        long last = sending.result() - 1;
        var receiver = channel.receiver();
        var in = arena.allocate(JAVA_LONG);
        assertEquals(JAVA_LONG.byteSize(), receiver.tryReceive(in));
        long first = in.get(JAVA_LONG, 0);
        long next = first + 1;
        while (receiver.tryReceive(in) != Outcome.NOTHING) {
            assertEquals(next++, in.get(JAVA_LONG, 0));
        }
        assertEquals(last, next - 1);
        var lane = channel.status().lanes().getFirst().ring();
        assertEquals(lane.sent(), next);
        // Who is killed before he counts a message has taken it all the same.
        assertTrue(next - lane.received() <= VICTIMS, lane.toString());
        System.out.printf("%d messages, %d of them left at the end%n", next, next - first);
    }

    /// Told, and not judged: how long it takes from the kill of who receives until one who stands
    /// by has received a message.
    @Test
    void whoStandsByReceivesSoonAfterTheKill() throws Exception {
        int trials = Integer.getInteger("parley.kills", 5);
        var nanos = new long[trials];
        var sender = channel.sender();
        var in = arena.allocate(JAVA_LONG);
        for (int i = 0; i < trials; i++) {
            try (var peer = ChannelPeer.start("handle", name)) {
                sender.send(new byte[] {1});
                var standingBy =
                        ThreadKind.PLATFORM.start(() -> {
                            try (var receiver = channel.receiver(LONG).orElseThrow()) {
                                assertEquals(1, receiver.receive(in));
                                return System.nanoTime();
                            }
                        });
                standingBy.awaitBlocked();
                long killed = System.nanoTime();
                peer.kill();
                nanos[i] = standingBy.result() - killed;
            }
        }
        Arrays.sort(nanos);
        System.out.printf(
                "killed, to the next message: p50 %d us, max %d us%n",
                nanos[trials / 2] / 1000, nanos[trials - 1] / 1000);
    }
}
