package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;
import parley.peer.Command;

class FdTest {
    private static final int STANDARD_INPUT = 0;

    @Test
    void closingFreesTheNumberOnce() throws Exception {
        var fd = nullDevice();
        int number = fd.enter();
        fd.exit();
        assertTrue(isOpen(number));
        fd.close();
        assertFalse(isOpen(number));
        assertFalse(fd.isOpen());
        int again = Fcntl.fcntl(STANDARD_INPUT, Fcntl.F_DUPFD_CLOEXEC, number);
        try {
            fd.close(); // the number is another's now
            assertTrue(isOpen(again));
        } finally {
            Unistd.close(again);
        }
    }

    @Test
    void aFileIsOpenedAndNothingElseIsWaitedFor(@TempDir Path directory) throws Exception {
        var path = directory.resolve("file");
        assertThrows(NotFoundException.class, () -> Fd.openToRead(path));
        try (var arena = Arena.ofConfined();
                var fd = Fd.openToWrite(path)) {
            assertEquals(3, Unistd.write(fd.number(), arena.allocate(3)));
            assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(fd.number(), Fcntl.F_GETFD, 0));
            assertEquals(FileMode.OWNER_ONLY, FileStatus.of(fd).mode());
        }
        try (var arena = Arena.ofConfined();
                var fd = Fd.openToRead(path)) {
            assertEquals(3, Unistd.read(fd.number(), arena.allocate(10)));
        }
        var link = Files.createSymbolicLink(directory.resolve("link"), path);
        var e = assertThrows(OsException.class, () -> Fd.openToWrite(link));
        assertEquals(Errno.ELOOP, e.errno());
        var fifo = directory.resolve("fifo");
        Command.output("mkfifo", fifo.toString());
        Fd.openToRead(fifo).close();
        e = assertThrows(OsException.class, () -> Fd.openToWrite(fifo));
        assertEquals(Errno.ENXIO, e.errno());
    }

    @Test
    void enteringAClosedOneFails() throws Exception {
        var fd = nullDevice();
        fd.close();
        assertThrows(ClosedChannelException.class, fd::enter);
        assertThrows(ClosedChannelException.class, fd::duplicate);
    }

    @Test
    void theNumberStaysOpenWhileACallUsesIt() throws Exception {
        var fd = nullDevice();
        int number = fd.enter();
        fd.close();
        assertTrue(isOpen(number));
        fd.exit();
        assertFalse(isOpen(number));
    }

    @Test
    void aDuplicateLivesByItself() throws Exception {
        var fd = nullDevice();
        try (var copy = fd.duplicate()) {
            fd.close();
            assertNotEquals(fd, copy);
            int number = copy.enter();
            copy.exit();
            assertTrue(isOpen(number));
            assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(number, Fcntl.F_GETFD, 0));
        }
    }

    @Test
    void adoptingANumberThatIsNotOpenIsRefused() {
        var refused = assertThrows(OsException.class, () -> Fd.adopt(1_000_000));
        assertEquals(Errno.EBADF, refused.errno());
        assertEquals("fcntl(F_GETFD)", refused.call());
    }

    @Test
    void aFailedDuplicateLeavesTheOriginalUsable() throws Exception {
        try (var fd = nullDevice();
                var fault = Faults.fail("fcntl", 1, Errno.EMFILE.number())) {
            assertThrows(LimitReachedException.class, fd::duplicate);
            assertTrue(fault.happened());
            fd.duplicate().close();
        }
    }

    /// Another thread opens descriptors all the time, so that a number closed twice, or under a
    /// call, becomes visible as a descriptor that vanishes.
    @RepeatedTest(5)
    void aRaceOfCallersAndClosersNeverTouchesAnothersNumber() throws Exception {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var lost = new AtomicInteger();
        for (int round = 0; round < 100; round++) {
            var fd = nullDevice();
            var start = new CyclicBarrier(4);
            var threads = new ArrayList<Thread>();
            int spins = random.nextInt(200);
            for (int i = 0; i < 2; i++) {
                threads.add(Thread.ofPlatform().start(() -> useUntilClosed(fd, start, lost)));
            }
            threads.add(Thread.ofPlatform().start(() -> closeTwice(fd, start, spins, lost)));
            threads.add(Thread.ofPlatform().start(() -> openAndLook(start, lost)));
            for (var thread : threads) {
                thread.join();
            }
        }
        assertEquals(0, lost.get(), "seed " + seed);
    }

    private static void useUntilClosed(Fd fd, CyclicBarrier start, AtomicInteger lost) {
        try {
            start.await();
            while (true) {
                int number = fd.enter();
                if (!isOpen(number)) {
                    lost.incrementAndGet();
                }
                fd.exit();
            }
        } catch (ClosedChannelException _) { // as it has to end
        } catch (Exception e) {
            lost.addAndGet(1_000_000);
        }
    }

    private static void closeTwice(Fd fd, CyclicBarrier start, int spins, AtomicInteger lost) {
        try {
            start.await();
            for (int i = 0; i < spins; i++) {
                Thread.onSpinWait();
            }
            fd.close();
            fd.close();
        } catch (Exception e) {
            lost.addAndGet(1_000_000);
        }
    }

    private static void openAndLook(CyclicBarrier start, AtomicInteger lost) {
        try {
            start.await();
            for (int i = 0; i < 50; i++) {
                int other = openNull();
                if (!isOpen(other) || Unistd.close(other) < 0) {
                    lost.incrementAndGet();
                }
            }
        } catch (Exception e) {
            lost.addAndGet(1_000_000);
        }
    }

    private static Fd nullDevice() throws OsException {
        return Fd.of("open", "/dev/null", openNull());
    }

    private static int openNull() {
        try (var arena = Arena.ofConfined()) {
            return Fcntl.open(arena.allocateFrom("/dev/null"), Fcntl.O_CLOEXEC, 0);
        }
    }

    private static boolean isOpen(int number) {
        return Fcntl.fcntl(number, Fcntl.F_GETFD, 0) >= 0;
    }
}
