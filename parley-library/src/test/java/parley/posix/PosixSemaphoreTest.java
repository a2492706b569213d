package parley.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import parley.contract.SemaphoreContract;
import parley.contract.Unique;
import parley.contract.WaitingContract;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.pipe.NamedPipe;

final class PosixSemaphoreTest extends SemaphoreContract {

    @Override
    protected WaitingContract.Blocked blockedTimed() {
        return new WaitingContract.Blocked("sem_clockwait", 1);
    }

    @Override
    protected Semaphore open(int value) throws Exception {
        var name = Unique.name("/sem");
        var semaphore = PosixSemaphore.create(name, value);
        return new Semaphore() {
            @Override
            public void acquire() throws Exception {
                semaphore.acquire();
            }

            @Override
            public boolean tryAcquire() throws Exception {
                return semaphore.tryAcquire();
            }

            @Override
            public boolean tryAcquire(Duration timeout) throws Exception {
                return semaphore.tryAcquire(timeout);
            }

            @Override
            public void release() throws Exception {
                semaphore.release();
            }

            @Override
            public int value() throws Exception {
                return semaphore.value();
            }

            @Override
            public void close() {
                semaphore.close();
            }

            @Override
            public void dispose() throws Exception {
                PosixSemaphore.unlink(name);
            }
        };
    }

    @Test
    void makingOpeningAndUnlinkingFollowTheName() throws Exception {
        var name = Unique.name("/sem");
        assertThrows(NotFoundException.class, () -> PosixSemaphore.open(name));
        try (var semaphore = PosixSemaphore.create(name, 3)) {
            assertThrows(AlreadyExistsException.class, () -> PosixSemaphore.create(name, 0));
            try (var other = PosixSemaphore.openOrCreate(name, 9)) {
                assertEquals(3, other.value());
                other.acquire();
                assertEquals(2, semaphore.value());
            }
            assertEquals(2, semaphore.value(), "closing one opening leaves the other");
        } finally {
            PosixSemaphore.unlink(name);
        }
        assertThrows(NotFoundException.class, () -> PosixSemaphore.unlink(name));
    }

    @Test
    void countingBeyondTheMostIsRefused() throws Exception {
        var name = Unique.name("/sem");
        try (var semaphore = PosixSemaphore.create(name, PosixSemaphore.VALUE_MAX)) {
            var e = assertThrows(OsException.class, semaphore::release);
            assertEquals(Errno.EOVERFLOW, e.errno());
        } finally {
            PosixSemaphore.unlink(name);
        }
        assertThrows(IllegalArgumentException.class, () -> PosixSemaphore.create(name, -1));
    }

    /// libc would end the process at the first use of these.
    @Test
    void aFileWithoutASemaphoreInItIsRefused() throws Exception {
        var isOfOneProcess = new byte[32]; // as sem_init(sem, 0, 0) leaves it
        var isAllOnes = new byte[32];
        Arrays.fill(isAllOnes, (byte) -1);
        for (var content : List.of(isOfOneProcess, isAllOnes)) {
            var name = Unique.name("/sem");
            Files.write(Path.of("/dev/shm/sem." + name.substring(1)), content);
            try {
                var e = assertThrows(OsException.class, () -> PosixSemaphore.open(name));
                assertEquals(Errno.EINVAL, e.errno());
                assertTrue(e.getMessage().contains("no semaphore in it"), e.getMessage());
            } finally {
                PosixSemaphore.unlink(name);
            }
        }
    }

    @Test
    void whatIsNoFileIsRefused() throws Exception {
        var name = Unique.name("/sem");
        var fifo = Path.of("/dev/shm/sem." + name.substring(1));
        var _ = NamedPipe.create(fifo);
        try {
            var e = assertThrows(OsException.class, () -> PosixSemaphore.open(name));
            assertEquals(Errno.ENODEV, e.errno());
            assertTrue(e.getMessage().contains("is no file"), e.getMessage());
        } finally {
            NamedPipe.unlink(fifo);
        }
    }

    @Test
    void aFileTooShortToBeASemaphoreIsRefusedAndNotACrash() throws Exception {
        for (int bytes : new int[] {0, 1, 31}) {
            var name = Unique.name("/sem");
            Files.write(Path.of("/dev/shm/sem." + name.substring(1)), new byte[bytes]);
            try {
                var e = assertThrows(OsException.class, () -> PosixSemaphore.open(name));
                assertEquals(Errno.EINVAL, e.errno());
            } finally {
                PosixSemaphore.unlink(name);
            }
        }
    }
}
