package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Command;
import parley.peer.Peer;

/// JVMs that use all structures of a region on many threads are killed at random moments, while
/// this one does the same: more with `-Dparley.jvm.victims=500 -Dparley.crash.seed=7`.
@Timeout(3600)
class JvmVictimsTest {
    private static final int VICTIMS = Integer.getInteger("parley.jvm.victims", 12);
    private static final int AT_WORK_MICROS = 20_000; // at most, from its first access on

    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    @Test
    void nothingIsLostWhenAJvmIsKilled() throws Exception {
        killJvms(VICTIMS, List.of());
    }

    /// Where each has the same numbers of processes and threads.
    @Test
    void norIfEachHasAPidNamespaceOfItsOwn() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can make PID namespaces");
        Command.require("unshare");
        killJvms(VICTIMS / 4, List.of("unshare", "--pid", "--fork", "--kill-child"));
    }

    /// In a namespace that sees its parent's `/proc`, where numbers are others.
    @Test
    void whoLeavesInAPidNamespaceIsGone() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can make PID namespaces");
        Command.require("unshare");
        var name = Unique.name("leaves");
        try (var region = SharedRegion.create(name, 1, JvmVictim.BYTES)) {
            var before = List.of("unshare", "--pid", "--fork", "--kill-child");
            var said = Command.output(Command.java(before, JvmVictimsTest.class, name));
            assertTrue(said.endsWith("left 50 times"), said);
            assertEquals(List.of(region.self()), region.participants());
        } finally {
            SharedRegion.unlink(name);
        }
    }

    /// In another JVM: comes and leaves.
    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < 50; i++) {
            SharedRegion.open(arguments[0], 1).close();
        }
        System.out.println("left 50 times");
    }

    private static void awaitThatItWorks(Peer victim) throws Exception {
        var said = victim.line();
        while (said.contains("[warning]")) { // of a JVM about another of its number
            said = victim.line();
        }
        assertEquals("at work", said);
    }

    private static void killJvms(int victims, List<String> before) throws Exception {
        var random = new Random(Long.getLong("parley.crash.seed", 1));
        var name = Unique.name("victims");
        try (var region = SharedRegion.create(name, 1, JvmVictim.BYTES)) {
            var isOver = new AtomicBoolean();
            var survivors = JvmVictim.start(region, isOver::get);
            for (int i = 0; i < victims; i++) {
                try (var victim = Peer.start(Command.java(before, JvmVictim.class, name))) {
                    awaitThatItWorks(victim);
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
            System.out.printf("%d of %d killed JVMs had something%n", deaths, victims);
            while (region.participants().size() > 1) { // a namespace ends later than who made it
                Thread.onSpinWait();
            }
        } finally {
            SharedRegion.unlink(name);
        }
    }
}
