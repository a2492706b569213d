package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;
import parley.posix.PosixSemaphore;
import parley.shm.SharedMutex.Acquired;

/// Programs in C have the other end, with libc's own functions.
@Timeout(300)
class PthreadMutexTest {
    private static final Duration SHORT = Duration.ofMillis(120);
    private static final long COUNTER = PthreadMutex.BYTES;
    private static final long SEMAPHORE = 128;
    private static final String SOURCE =
            """
            #include <errno.h>
            #include <fcntl.h>
            #include <pthread.h>
            #include <semaphore.h>
            #include <stdint.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/mman.h>
            #include <sys/stat.h>
            #include <unistd.h>

            _Static_assert(sizeof(pthread_mutex_t) <= 64, "it has its place");

            int main(int count, char **words) {
                struct stat status;
                int fd = open(words[2], O_RDWR);
                if (fd < 0 || fstat(fd, &status)) { perror(words[2]); return 1; }
                int both = PROT_READ | PROT_WRITE;
                char *region = mmap(NULL, status.st_size, both, MAP_SHARED, fd, 0);
                char *data = region + *(uint64_t *)(region + 32);
                pthread_mutex_t *mutex = (pthread_mutex_t *)data;
                volatile uint64_t *counter = (uint64_t *)(data + 64);
                sem_t *semaphore = (sem_t *)(data + 128);
                if (strcmp(words[1], "make") == 0) {
                    pthread_mutexattr_t robust;
                    pthread_mutexattr_init(&robust);
                    pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
                    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
                    pthread_mutex_init(mutex, &robust);
                    sem_init(semaphore, 1, 0);
                }
                if (strcmp(words[1], "plain") == 0) {
                    pthread_mutexattr_t plain;
                    pthread_mutexattr_init(&plain);
                    pthread_mutexattr_setpshared(&plain, PTHREAD_PROCESS_SHARED);
                    pthread_mutex_init(mutex, &plain);
                }
                if (strcmp(words[1], "hold") == 0) {
                    printf("%d\\n", pthread_mutex_lock(mutex));
                    fflush(stdout);
                    pause();
                }
                if (strcmp(words[1], "post") == 0) sem_post(semaphore);
                if (strcmp(words[1], "inherit") == 0) {
                    puts("waits");
                    fflush(stdout);
                    printf("%d\\n", pthread_mutex_lock(mutex) == EOWNERDEAD);
                    pthread_mutex_consistent(mutex);
                    pthread_mutex_unlock(mutex);
                }
                if (strcmp(words[1], "turns") == 0) {
                    for (long times = atol(words[3]); times;) {
                        if (pthread_mutex_lock(mutex)) return 1;
                        if (counter[0] % 2) { counter[0]++; times--; }
                        pthread_mutex_unlock(mutex);
                    }
                }
                puts("done");
                return 0;
            }
            """;

    @TempDir private static Path directory;

    private static String program;

    private final String name = Unique.name("pthread");
    private final String file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
    private SharedRegion region;

    @BeforeAll
    static void compile() throws Exception {
        program = Command.compile(directory, "pthreads", SOURCE);
    }

    @BeforeEach
    void create() throws IOException {
        region = SharedRegion.create(name, 1, 4096);
    }

    @AfterEach
    void unlink() throws IOException {
        region.close();
        SharedRegion.unlink(name);
    }

    private Peer start(String what, Object... more) throws IOException {
        var words = new ArrayList<>(List.of(program, what, file));
        for (var each : more) {
            words.add(each.toString());
        }
        return Peer.start(words);
    }

    private void run(String what) throws IOException {
        try (var peer = start(what)) {
            assertEquals("done", peer.line());
        }
    }

    @Test
    void itIsHandedOverBetweenJavaAndC() throws Exception {
        int turns = Integer.getInteger("parley.turns", 50_000);
        var mutex = region.createPthreadMutex(0);
        var data = region.data();
        try (var peer = start("turns", turns)) {
            for (int done = 0; done < turns; ) {
                assertEquals(Acquired.CLEAN, mutex.lock());
                if (data.get(JAVA_LONG, COUNTER) % 2 == 0) {
                    data.set(JAVA_LONG, COUNTER, data.get(JAVA_LONG, COUNTER) + 1);
                    done++;
                }
                mutex.unlock();
            }
            assertEquals("done", peer.line());
        }
        assertEquals(2L * turns, data.get(JAVA_LONG, COUNTER));
    }

