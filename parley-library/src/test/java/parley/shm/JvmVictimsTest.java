package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.Unique;
import parley.peer.Command;
import parley.peer.Peer;

/// JVMs that use all structures of a region on many threads are killed at random moments, while
/// this one does the same: more with `-Dparley.jvm.victims=500 -Dparley.crash.seed=7`.
@Timeout(3600)
class JvmVictimsTest {
    private static final int VICTIMS = Integer.getInteger("parley.jvm.victims", 12);
    private static final int AT_WORK_MICROS = 20_000; // at most, from its first access on

    @BeforeAll
    static void loseNoWake() {
        LifeThread.lookAgain = Duration.ofDays(1); // a lost wake is a hang here
    }

    @Test
    void nothingIsLostWhenAJvmIsKilled() throws Exception {
        var random = new Random(Long.getLong("parley.crash.seed", 1));
        var name = Unique.name("victims");
        try (var region = SharedRegion.create(name, 1, JvmVictim.BYTES)) {
            var isOver = new AtomicBoolean();
            var survivors = JvmVictim.start(region, isOver::get);
            for (int i = 0; i < VICTIMS; i++) {
                try (var victim = Peer.start(Command.java(List.of(), JvmVictim.class, name))) {
                    assertEquals("at work", victim.line());
                    LockSupport.parkNanos(1000L * random.nextInt(AT_WORK_MICROS));
                    victim.kill();
                }
            }
            isOver.set(true);
            long deaths = 0;
            for (var survivor : survivors) {
                deaths += survivor.result().deaths();
                assertTrue(survivor.result().times() > 0);
            }
            System.out.printf("%d of %d killed JVMs had something%n", deaths, VICTIMS);
            assertEquals(List.of(region.self()), region.participants());
        } finally {
            SharedRegion.unlink(name);
        }
    }
}
