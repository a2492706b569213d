package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
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

/// The file of a region with a name is shortened under JVMs that use it: none dies, none hangs, and
/// all their threads are told. More with `-Dparley.truncations=200 -Dparley.crash.seed=7`.
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
            return Command.javaWith(quiet, TruncatedJvm.class, name);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noJvmDiesAndAllAreTold(Victim victim) throws Exception {
        var random = new Random(Long.getLong("parley.crash.seed", 1));
        for (int i = 0; i < TIMES; i++) {
            shorten(victim, random);
        }
    }

    private static void shorten(Victim victim, Random random) throws Exception {
        var name = Unique.name("shortened");
        SharedRegion.create(name, 1, JvmVictim.BYTES).close();
        try (var peer = Peer.start(victim.command(name))) {
            assertEquals("at work", peer.line());
            LockSupport.parkNanos(1_000_000L * random.nextInt(victim.millisMax));
            shorten(name, random.nextBoolean() ? 0 : 12_288); // also the data alone
            var said = peer.rest();
            assertTrue(said.lines().allMatch(line -> line.startsWith("told")), said);
            assertEquals(10, said.lines().count(), said);
            assertEquals(0, peer.exitCode(), said);
        } finally {
            SharedRegion.unlink(name);
        }
    }

    /// As another program of this user can do.
    static void shorten(String name, long bytes) throws IOException {
        var file = Path.of("/dev/shm/parley-" + Credentials.own().uid(), name);
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
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