    @Test
    void theDeathOfAProgramInCIsTold() throws Exception {
        run("make");
        var mutex = region.pthreadMutex(0);
        try (var peer = start("hold")) {
            assertEquals("0", peer.line());
            assertEquals(Optional.empty(), mutex.tryLock());
            assertEquals(Optional.empty(), mutex.tryLock(SHORT));
            var waiting = ThreadKind.PLATFORM.start(() -> inherit(mutex));
            waiting.awaitBlocked();
            peer.kill();
            assertEquals(Acquired.OWNER_DIED, waiting.result());
        }
        assertEquals(Acquired.CLEAN, mutex.lock());
        mutex.unlock();
    }

    private static Acquired inherit(PthreadMutex mutex) throws Exception {
        var acquired = mutex.lock();
        mutex.markConsistent();
        mutex.unlock();
        return acquired;
    }

    /// And nobody can unmap what a thread's list leads to.
    @Test
    void theEndOfAThreadOfOursIsToldToC() throws Exception {
        var mutex = region.createPthreadMutex(0);
        var owner = ThreadKind.PLATFORM.start(mutex::lock);
        assertEquals(Acquired.CLEAN, owner.result());
        try (var peer = start("inherit")) {
            assertEquals("waits", peer.line());
            assertEquals("1", peer.line());
            assertEquals("done", peer.line());
        }
    }

    @Test
    void aRegionStaysWhileAThreadHasOne() throws Exception {
        var other = SharedRegion.open(name, 1);
        var _ = region.createPthreadMutex(0);
        var mutex = other.pthreadMutex(0);
        var _ = mutex.lock();
        var refused = assertThrows(IllegalStateException.class, other::close);
        assertTrue(refused.getMessage().contains("has a pthread mutex"), refused.getMessage());
        mutex.unlock();
        other.close();
        assertThrows(ClosedChannelException.class, mutex::lock);
    }

    @Test
    void waitsCanBeEnded() throws Exception {
        var mutex = region.createPthreadMutex(0);
        var _ = mutex.lock();
        var interrupted = ThreadKind.PLATFORM.start(mutex::lock);
        interrupted.awaitBlocked();
        interrupted.interrupt();
        assertThrows(InterruptedException.class, interrupted::result);
        var other = SharedRegion.open(name, 1);
        var closed = ThreadKind.PLATFORM.start(other.pthreadMutex(0)::lock);
        closed.awaitBlocked();
        other.close();
        assertThrows(ClosedChannelException.class, closed::result);
        mutex.unlock();
    }

    @Test
    void mistakesAreErrors() throws Exception {
        assertThrows(BadRegionException.class, () -> region.pthreadMutex(0));
        run("plain");
        assertThrows(BadRegionException.class, () -> region.pthreadMutex(0));
        var mutex = region.createPthreadMutex(1024);
        var _ = region.pthreadMutex(1024);
        assertError(Errno.EBUSY, () -> region.createPthreadMutex(1024));
        assertError(Errno.EPERM, mutex::unlock);
        assertError(Errno.EINVAL, mutex::markConsistent);
        var _ = mutex.lock();
        assertError(Errno.EDEADLK, mutex::lock);
        mutex.unlock();
        var virtual = ThreadKind.VIRTUAL.start(mutex::lock);
        assertThrows(WrongThreadException.class, virtual::result);
        assertThrows(IllegalArgumentException.class, () -> region.pthreadMutex(4));
        assertThrows(IllegalArgumentException.class, () -> region.pthreadMutex(4096 - 8));
    }

    private static void assertError(Errno errno, Executable call) {
        assertEquals(errno, assertThrows(OsException.class, call).errno());
    }

    @Test
    void whatNobodyRepairedIsLost() throws Exception {
        var mutex = region.createPthreadMutex(0);
        assertEquals(Acquired.CLEAN, ThreadKind.PLATFORM.start(mutex::lock).result());
        assertEquals(Acquired.OWNER_DIED, mutex.lock());
        mutex.unlock();
        assertThrows(NotRecoverableException.class, mutex::lock);
        assertThrows(NotRecoverableException.class, mutex::tryLock);
    }

    /// A `sem_t` in a region.
    @Test
    void aSemaphoreOfPosixLiesThereToo() throws Exception {
        run("make");
        var memory = region.data().asSlice(SEMAPHORE, PosixSemaphore.LAYOUT.byteSize());
        var semaphore = PosixSemaphore.openUnnamed(memory);
        assertFalse(semaphore.tryAcquire());
        run("post");
        semaphore.acquire();
        assertEquals(0, semaphore.value());
    }
}
