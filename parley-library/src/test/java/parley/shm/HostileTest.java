package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.os.OsException;
import parley.peer.Command;
import parley.ready.Deadline;

/// Memory that is full, and a participant who stores nonsense: errors with a name, no hang.
@Timeout(300)
class HostileTest {
    private static final Duration MOMENT = Duration.ofMillis(1);

    /// Who sleeps on what is nonsense by then is woken by nobody.
    @RegisterExtension static final LookAgain SOON = new LookAgain(MOMENT);

    /// In another JVM, whose `/dev/shm` is small.
    public static void main(String[] arguments) throws Exception {
        var name = arguments[0];
        try {
            SharedRegion.create(name, 1, 10 << 20).close();
        } catch (OsException e) {
            System.out.println(e.errno());
        }
        SharedRegion.create(name, 1, 4096).close();
        System.out.println("made a small one");
    }

    @Test
    void aFullFolderRefusesWhatIsTooMuchAndKeepsNothingOfIt() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can mount a file system");
        Command.require("unshare");
        var script = "mount -t tmpfs -o size=1m none /dev/shm && exec \"$@\"";
        var before = List.of("unshare", "--mount", "sh", "-c", script, "sh");
        var name = Unique.name("full");
        var said = Command.output(Command.java(before, HostileTest.class, name));
        assertEquals("ENOSPC\nmade a small one", said);
    }

    enum Structure {
        MUTEX,
        CONDITION,
        READ_WRITE_LOCK,
        SEMAPHORE,
        BARRIER,
        EVENT_COUNT
    }

    private static void use(Structure structure, SharedRegion region) throws Exception {
        switch (structure) {
            case MUTEX -> {
                var mutex = region.mutex(0);
                if (mutex.tryLock(MOMENT).isPresent()) {
                    mutex.unlock();
                }
            }
            case CONDITION -> {
                var mutex = region.mutex(0);
                if (mutex.tryLock(MOMENT).isPresent()) {
                    var _ = region.condition(64, mutex).await(Deadline.after(MOMENT));
                    mutex.unlock();
                }
            }
            case READ_WRITE_LOCK -> {
                var lock = region.readWriteLock(0);
                if (lock.tryReadLock(MOMENT).isPresent()) {
                    lock.unlockRead();
                }
                if (lock.tryWriteLock(MOMENT).isPresent()) {
                    lock.unlockWrite();
                }
            }
            case SEMAPHORE -> {
                var semaphore = region.semaphore(0, 3);
                var permit = semaphore.tryAcquire(MOMENT);
                if (permit.isPresent()) {
                    semaphore.release(permit.getAsInt());
                }
            }
            case BARRIER -> {
                var barrier = region.barrier(0, 3);
                int _ = barrier.join();
                var _ = barrier.await(barrier.arrive(), MOMENT);
                barrier.leave();
            }
            case EVENT_COUNT -> {
                boolean _ = region.eventCount(0).awaitUntil(() -> false, MOMENT);
                region.eventCount(0).signal();
                region.eventCount(0).signalAll();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void nonsenseInTheWordsIsNoHang(Structure structure) throws Exception {
        int times = 2_000;
        try (var region = SharedRegion.createAnonymous(1, 65_536)) {
            var isOver = new AtomicBoolean();
            var stored = new AtomicLong();
            var hostile = ThreadKind.PLATFORM.start(() -> storeNonsense(region, stored, isOver));
            while (stored.get() == 0) {
                Thread.onSpinWait();
            }
            int ended = 0;
            for (int i = 0; i < times; i++) {
                try {
                    use(structure, region);
                } catch (IOException
                        | IllegalMonitorStateException
                        | IllegalArgumentException
                        | IllegalStateException _) {
                    // Refused, by name.
                }
                ended++;
            }
            isOver.set(true);
            assertTrue(hostile.result());
            assertEquals(times, ended);
        }
    }

    private static boolean storeNonsense(
            SharedRegion region, AtomicLong stored, AtomicBoolean isOver) {
        var random = new Random(1);
        var data = region.data();
        for (; !isOver.get(); stored.incrementAndGet()) {
            int at = random.nextInt(random.nextInt(256) == 0 ? 2048 : 48);
            data.set(JAVA_INT, at * 4L, random.nextInt() >>> random.nextInt(32));
        }
        return true;
    }
}
