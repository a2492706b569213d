package parley.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import parley.channel.RequestChannel.Size;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Errno;
import parley.os.PeerGoneException;
import parley.peer.Command;
import parley.shm.LookAgain;

/// JVMs at either side of a request channel are killed at random, while this one sleeps and is
/// woken: more with `-Dparley.jvm.victims=500 -Dparley.crash.seed=7`. Cases of other people's
/// suites are named by their ids.
@Timeout(3600)
class RequestDeathsTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final int VICTIMS = Integer.getInteger("parley.jvm.victims", 12);
    private static final int KILLED = 128 + 9; // exit code
    private static final int AT_WORK_MICROS = 20_000; // at most
    private static final Duration LONG = Duration.ofSeconds(50);

    private final Random random = new Random(Long.getLong("parley.crash.seed", 1));
    private final String name = Unique.name("requests");
    private volatile boolean isOver;
    private RequestChannel channel;

    @BeforeEach
    void create() throws IOException {
        channel = RequestChannel.create(name, new Size(2, 1024, 1024));
    }

    @AfterEach
    void unlink() throws IOException {
        channel.close();
        RequestChannel.unlink(name);
    }

    private void killMany(String doing) throws Exception {
        for (int i = 0; i < VICTIMS; i++) {
            try (var victim = RequestPeer.start(doing, name)) {
                LockSupport.parkNanos(1000L * random.nextInt(AT_WORK_MICROS));
                victim.kill();
                assertEquals(KILLED, victim.exitCode()); // it has found nothing wrong before
            }
        }
    }

    /// Each call is answered, or told that its server is gone; a killed one has one at a time.
    @Test
    void noCallHangsOrGetsAnothersReplyWhenServersAreKilled() throws Exception {
        var client = channel.client();
        var calling =
                ThreadKind.VIRTUAL.start(() -> {
                    var counts = new int[2]; // answered, lost
                    for (long number = 0; !isOver; number++) {
                        counts[RequestPeer.isCalled(client, number) ? 0 : 1]++;
                    }
                    return counts;
                });
        killMany("serve");
        isOver = true;
        var server = channel.server();
        var serving =
                ThreadKind.PLATFORM.start(() -> {
                    server.serve(RequestPeer::answer);
                    return true;
                });
        var counts = calling.result();
        assertTrue(counts[0] > 0 && counts[1] <= VICTIMS, Arrays.toString(counts));
        System.out.printf("%d answered, %d lost by %d kills%n", counts[0], counts[1], VICTIMS);
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    void theServerGoesOnWhenClientsAreKilled() throws Exception {
        var server = channel.server();
        var serving =
                ThreadKind.VIRTUAL.start(() -> {
                    server.serve(RequestPeer::answer);
                    return true;
                });
        killMany("call");
        var client = channel.client(); // of a lane that was a dead one's
        for (long number = 0; number < 1000; number++) {
            assertTrue(RequestPeer.isCalled(client, number));
        }
        var sent = channel.status().lanes().getFirst().requests().sent();
        assertTrue(sent > 1000, sent + " requests");
        System.out.printf("%d requests by %d clients%n", sent, VICTIMS + 1);
        server.close();
        assertThrows(ClosedChannelException.class, serving::result);
    }

    @Test
    @DisplayName("CHN-039 a client dies: the server sees that, and is not kept waiting")
    void aClientDies() throws Exception {
        var server = channel.server().patience(LONG);
        try (var peer = RequestPeer.start("wait", name)) {
            var request = server.receive();
            assertFalse(request.isCancelled());
            var sending =
                    ThreadKind.PLATFORM.start(() -> {
                        while (request.part(new byte[100])) {}
                        return true;
                    });
            sending.awaitBlocked(); // the ring of replies is full
            assertTrue(channel.status().lanes().getFirst().hasClient());
            peer.kill();
            assertTrue(sending.result());
            assertTrue(request.isCancelled());
            assertFalse(request.reply(new byte[1]));
        }
        assertFalse(channel.status().lanes().getFirst().hasClient());
        var client = channel.client(); // his successor
        var calling = ThreadKind.VIRTUAL.start(() -> client.call(new byte[1]));
        assertTrue(server.receive().reply(new byte[7]));
        assertEquals(7, calling.result().length);
    }

    @Test
    @DisplayName("CHN-056 a stopped client delays the server for as long as it allows")
    void aClientIsStopped() throws Exception {
        var server = channel.server().patience(Duration.ofMillis(20));
        try (var peer = RequestPeer.start("wait", name)) {
            var request = server.receive();
            Command.output("kill", "-STOP", "" + peer.pid());
            while (request.part(new byte[100])) {}
            assertFalse(request.isCancelled()); // he lives
            var client = channel.client();
            var calling = ThreadKind.VIRTUAL.start(() -> client.call(new byte[1]));
            assertTrue(server.receive().reply(new byte[7]));
            assertEquals(7, calling.result().length);
        }
    }

    /// It was not taken: so nobody is told of the death.
    @Test
    void whatWasReadWhereItLiesIsForTheNextServer() throws Exception {
        var client = channel.client();
        try (var peer = RequestPeer.start("handle", name)) {
            var calling = ThreadKind.VIRTUAL.start(() -> client.call(new byte[17]));
            assertEquals("17", peer.line());
            var standingBy = ThreadKind.VIRTUAL.start(() -> channel.server(LONG).orElseThrow());
            standingBy.awaitBlocked();
            peer.kill();
            var request = standingBy.result().receive();
            assertEquals(17, request.bytes().length);
            assertTrue(request.reply(new byte[3]));
            assertEquals(3, calling.result().length);
        }
    }

    @Test
    @DisplayName("CHN-028 there is no helper process that could die")
    void noHelper() throws Exception {
        long before = ProcessHandle.current().descendants().count();
        var client = channel.client();
        var server = channel.server();
        var calling = ThreadKind.VIRTUAL.start(() -> client.call(new byte[1]));
        assertTrue(server.receive().reply(new byte[1]));
        assertEquals(1, calling.result().length);
        assertEquals(before, ProcessHandle.current().descendants().count());
        assertEquals(1, channel.participants().size());
    }

    /// Told, and not judged: how long it takes from the kill of a server until its client is told.
    @Test
    void whoWaitsIsToldSoonAfterTheKill() throws Exception {
        int trials = Integer.getInteger("parley.kills", 5);
        var nanos = new long[trials];
        var client = channel.client();
        for (int i = 0; i < trials; i++) {
            try (var peer = RequestPeer.start("take", name)) {
                var calling =
                        ThreadKind.PLATFORM.start(() -> {
                            var gone =
                                    assertThrows(
                                            PeerGoneException.class,
                                            () -> client.call(new byte[1]));
                            assertEquals(Errno.ECONNRESET, gone.errno());
                            return System.nanoTime();
                        });
                while (channel.status().lanes().getFirst().requests().received() <= i) {
                    Thread.onSpinWait();
                }
                calling.awaitBlocked();
                long killed = System.nanoTime();
                peer.kill();
                nanos[i] = calling.result() - killed;
            }
        }
        Arrays.sort(nanos);
        System.out.printf(
                "killed, to the error: p50 %d us, max %d us%n",
                nanos[trials / 2] / 1000, nanos[trials - 1] / 1000);
    }
}
