package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import parley.channel.Broadcast.Size;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.ready.Outcome;
import parley.shm.LookAgain;
import parley.shm.WhenSlow;

/// JVMs that use a broadcast are killed at random, while this one sleeps and is woken: more with
/// `-Dparley.jvm.victims=500 -Dparley.crash.seed=7`.
@Timeout(3600)
class BroadcastDeathsTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final int VICTIMS = Integer.getInteger("parley.jvm.victims", 12);
    private static final int AT_WORK_MICROS = 20_000; // at most
    private static final Duration LONG = Duration.ofSeconds(50);

    private final Random random = new Random(Long.getLong("parley.crash.seed", 1));
    private final String name = Unique.name("deaths");
    private final Arena arena = Arena.ofShared();
    private Broadcast broadcast;

    @BeforeEach
    void create() throws IOException {
        broadcast = Broadcast.create(name, new Size(4, 4096, WhenSlow.HOLD_BACK));
    }

    @AfterEach
    void unlink() throws IOException {
        broadcast.close();
        Broadcast.unlink(name);
        arena.close();
    }

    private void workThenKill(String doing) throws Exception {
        try (var victim = BroadcastPeer.start(doing, name)) {
            LockSupport.parkNanos(1000L * random.nextInt(AT_WORK_MICROS));
            victim.kill();
        }
    }

    /// Each numbers its messages as they are counted: none is missing, and none comes twice.
    @Test
    void allSubscribersAgreeWhenPublishersAreKilled() throws Exception {
        var receiving = new ArrayList<ThreadKind.Running<Long>>();
        for (int i = 0; i < 2; i++) {
            var subscriber = broadcast.subscriber();
            var in = arena.allocate(JAVA_LONG);
            receiving.add(
                    ThreadKind.alternating(i)
                            .start(() -> {
                                long next = 0;
                                while (subscriber.receive(in) != 0) { // an empty one is the last
                                    assertEquals(next++, in.get(JAVA_LONG, 0));
                                }
                                return next;
                            }));
        }
        for (int i = 0; i < VICTIMS; i++) {
            workThenKill("publish");
        }
        assertFalse(broadcast.hasPublisher());
        try (var last = broadcast.publisher()) {
            last.send(new byte[0]);
        }
        long received = receiving.getFirst().result();
        assertEquals(received, receiving.getLast().result());
        assertEquals(broadcast.status().published(), received + 1);
        System.out.printf("%d killed publishers, %d messages%n", VICTIMS, received);
    }

    /// One is killed with the room for a message in hand.
    @Test
    void aLoanOfWhoWasKilledIsNoMessage() throws Exception {
        var subscriber = broadcast.subscriber();
        try (var peer = BroadcastPeer.start("loan", name)) {
            peer.kill();
        }
        broadcast.publisher(LONG).orElseThrow().send(new byte[3]);
        assertEquals(3, subscriber.receive().orElseThrow().length);
        assertEquals(1, broadcast.status().published());
    }

    @Test
    void whoWasKilledHoldsNobodyBack() throws Exception {
        var publisher = broadcast.publisher();
        var mine = broadcast.subscriber();
        var in = arena.allocate(JAVA_LONG);
        var out = arena.allocate(JAVA_LONG);
        for (int i = 0; i < VICTIMS; i++) {
            try (var victim = BroadcastPeer.start("hold", name)) {
                while (publisher.trySend(out)) {
                    assertEquals(JAVA_LONG.byteSize(), mine.tryReceive(in));
                }
                var sending = ThreadKind.alternating(i).start(() -> publisher.send(out, LONG));
                sending.awaitBlocked();
                victim.kill();
                assertTrue(sending.result());
                assertEquals(JAVA_LONG.byteSize(), mine.tryReceive(in));
            }
        }
    }

    @Test
    void nothingIsLostWhenOtherSubscribersAreKilled() throws Exception {
        var publisher = broadcast.publisher();
        var mine = broadcast.subscriber().whenAlone(WhenAlone.END);
        var in = arena.allocate(JAVA_LONG);
        var receiving =
                ThreadKind.VIRTUAL.start(() -> {
                    long next = 0;
                    while (mine.receive(in) != Outcome.END) {
                        assertEquals(next++, in.get(JAVA_LONG, 0));
                    }
                    return next;
                });
        var killing =
                ThreadKind.PLATFORM.start(() -> {
                    for (int i = 0; i < VICTIMS; i++) {
                        workThenKill("receive");
                    }
                    return true;
                });
        long number = 0;
        for (var out = arena.allocate(JAVA_LONG); !killing.isDone(); number++) {
            out.set(JAVA_LONG, 0, number);
            publisher.send(out);
        }
        assertTrue(killing.result());
        publisher.close();
        assertEquals(number, receiving.result());
        assertEquals(1, broadcast.subscribers());
        System.out.printf("%d killed subscribers, %d messages%n", VICTIMS, number);
    }
}
