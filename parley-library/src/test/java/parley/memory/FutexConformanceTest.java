package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.kernel.Abi;
import parley.kernel.LinuxFutex;
import parley.kernel.SysMman;
import parley.kernel.SysSyscall;
import parley.kernel.Time;
import parley.memory.Futex.End;
import parley.memory.Futex.Expectation;
import parley.os.Capability;
import parley.os.Errno;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;
import parley.ready.Deadline;

/// Cases of other people's suites, each named by its id.
@Timeout(120)
final class FutexConformanceTest {
    private static final long PAGE = FileSystem.PAGE_BYTES;
    private static final long UNMAPPABLE = PAGE; // below vm.mmap_min_addr
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final int ANY = -1;
    private static final int WAITERS = 0x80000000; // FUTEX_WAITERS
    private static final int OWNER_DIED = 0x40000000; // FUTEX_OWNER_DIED
    private static final int CLOCK_TAI = 11;
    private static final int EINVAL = -Errno.EINVAL.number();

    @TempDir private Path folder;
    private Path path;
    private Mapping mapping;
    private Futex word;

    @BeforeEach
    void create() throws Exception {
        path = folder.resolve("words");
        mapping = Mapping.create(path, PAGE);
        word = mapping.futex(0);
    }

    @AfterEach
    void close() {
        mapping.close();
    }

    private static void awaitSleeping(int count, Futex word) throws Exception {
        int seen = word.get();
        while (word.compareAndRequeue(seen, 0, word, Integer.MAX_VALUE).orElseThrow() < count) {
            Thread.onSpinWait();
        }
    }

    private static List<ThreadKind.Running<End>> waiting(int count, Futex word, ThreadKind kind)
            throws Exception {
        var threads = new ArrayList<ThreadKind.Running<End>>();
        for (int i = 0; i < count; i++) {
            threads.add(kind.start(() -> word.await(0)));
        }
        awaitSleeping(count, word);
        return threads;
    }

