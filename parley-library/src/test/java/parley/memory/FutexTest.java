package parley.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.Allocations;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.memory.Futex.End;
import parley.memory.Futex.Expectation;
import parley.os.Errno;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;
import parley.pipe.Pipe;
import parley.ready.Deadline;

@Timeout(120)
class FutexTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(100);
    private static final int BYTES = 64 * 1024;

    private final Mapping mapping;
    private final Futex word;
    private final Futex other;

    FutexTest() throws Exception {
        try (var file = MemoryFile.create("futex", BYTES)) {
            mapping = file.map(Protection.READ_WRITE);
        }
        word = mapping.futex(0);
        other = mapping.futex(64);
    }

    @AfterEach
    void unmap() {
        mapping.close();
    }

    /// Threads that wait for a word, 0 as it is.
    private static List<ThreadKind.Running<End>> waiting(int count, Futex word, ThreadKind kind)
            throws Exception {
        var threads = new ArrayList<ThreadKind.Running<End>>();
        for (int i = 0; i < count; i++) {
            threads.add(kind.start(() -> word.await(0)));
        }
        for (var thread : threads) {
            thread.awaitBlocked();
        }
        awaitSleeping(count, word);
        return threads;
    }

    /// A parked thread's wait is in the kernel a little later. Moving from a word to itself counts
    /// those that sleep on it.
    private static void awaitSleeping(int count, Futex word) throws Exception {
        while (word.compareAndRequeue(0, 0, word, Integer.MAX_VALUE).orElseThrow() < count) {
            Thread.onSpinWait();
        }
    }

    private static long ended(List<ThreadKind.Running<End>> threads) {
        return threads.stream().filter(ThreadKind.Running::isDone).count();
    }

    private static void awaitEnded(long count, List<ThreadKind.Running<End>> threads) {
        while (ended(threads) < count) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anotherValueDoesNotWait(ThreadKind kind) throws Exception {
        assertEquals(End.CHANGED, kind.start(() -> word.await(1)).result());
        assertEquals(End.CHANGED, kind.start(() -> word.await(1, LONG)).result());
    }

    @ParameterizedTest
    @EnumSource
    void asManyAreWokenAsAskedFor(ThreadKind kind) throws Exception {
        var threads = waiting(10, word, kind);
        assertEquals(3, word.wake(3));
        awaitEnded(3, threads);
        assertEquals(0, word.wake(0));
        assertEquals(7, word.wakeAll());
        for (var thread : threads) {
            assertEquals(End.WOKEN, thread.result());
        }
        assertEquals(0, word.wakeAll());
    }

    @ParameterizedTest
    @EnumSource
    void onlyTheNumberAskedForIsWoken(ThreadKind kind) throws Exception {
        var threads = waiting(4, word, kind);
        assertEquals(1, word.wake(1));
        awaitEnded(1, threads);
        awaitSleeping(3, word);
        assertEquals(1, ended(threads));
        assertEquals(3, word.wakeAll());
        awaitEnded(4, threads);
    }

    @ParameterizedTest
    @EnumSource
    void aWakeIsForThoseOfItsBits(ThreadKind kind) throws Exception {
        var low = kind.start(() -> word.awaitBitset(0, 0b0011, Deadline.NEVER));
        var high = kind.start(() -> word.awaitBitset(0, 0b0110, Deadline.NEVER));
        low.awaitBlocked();
        high.awaitBlocked();
        awaitSleeping(2, word);
        assertEquals(0, word.wakeBitset(9, 0b1000));
        assertEquals(1, word.wakeBitset(9, 0b0001));
        assertEquals(End.WOKEN, low.result());
        assertEquals(1, word.wakeBitset(9, 0b0010));
        assertEquals(End.WOKEN, high.result());
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineIsTheSameForAllWaitsOfALoop(ThreadKind kind) throws Exception {
        long start = System.nanoTime();
        var deadline = Deadline.after(SHORT);
        for (int i = 0; i < 3; i++) {
            assertEquals(End.TIMED_OUT, kind.start(() -> word.await(0, deadline)).result());
        }
        assertTrue(System.nanoTime() - start >= SHORT.toNanos());
    }

    @ParameterizedTest
    @EnumSource
    void aMomentOfTheSystemsClockEndsAWait(ThreadKind kind) throws Exception {
        var moment = Instant.now().plus(SHORT);
        assertEquals(End.TIMED_OUT, kind.start(() -> word.awaitUntil(0, -1, moment)).result());
        assertFalse(Instant.now().isBefore(moment));
        var past = Instant.EPOCH.minus(Duration.ofDays(1));
        assertEquals(End.TIMED_OUT, kind.start(() -> word.awaitUntil(0, -1, past)).result());
        var woken = kind.start(() -> word.awaitUntil(0, 4, Instant.now().plus(LONG)));
        woken.awaitBlocked();
        awaitSleeping(1, word);
        assertEquals(1, word.wakeBitset(1, 4));
        assertEquals(End.WOKEN, woken.result());
    }

    @ParameterizedTest
    @EnumSource
    void thoseWhoAreMovedWaitOnTheOtherWord(ThreadKind kind) throws Exception {
        var threads = waiting(5, word, kind);
        assertEquals(4, word.requeue(1, other, 3));
        awaitEnded(1, threads);
        assertEquals(1, word.wakeAll());
        assertEquals(3, other.wakeAll());
        awaitEnded(5, threads);
    }

    @ParameterizedTest
    @EnumSource
    void movingLooksAtTheWordFirst(ThreadKind kind) throws Exception {
        var threads = waiting(2, word, kind);
        assertEquals(OptionalInt.empty(), word.compareAndRequeue(7, 1, other, 1));
        assertEquals(OptionalInt.of(2), word.compareAndRequeue(0, 1, other, 1));
        awaitEnded(1, threads);
        assertEquals(0, word.wakeAll());
        assertEquals(1, other.wakeAll());
        awaitEnded(2, threads);
    }

    @ParameterizedTest
    @CsvSource({
        "SET, 5, 5",
        "ADD, 5, 11",
        "ADD, -7, -1",
        "OR, 9, 15",
        "AND_NOT, 2, 4",
        "XOR, 7, 1",
        "SET_BIT, 31, -2147483642",
        "CLEAR_BIT, 2, 2"
    })
    void theOtherWordIsChanged(WakeOperation.Change change, int operand, int expected)
            throws Exception {
        other.set(6);
        var operation = new WakeOperation(change, operand, WakeOperation.Comparison.EQUAL, 6);
        assertEquals(0, word.wakeAndOperate(1, other, operation, 1));
        assertEquals(expected, other.get());
    }

    @ParameterizedTest
    @CsvSource({
        "EQUAL, 6, true",
        "EQUAL, 5, false",
        "NOT_EQUAL, 6, false",
        "NOT_EQUAL, -1, true",
        "LESS, 7, true",
        "LESS, 6, false",
        "LESS_OR_EQUAL, 6, true",
        "LESS_OR_EQUAL, 5, false",
        "GREATER, -2048, true",
        "GREATER, 6, false",
        "GREATER_OR_EQUAL, 6, true",
        "GREATER_OR_EQUAL, 2047, false"
    })
    void thoseOfTheOtherWordAreWokenIfItWasAsAsked(
            WakeOperation.Comparison comparison, int argument, boolean isWoken) throws Exception {
        var here = waiting(1, word, ThreadKind.PLATFORM);
        var there = waiting(1, other, ThreadKind.VIRTUAL);
        other.set(6); // those who wait already do not see it
        var operation = new WakeOperation(WakeOperation.Change.SET, 0, comparison, argument);
        assertEquals(isWoken ? 2 : 1, word.wakeAndOperate(1, other, operation, 1));
        awaitEnded(1, here);
        assertEquals(isWoken ? 0 : 1, other.wakeAll());
        awaitEnded(1, there);
    }

    @ParameterizedTest
    @EnumSource
    void oneOfSeveralWordsIsEnough(ThreadKind kind) throws Exception {
        var words =
                IntStream.range(0, 30)
                        .mapToObj(i -> new Expectation(mapping.futex(i * 128L), 0))
                        .toList();
        var last = words.getLast().word();
        var running = kind.start(() -> Futex.awaitAny(words));
        running.awaitBlocked();
        awaitSleeping(1, last);
        assertEquals(1, last.wake(1));
        assertEquals(29, running.result());

        words.get(7).word().set(1);
        assertEquals(7, kind.start(() -> Futex.awaitAny(words)).result());
        words.get(7).word().set(0);
        assertEquals(OptionalInt.empty(), kind.start(() -> Futex.awaitAny(words, SHORT)).result());
    }

    @ParameterizedTest
    @EnumSource
    void aWaitForSeveralWordsEndsWithTheirMemory(ThreadKind kind) throws Exception {
        var words = List.of(new Expectation(word, 0), new Expectation(other, 0));
        var running = kind.start(() -> Futex.awaitAny(words));
        running.awaitBlocked();
        mapping.close();
        assertThrows(AsynchronousCloseException.class, running::result);
        var late = kind.start(() -> Futex.awaitAny(words));
        assertThrows(ClosedChannelException.class, late::result);
    }

    @ParameterizedTest
    @EnumSource
    void aWaitForSeveralWordsCanBeInterrupted(ThreadKind kind) throws Exception {
        var words = List.of(new Expectation(word, 0), new Expectation(other, 0));
        var running = kind.start(() -> Futex.awaitAny(words));
        running.awaitBlocked();
        running.interrupt();
        assertThrows(InterruptedException.class, running::result);
        while (word.wakeAll() + other.wakeAll() > 0) {
            Thread.onSpinWait(); // nothing of it stays in the kernel
        }
    }

    /// A wait that was given up must not stay in the kernel and take what is meant for others.
    @ParameterizedTest
    @EnumSource
    void whatWasNotTheFirstOfSeveralTakesNoWake(ThreadKind kind) throws Exception {
        var words = List.of(new Expectation(other, 0), new Expectation(word, 0));
        for (int i = 0; i < 200; i++) {
            var sleeper = waiting(1, word, ThreadKind.PLATFORM);
            var running =
                    kind.start(() -> {
                        int first = Futex.awaitAny(words);
                        return first == 0 ? word.wake(1) : -1;
                    });
            running.awaitBlocked();
            awaitSleeping(1, other);
            other.wake(1);
            assertEquals(1, running.result());
            assertEquals(End.WOKEN, sleeper.getFirst().result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingEndsWaitsThoughASystemCallUsesTheMemory(ThreadKind kind) throws Exception {
        try (var pipe = Pipe.create()) {
            var reading = ThreadKind.PLATFORM.start(() -> pipe.source().read(mapping.segment()));
            reading.awaitBlocked();
            var running = kind.start(() -> word.await(0));
            running.awaitBlocked();
            assertThrows(IllegalStateException.class, mapping::close);
            assertThrows(AsynchronousCloseException.class, running::result);
            pipe.sink().close();
            reading.result();
            mapping.close();
            assertThrows(IllegalStateException.class, word::get);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCallBackThatThrowsHarmsNobodyElse(ThreadKind kind) throws Exception {
        var thrown = new CompletableFuture<Throwable>();
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, e) -> thrown.complete(e));
        try {
            var call =
                    word.change(0)
                            .start(_ -> {
                                throw new IllegalStateException("on purpose");
                            });
            awaitSleeping(1, word);
            assertEquals(1, word.wake(1));
            assertEquals("on purpose", thrown.get().getMessage());
            assertTrue(call.isEnded());
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertEquals(End.TIMED_OUT, kind.start(() -> word.await(0, SHORT)).result());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 129})
    void thereAreAtMost128Words(int count) {
        var words =
                IntStream.range(0, count)
                        .mapToObj(i -> new Expectation(mapping.futex(4L * i), 0))
                        .toList();
        assertThrows(IllegalArgumentException.class, () -> Futex.awaitAny(words));
    }

    /// Whoever was woken says so, though it was interrupted at the same moment.
    @ParameterizedTest
    @EnumSource
    void noWakeIsLostToAnInterrupt(ThreadKind kind) throws Exception {
        for (int i = 0; i < 500; i++) {
            var threads = waiting(1, word, kind);
            var interrupter = ThreadKind.PLATFORM.start(() -> interrupt(threads.getFirst()));
            int woken = word.wake(1);
            interrupter.result();
            boolean returned = isWoken(threads.getFirst());
            assertEquals(woken == 1, returned);
        }
    }

    private static boolean interrupt(ThreadKind.Running<End> thread) {
        thread.interrupt();
        return true;
    }

    private static boolean isWoken(ThreadKind.Running<End> thread) throws Exception {
        try {
            return thread.result() == End.WOKEN;
        } catch (InterruptedException _) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource
    void noWakeUpIsLostBetweenTwoThreads(ThreadKind kind) throws Exception {
        int rounds = 20_000;
        var there = kind.start(() -> pass(word, other, rounds));
        var back = kind.start(() -> pass(other, word, rounds));
        word.set(1);
        word.wake(1);
        assertEquals(rounds, there.result());
        assertEquals(rounds, back.result());
    }

    /// Takes a token from one word, and gives it to the other.
    private static int pass(Futex from, Futex to, int rounds) throws Exception {
        int passed = 0;
        while (passed < rounds) {
            while (!from.compareAndSet(1, 0)) {
                from.await(0);
            }
            passed++;
            to.set(1);
            to.wake(1);
        }
        return passed;
    }

    @ParameterizedTest
    @EnumSource
    void manyThreadsShareOneWord(ThreadKind kind) throws Exception {
        int threads = 20;
        int each = 500;
        var taken = new AtomicInteger();
        var takers = new ArrayList<ThreadKind.Running<Integer>>();
        for (int i = 0; i < threads; i++) {
            takers.add(kind.start(() -> take(taken, each)));
        }
        for (int i = 0; i < threads * each; i++) {
            word.getAndAdd(1);
            word.wake(1);
        }
        for (var taker : takers) {
            assertEquals(each, taker.result());
        }
        assertEquals(threads * each, taken.get());
        assertEquals(0, word.get());
    }

    private int take(AtomicInteger taken, int count) throws Exception {
        int own = 0;
        while (own < count) {
            int permits = word.get();
            if (permits == 0) {
                word.await(0);
            } else if (word.compareAndSet(permits, permits - 1)) {
                taken.incrementAndGet();
                own++;
            }
        }
        return own;
    }

    /// How many threads wait at once.
    int crowd() {
        return 10_000;
    }

    @Test
    void aCrowdOfVirtualThreadsWaitsOnTheirOwnWords() throws Exception {
        int count = crowd();
        try (var file = MemoryFile.create("crowd", 4L * count);
                var memory = file.map(Protection.READ_WRITE)) {
            var words = IntStream.range(0, count).mapToObj(i -> memory.futex(4L * i)).toList();
            var threads = new ArrayList<ThreadKind.Running<End>>();
            for (var own : words) {
                threads.add(ThreadKind.VIRTUAL.start(() -> own.await(0)));
            }
            for (var own : words) {
                awaitSleeping(1, own);
            }
            for (var own : words) {
                assertEquals(1, own.wakeAll());
            }
            for (var thread : threads) {
                assertEquals(End.WOKEN, thread.result());
            }
        }
    }

    /// More at once than the ring has room for.
    @Test
    void aCrowdOfVirtualThreadsOnOneWordIsWokenByOneCall() throws Exception {
        int count = crowd();
        var threads = new ArrayList<ThreadKind.Running<End>>();
        for (int i = 0; i < count; i++) {
            threads.add(ThreadKind.VIRTUAL.start(() -> word.await(0)));
        }
        awaitSleeping(count, word);
        assertEquals(count, word.wakeAll());
        for (var thread : threads) {
            assertEquals(End.WOKEN, thread.result());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"EAGAIN", "EBUSY", "EINTR", "ENOMEM"})
    void aKernelThatIsShortOfSomethingIsAskedAgain(Errno refusal) throws Exception {
        for (int nth = 1; nth <= 3; nth++) {
            try (var _ = Faults.fail("io_uring_enter", nth, refusal.number())) {
                var threads = waiting(2, word, ThreadKind.VIRTUAL);
                assertEquals(2, word.wakeAll());
                awaitEnded(2, threads);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadOnlyMappingCanBeWaitedOn(ThreadKind kind) throws Exception {
        try (var file = MemoryFile.create("futex", 4096);
                var writable = file.map(Protection.READ_WRITE);
                var readable = file.map(Protection.READ_ONLY)) {
            var seen = readable.futex(128);
            assertEquals(End.TIMED_OUT, kind.start(() -> seen.await(0, SHORT)).result());
            var running = kind.start(() -> seen.await(0));
            running.awaitBlocked();
            awaitSleeping(1, writable.futex(128));
            assertEquals(1, writable.futex(128).wakeAll());
            assertEquals(End.WOKEN, running.result());
            assertThrows(IllegalArgumentException.class, () -> seen.set(1));
        }
    }

    @Test
    void memoryOfTheJavaHeapAndBadPlacesAreRefused() {
        var heap = MemorySegment.ofArray(new int[4]);
        assertThrows(IllegalArgumentException.class, () -> Futex.of(heap, 0));
        assertThrows(IllegalArgumentException.class, () -> mapping.futex(2));
        assertThrows(IndexOutOfBoundsException.class, () -> mapping.futex(BYTES));
        assertThrows(IndexOutOfBoundsException.class, () -> mapping.futex(-4));
    }

    @Test
    void badCountsAndBitsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> word.wake(-1));
        assertThrows(IllegalArgumentException.class, () -> word.requeue(1, other, -1));
        assertThrows(IllegalArgumentException.class, () -> word.compareAndRequeue(0, -1, other, 1));
        assertThrows(IllegalArgumentException.class, () -> word.wakeBitset(1, 0));
        assertThrows(IllegalArgumentException.class, () -> word.awaitBitset(0, 0, Deadline.NEVER));
        var equal = WakeOperation.Comparison.EQUAL;
        var add = WakeOperation.Change.ADD;
        assertThrows(IllegalArgumentException.class, () -> new WakeOperation(add, 2048, equal, 0));
        assertThrows(IllegalArgumentException.class, () -> new WakeOperation(add, 0, equal, -2049));
        assertThrows(
                IllegalArgumentException.class,
                () -> new WakeOperation(WakeOperation.Change.SET_BIT, 32, equal, 0));
        var readOnly = Futex.of(mapping.segment().asReadOnly(), 64);
        var set = new WakeOperation(WakeOperation.Change.SET, 7, equal, 0);
        assertThrows(
                IllegalArgumentException.class, () -> word.wakeAndOperate(1, readOnly, set, 1));
        assertEquals(0, other.get());
    }

    @Test
    void afterCloseNothingIsTouched() {
        mapping.close();
        assertThrows(ClosedChannelException.class, () -> word.wake(1));
        assertThrows(ClosedChannelException.class, () -> word.await(0));
        assertThrows(ClosedChannelException.class, () -> word.requeue(1, other, 1));
        assertThrows(IllegalStateException.class, word::get);
    }

    @Test
    void memoryThatIsFreedIsNotTouched() throws Exception {
        var arena = Arena.ofShared();
        var freed = Futex.of(arena.allocate(64, 4), 0);
        arena.close();
        assertThrows(IllegalStateException.class, () -> freed.wake(1));
        assertThrows(IllegalStateException.class, () -> freed.await(0));
        assertThrows(IllegalStateException.class, () -> freed.requeue(1, word, 1));
    }

    @Test
    void memoryThatIsGoneIsAnErrorAndNotACrash(@TempDir Path directory) throws Exception {
        var path = directory.resolve("short");
        try (var file = Mapping.create(path, 8192)) {
            var end = file.futex(4096);
            try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate(0);
            }
            var e = assertThrows(OsException.class, () -> end.wake(1));
            assertEquals(Errno.EFAULT, e.errno());
            assertTrue(e.getMessage().contains("shorten"), e.getMessage());
            assertThrows(OsException.class, () -> end.await(0));
        }
    }

    @Test
    void aWaitAllocatesNothingOnAPlatformThread() throws Throwable {
        Allocations.assertNone(() -> word.await(1));
        Allocations.assertNone(() -> word.wake(1));
    }

    private static final String OTHER_SIDE =
            """
            #include <fcntl.h>
            #include <linux/futex.h>
            #include <stdint.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/mman.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int main(int argc, char **argv) {
                int fd = open(argv[1], O_RDWR);
                uint32_t *words = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
                if (fd < 0 || words == MAP_FAILED) { perror(argv[1]); return 1; }
                for (int i = 0; i < atoi(argv[2]); i++) {
                    while (__atomic_exchange_n(&words[0], 0, __ATOMIC_SEQ_CST) == 0)
                        syscall(SYS_futex, &words[0], FUTEX_WAIT, 0, 0, 0, 0);
                    __atomic_store_n(&words[16], 1, __ATOMIC_SEQ_CST);
                    syscall(SYS_futex, &words[16], FUTEX_WAKE, 1, 0, 0, 0);
                }
                return 0;
            }
            """;

    @ParameterizedTest
    @EnumSource
    void aCProgramWaitsAndWakes(ThreadKind kind, @TempDir Path directory) throws Exception {
        Command.require("cc");
        int rounds = 5_000;
        var path = directory.resolve("words");
        var program = Command.compile(directory, "other-side", OTHER_SIDE);
        try (var shared = Mapping.create(path, 4096);
                var c = Peer.start(List.of(program, path.toString(), "" + rounds))) {
            var theirs = shared.futex(0);
            var ours = shared.futex(64);
            theirs.set(1);
            theirs.wake(1);
            var running = kind.start(() -> pass(ours, theirs, rounds));
            assertEquals(rounds, running.result());
            assertEquals(0, c.exitCode());
        }
    }

    /// The kernel forgets a waiter that is killed; the word stays as it is, and says nothing.
    @Test
    void aKilledWaiterTakesNoWake(@TempDir Path directory) throws Exception {
        Command.require("cc");
        var path = directory.resolve("words");
        var program = Command.compile(directory, "other-side", OTHER_SIDE);
        try (var shared = Mapping.create(path, 4096);
                var c = Peer.start(List.of(program, path.toString(), "1"))) {
            var theirs = shared.futex(0);
            awaitSleeping(1, theirs);
            c.kill();
            assertEquals(0, theirs.wakeAll());
            var threads = waiting(1, theirs, ThreadKind.VIRTUAL);
            assertEquals(1, theirs.wakeAll());
            awaitEnded(1, threads);
        }
    }

    @Test
    void theWordIsAnOrdinaryWord() {
        mapping.segment().set(ValueLayout.JAVA_INT, 0, 41);
        assertEquals(41, word.getAndAdd(1));
        assertEquals(42, mapping.segment().get(ValueLayout.JAVA_INT, 0));
        assertFalse(word.compareAndSet(1, 2));
        assertTrue(word.toString().startsWith("futex 0x"));
    }
}
