package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.SemaphoreContract;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.contract.WaitingContract;
import parley.memory.Mapping;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.os.Errno;
import parley.os.OsException;

/// A semaphore that has no name, but a place in memory that processes share.
final class UnnamedSemaphoreTest extends SemaphoreContract {
    private static final long BYTES = PosixSemaphore.LAYOUT.byteSize();

    @Override
    protected WaitingContract.Blocked blockedTimed() {
        return new WaitingContract.Blocked("sem_clockwait", 1);
    }

    @Override
    protected Semaphore open(int value) throws Exception {
        var file = MemoryFile.create("semaphore", 4096);
        var mapping = file.map(Protection.READ_WRITE);
        var memory = mapping.segment().asSlice(1024);
        var semaphore = PosixSemaphore.createUnnamed(memory, value);
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
                PosixSemaphore.destroyUnnamed(memory);
                mapping.close();
                file.close();
            }
        };
    }

    @Test
    void memoryThatCannotHoldOneIsRefused() {
        try (var shared = Arena.ofShared();
                var confined = Arena.ofConfined()) {
            var room = shared.allocate(128, 64);
            var bad =
                    List.of(
                            room.asSlice(0, BYTES - 1),
                            room.asSlice(4),
                            room.asReadOnly(),
                            confined.allocate(128, 64),
                            MemorySegment.ofArray(new long[16]),
                            MemorySegment.NULL);
            for (var memory : bad) {
                for (var call :
                        List.<Making>of(
                                PosixSemaphore::openUnnamed,
                                each -> PosixSemaphore.createUnnamed(each, 1),
                                each -> {
                                    PosixSemaphore.destroyUnnamed(each);
                                    return null;
                                })) {
                    assertThrows(IllegalArgumentException.class, () -> call.make(memory));
                }
            }
            assertThrows(
                    IllegalArgumentException.class, () -> PosixSemaphore.createUnnamed(room, -1));
            assertEquals(-1, room.mismatch(shared.allocate(128)), "nothing was written");
        }
    }

    @Test
    void memoryWithoutASemaphoreInItIsRefused() throws Exception {
        try (var shared = Arena.ofShared()) {
            for (int content : new int[] {0, 0xff}) {
                var memory = shared.allocate(BYTES, 8).fill((byte) content);
                var e = assertThrows(OsException.class, () -> PosixSemaphore.openUnnamed(memory));
                assertEquals(Errno.EINVAL, e.errno());
                PosixSemaphore.createUnnamed(memory, 3).close();
                try (var semaphore = PosixSemaphore.openUnnamed(memory)) {
                    assertEquals(3, semaphore.value());
                }
            }
        }
    }

    private interface Making {
        Object make(MemorySegment memory) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void unmappingUnderAWaitIsAnExceptionForOneOfBoth(ThreadKind kind) throws Exception {
        try (var file = MemoryFile.create("semaphore", 4096)) {
            var mapping = file.map(Protection.READ_WRITE);
            var semaphore = PosixSemaphore.createUnnamed(mapping.segment(), 0);
            var waiting =
                    kind.start(() -> {
                        semaphore.acquire();
                        return true;
                    });
            waiting.awaitBlocked();
            if (isRefused(mapping)) {
                assertFalse(waiting.isDone());
                semaphore.close();
                assertThrows(AsynchronousCloseException.class, waiting::result);
                mapping.close();
                assertThrows(ClosedChannelException.class, semaphore::tryAcquire);
            } else { // the thread that waits for the virtual one was not in its call yet
                assertEquals(ThreadKind.VIRTUAL, kind);
                assertThrows(IllegalStateException.class, waiting::result);
            }
        }
    }

    private static boolean isRefused(Mapping mapping) {
        try {
            mapping.close();
            return false;
        } catch (IllegalStateException _) {
            return true;
        }
    }

    @Test
    void afterTheMemoryIsUnmappedEveryCallIsRefused() throws Exception {
        try (var file = MemoryFile.create("semaphore", 4096)) {
            var mapping = file.map(Protection.READ_WRITE);
            try (var semaphore = PosixSemaphore.createUnnamed(mapping.segment(), 1)) {
                mapping.close();
                assertThrows(IllegalStateException.class, semaphore::acquire);
                assertThrows(IllegalStateException.class, semaphore::tryAcquire);
                assertThrows(
                        IllegalStateException.class,
                        () -> semaphore.tryAcquire(Duration.ofSeconds(1)));
                assertThrows(IllegalStateException.class, semaphore::release);
                assertThrows(IllegalStateException.class, semaphore::value);
            }
        }
    }

    @Test
    void twoProcessesCountWithoutLosingOne(@TempDir Path directory) throws Exception {
        var c = CPeer.compiledIn(directory);
        var name = Unique.name("/shm");
        try (var memory = PosixSharedMemory.create(name, 4096)) {
            var counter = memory.segment().asSlice(BYTES, JAVA_LONG);
            try (var semaphore = PosixSemaphore.createUnnamed(memory.segment(), 1);
                    var peer = c.start("sem@count", name, "0")) {
                for (int i = 0; i < 20_000; i++) {
                    semaphore.acquire();
                    counter.set(JAVA_LONG, 0, counter.get(JAVA_LONG, 0) + 1);
                    semaphore.release();
                }
                assertEquals("done", peer.line());
                assertTrue(semaphore.tryAcquire());
                assertEquals(40_000, counter.get(JAVA_LONG, 0));
            }
        } finally {
            PosixSharedMemory.unlink(name);
        }
    }
}