    private static void awaitEnded(int count, List<ThreadKind.Running<End>> threads) {
        while (threads.stream().filter(ThreadKind.Running::isDone).count() < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName("FTX-001 FTX-005 a word of another value, also in a new page, is not waited for")
    void anotherValue() throws Exception {
        assertEquals(End.CHANGED, word.await(1));
        try (var fresh = Mapping.anonymous(PAGE, MapOption.PRIVATE)) {
            assertEquals(End.CHANGED, fresh.futex(0).await(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("FTX-004 a thread wakes another on a word of private memory")
    void privateMemory(ThreadKind kind) throws Exception {
        try (var own = Mapping.anonymous(PAGE, MapOption.PRIVATE)) {
            own.segment().set(JAVA_INT, 0, 0); // else it is the page of zeros that all have
            var threads = waiting(1, own.futex(0), kind);
            assertEquals(1, own.futex(0).wake(1));
            assertEquals(End.WOKEN, threads.getFirst().result());
        }
    }

    @Test
    @DisplayName("FTX-008 FTX-009 a word off its place and a time that is none are refused")
    void badArguments() {
        assertThrows(IllegalArgumentException.class, () -> mapping.futex(1));
        long address = mapping.segment().address();
        assertEquals(EINVAL, wait(address + 1, MemorySegment.NULL));
        try (var arena = Arena.ofConfined()) {
            var time = arena.allocate(Time.TIMESPEC);
            time.set(JAVA_LONG, Time.TV_NSEC, 1_000_000_000);
            assertEquals(EINVAL, wait(address, time));
        }
    }

    private static int wait(long address, MemorySegment time) {
        int operation = LinuxFutex.FUTEX_WAIT_BITSET;
        return LinuxFutex.futex(address, operation, 1, time.address(), 0, ANY);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("FTX-010 who can only read can wait")
    void aReader(ThreadKind kind) throws Exception {
        try (var readable = Mapping.open(path, Protection.READ_ONLY)) {
            var seen = readable.futex(0);
            assertEquals(End.TIMED_OUT, kind.start(() -> seen.await(0, SHORT)).result());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("FTX-011 a wait ends at its deadline, on either clock")
    void deadlines(ThreadKind kind) throws Exception {
        var deadline = Deadline.after(SHORT);
        var moment = Instant.now().plus(SHORT);
        assertEquals(End.TIMED_OUT, kind.start(() -> word.awaitBitset(0, ANY, deadline)).result());
        assertTrue(deadline.isOver());
        assertEquals(End.TIMED_OUT, kind.start(() -> word.awaitUntil(0, ANY, moment)).result());
        assertFalse(Instant.now().isBefore(moment));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("FTX-014 as many threads return as are woken, and then the rest")
    void threads(ThreadKind kind) throws Exception {
        var threads = waiting(8, word, kind);
        assertEquals(3, word.wake(3));
        awaitEnded(3, threads);
        awaitSleeping(5, word); // the others still are
        assertEquals(5, word.wakeAll());
        awaitEnded(8, threads);
    }

    private Peer holder(String mode, int words) throws Exception {
        Command.require("gcc");
        var program = folder.resolve("holder");
        if (!program.toFile().exists()) {
            Command.compile(folder, "holder", HOLDER);
        }
        return Peer.start(List.of(program.toString(), path.toString(), mode, "" + words));
    }

    @Test
    @DisplayName("FTX-015 as many processes return as are woken")
    void processes() throws Exception {
        try (var a = holder("wait", 1);
                var b = holder("wait", 1);
                var c = holder("wait", 1)) {
            awaitSleeping(3, word);
            assertEquals(2, word.wake(2));
            awaitSleeping(1, word);
            assertEquals(1, word.wakeAll());
            assertEquals(0, a.exitCode() + b.exitCode() + c.exitCode());
        }
    }

    @Test
    @DisplayName("FTX-016 a word that is not there is an error, and no crash")
    void noMemory() throws Exception {
        int wake = LinuxFutex.FUTEX_WAKE;
        int efault = -Errno.EFAULT.number();
        assertEquals(efault, LinuxFutex.futex(UNMAPPABLE, wake, 1, 0, 0, 0));
        int flags = SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS;
        long hidden = SysMman.mmap(0, PAGE, SysMman.PROT_NONE, flags, -1, 0);
        assertEquals(efault, LinuxFutex.futex(hidden, wake, 1, 0, 0, 0));
        assertEquals(0, SysMman.munmap(hidden, PAGE));
        try (var file = new java.io.RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(0);
        }
        var e = assertThrows(OsException.class, () -> word.wake(1));
        assertEquals(Errno.EFAULT, e.errno());
    }

    @Test
    @DisplayName("FTX-018 counts are not negative")
    void negativeCounts() {
        var other = mapping.futex(64);
        assertThrows(IllegalArgumentException.class, () -> word.requeue(-1, other, 1));
        assertThrows(IllegalArgumentException.class, () -> word.compareAndRequeue(0, 1, other, -1));
        long address = mapping.segment().address();
        int move = LinuxFutex.FUTEX_CMP_REQUEUE;
        assertEquals(EINVAL, LinuxFutex.futex(address, move, -1, 1, address + 64, 0));
        assertEquals(EINVAL, LinuxFutex.futex(address, move, 1, -1, address + 64, 0));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("FTX-020 of thirty words the last is woken, and told")
    void thirtyWords(ThreadKind kind) throws Exception {
        var words = IntStream.range(0, 30).mapToObj(i -> mapping.futex(64L * i)).toList();
        var expected = words.stream().map(each -> new Expectation(each, 0)).toList();
        var running = kind.start(() -> Futex.awaitAny(expected));
        awaitSleeping(1, words.getLast());
        assertEquals(1, words.getLast().wake(1));
        assertEquals(29, running.result());
    }

    @Test
    @DisplayName("FTX-021 words off their place, too many, too few, on a wrong clock are refused")
    void badVectors() {
        assumeTrue(Capability.FUTEX_WAITV.isAvailable(), "futex_waitv needs Linux 5.16");
        assertThrows(IllegalArgumentException.class, () -> Futex.awaitAny(List.of()));
        var many = IntStream.range(0, 129).mapToObj(_ -> new Expectation(word, 0)).toList();
        assertThrows(IllegalArgumentException.class, () -> Futex.awaitAny(many));
        try (var arena = Arena.ofConfined()) {
            var waiters = arena.allocate(LinuxFutex.FUTEX_WAITV, 129);
            var time = arena.allocate(Time.TIMESPEC);
            waiters.set(JAVA_LONG, LinuxFutex.UADDR, mapping.segment().address());
            assertEquals(EINVAL, waitv(waiters, 1, time, Time.CLOCK_MONOTONIC)); // no FUTEX_32
            waiters.set(JAVA_INT, LinuxFutex.FLAGS, LinuxFutex.FUTEX_32);
            assertEquals(EINVAL, waitv(waiters, 0, time, Time.CLOCK_MONOTONIC));
            assertEquals(EINVAL, waitv(waiters, 129, time, Time.CLOCK_MONOTONIC));
            assertEquals(EINVAL, waitv(waiters, 1, time, CLOCK_TAI));
            assertEquals(EINVAL, waitv(MemorySegment.NULL, 1, time, Time.CLOCK_MONOTONIC));
            waiters.set(JAVA_LONG, LinuxFutex.UADDR, mapping.segment().address() + 1);
            assertEquals(EINVAL, waitv(waiters, 1, time, Time.CLOCK_MONOTONIC));
        }
    }

    private static int waitv(MemorySegment waiters, int count, MemorySegment time, int clock) {
        return LinuxFutex.futex_waitv(waiters, count, time, clock);
    }

    @ParameterizedTest
    @ValueSource(strings = {"killed", "ended", "thread", "circular"})
    @DisplayName(
            "FTX-023 FTX-026 who waits for a word is woken when its holder dies, in whatever way")
    void theHolderDies(String mode) throws Exception {
        awaitDeath(mode, 1);
    }

    @Test
    @DisplayName("FTX-025 all words that a process holds are marked when it dies")
    void theHolderOfTenDies() throws Exception {
        awaitDeath("killed", 10);
    }

    private void awaitDeath(String mode, int count) throws Exception {
        try (var holder = holder(mode, count)) {
            assertEquals("holds", holder.line());
            var threads = new ArrayList<ThreadKind.Running<End>>();
            for (int i = 0; i < count; i++) {
                var each = mapping.futex(64L * i);
                int held = each.get();
                assertEquals(WAITERS, held & WAITERS);
                threads.add(ThreadKind.alternating(i).start(() -> each.await(held)));
                awaitSleeping(1, each);
            }
            if (mode.equals("killed")) {
                holder.kill();
            } else {
                holder.tell("end");
            }
            for (int i = 0; i < count; i++) {
                assertEquals(End.WOKEN, threads.get(i).result());
                assertEquals(OWNER_DIED, mapping.futex(64L * i).get() & OWNER_DIED);
            }
        }
    }

    @Test
    @DisplayName("FTX-027 a list of another size is refused")
    void aListOfAnotherSize() {
        try (var arena = Arena.ofConfined()) {
            var head = arena.allocate(24, 8);
            int call = Abi.HOST.SYS_set_robust_list();
            long r = SysSyscall.syscall(call, head.address(), 25, 0, 0, 0);
            assertEquals(EINVAL, r);
        }
    }

    @Test
    @DisplayName("FTX-028 the list that was set is the thread's own")
    void theListThatWasSet() throws Exception {
        try (var holder = holder("get", 1)) {
            assertEquals("the head that was set", holder.line());
        }
    }

    @Test
    @DisplayName("FTX-029 a JVM's thread can hold a word too: killed, it is found out")
    void aJvmDies() throws Exception {
        var words = Command.java(List.of(), WordHolder.class, path.toString());
        try (var holder = Peer.start(words)) {
            assertEquals("holds", holder.line());
            int held = word.get();
            var running = ThreadKind.PLATFORM.start(() -> word.await(held));
            awaitSleeping(1, word);
            holder.kill();
            assertEquals(End.WOKEN, running.result());
            assertEquals(OWNER_DIED, word.get() & OWNER_DIED);
        }
    }

    /// Maps the words and holds them on its robust list, or waits for the first.
    private static final String HOLDER =
            """
            #include <fcntl.h>
            #include <linux/futex.h>
            #include <pthread.h>
            #include <stdint.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/mman.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            static char *memory;
            static int count;
            static const char *mode;
            static struct robust_list_head head;
            static void hold(void) {
                struct robust_list *last = &head.list;
                head.list.next = &head.list;
                for (int i = 0; i < count; i++) { // the node lies in the memory beside its word
                    struct robust_list *node = (void *)(memory + 64 * i + 8);
                    last->next = node;
                    node->next = &head.list;
                    last = node;
                    *(uint32_t *)(memory + 64 * i) = syscall(SYS_gettid) | FUTEX_WAITERS;
                }
                if (!strcmp(mode, "circular"))
                    last->next = head.list.next;
                head.futex_offset = -8;
                if (syscall(SYS_set_robust_list, &head, sizeof head)) exit(2);
                puts("holds");
                fflush(stdout);
                getchar();
            }
            static void *thread(void *none) { hold(); return none; }
            int main(int argc, char **argv) {
                int fd = open(argv[1], O_RDWR);
                memory = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
                mode = argv[2];
                count = atoi(argv[3]);
                if (fd < 0 || memory == MAP_FAILED) { perror(argv[1]); return 1; }
                if (!strcmp(mode, "wait"))
                    return syscall(SYS_futex, memory, FUTEX_WAIT, 0, 0, 0, 0) != 0;
                if (!strcmp(mode, "get")) {
                    struct robust_list_head *seen;
                    size_t length;
                    head.list.next = &head.list;
                    syscall(SYS_set_robust_list, &head, sizeof head);
                    syscall(SYS_get_robust_list, 0, &seen, &length);
                    puts(seen == &head && length == sizeof head ? "the head that was set" : "no");
                    return 0;
                }
                if (!strcmp(mode, "thread")) {
                    pthread_t one;
                    pthread_create(&one, 0, thread, 0);
                    pthread_join(one, 0);
                    pause();
                }
                hold();
                return 0;
            }
            """;
}
