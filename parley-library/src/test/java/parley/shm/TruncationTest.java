package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.Unique;
import parley.kernel.Unistd;
import parley.os.Credentials;
import parley.os.Errno;
import parley.peer.Command;
import parley.peer.Peer;

/// The file of a region with a name is shortened under JVMs that use it. What becomes of them is
/// the JVM's, and is not promised: this says how often they die. More with
/// `-Dparley.truncations=200 -Dparley.crash.seed=7`.
@Timeout(3600)
class TruncationTest {
    private static final int TIMES = Integer.getInteger("parley.truncations", 5);

    /// When it happens, after the first accesses.
    enum Victim {
        COLD(20),
        WARM(1000),
        INTERPRETED(20);

        final int millisMax;

        Victim(int millisMax) {
            this.millisMax = millisMax;
        }

        List<String> command(String name) {
            var mode = this == INTERPRETED ? "-Xint" : "-Xmixed";
            var quiet = List.of(mode, "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null");
            return Command.javaWith(quiet, JvmVictim.class, name);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noVictimHangs(Victim victim) throws Exception {
        var random = new Random(Long.getLong("parley.crash.seed", 1));
        int died = 0;
        int ended = 0;
        for (int i = 0; i < TIMES; i++) {
            var said = shortened(victim, random);
            if (said.contains("SIGBUS")) {
                died++;
            }
            ended++;
        }
        System.out.printf("%s: %d of %d JVMs died of SIGBUS%n", victim, died, TIMES);
        assertEquals(TIMES, ended);
    }

    /// @return what it said in the end, which is not by itself
    private static String shortened(Victim victim, Random random) throws Exception {
        var name = Unique.name("shortened");
        SharedRegion.create(name, 1, JvmVictim.BYTES).close();
        var file = Path.of("/dev/shm/parley-" + Credentials.own().uid(), name);
        try (var peer = Peer.start(victim.command(name))) {
            assertEquals("at work", peer.line());
            LockSupport.parkNanos(1_000_000L * random.nextInt(victim.millisMax));
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(0);
            }
            var said = peer.rest();
            assertNotEquals(0, peer.exitCode(), said);
            return said;
        } finally {
            SharedRegion.unlink(name);
        }
    }

    @Test
    void aRegionWithoutANameCannotBeShortened() throws Exception {
        try (var region = SharedRegion.createAnonymous(1, JvmVictim.BYTES)) {
            int r = Unistd.ftruncate(region.fd().number(), 0);
            assertEquals(Errno.EPERM, Errno.of(-r));
        }
    }
}
