package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.memory.Mapping;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.LimitReachedException;

@Timeout(120)
final class WaiterTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(100);

    private final Waiter<String> waiter;
    private final EventFd counter;
    private final Mapping mapping;

    WaiterTest() throws Exception {
        waiter = Waiter.create();
        counter = EventFd.create();
        try (var file = MemoryFile.create("waiter", 4096)) {
            mapping = file.map(Protection.READ_WRITE);
        }
    }

    @BeforeEach
    void nothingIsReady() throws Exception {
        assertEquals(List.of(), waiter.tryAwait());
    }

    @AfterEach
    void closeAll() {
        waiter.close();
        counter.close();
        mapping.close();
    }

    private static Set<String> names(List<Waiter.Entry<String>> ready) {
        var names = new TreeSet<String>();
        ready.forEach(entry -> names.add(entry.attachment()));
        assertEquals(ready.size(), names.size());
        return names;
    }

    @ParameterizedTest
    @EnumSource
    void aDescriptorIsReportedAsLongAsItIsReady(ThreadKind kind) throws Exception {
        waiter.add(counter.fd(), Interest.READ, "counter");
        var running = kind.start(() -> waiter.await());
        running.awaitBlocked();
        counter.add(1);
        var ready = running.result();
        assertEquals(Set.of("counter"), names(ready));
        assertEquals(Interest.READ, ready.getFirst().interest());
        assertEquals(Set.of("counter"), names(kind.start(() -> waiter.await()).result()));
        counter.take();
        assertEquals(List.of(), kind.start(() -> waiter.await(SHORT)).result());
    }

    @ParameterizedTest
    @EnumSource
    void aWordIsReportedOnce(ThreadKind kind) throws Exception {
        var word = mapping.futex(0);
        waiter.add(word.change(0), "word");
        var running = kind.start(() -> waiter.await());
        running.awaitBlocked();
        word.set(1);
        word.wakeAll();
        assertEquals(Set.of("word"), names(running.result()));
        assertEquals(List.of(), kind.start(() -> waiter.await(SHORT)).result());

        waiter.add(word.change(0), "changed before");
        assertEquals(Set.of("changed before"), names(kind.start(() -> waiter.await()).result()));
    }

    @ParameterizedTest
    @EnumSource
    void deadlinesAreReportedInTheirOrder(ThreadKind kind) throws Exception {
        waiter.add(Deadline.after(LONG), "never");
        waiter.add(Deadline.NEVER, "really never");
        waiter.add(Deadline.after(SHORT.multipliedBy(2)), "second");
        waiter.add(Deadline.after(SHORT), "first");
        long start = System.nanoTime();
        var order = new ArrayList<String>();
        while (order.size() < 2) {
            for (var entry : kind.start(() -> waiter.await()).result()) {
                order.add(entry.attachment());
                assertEquals(Interest.NONE, entry.interest());
            }
        }
        assertEquals(List.of("first", "second"), order);
        assertTrue(System.nanoTime() - start >= SHORT.toNanos());
        assertEquals(List.of(), waiter.await(SHORT));
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineThatIsAddedDuringAWaitEndsIt(ThreadKind kind) throws Exception {
        var running = kind.start(() -> waiter.await());
        running.awaitBlocked();
        waiter.add(Deadline.after(SHORT), "soon");
        assertEquals(Set.of("soon"), names(running.result()));
    }

    @ParameterizedTest
    @EnumSource
    void allThatIsReadyIsReportedTogether(ThreadKind kind) throws Exception {
        counter.add(1);
        var word = mapping.futex(0);
        waiter.add(counter.fd(), Interest.READ.and(Interest.WRITE), "counter");
        waiter.add(word.change(1), "word");
        waiter.add(Deadline.after(Duration.ZERO), "deadline");
        var seen = new HashSet<String>();
        while (seen.size() < 3) {
            for (var entry : kind.start(() -> waiter.await()).result()) {
                seen.add(entry.attachment());
            }
        }
        assertEquals(Set.of("counter", "word", "deadline"), seen);
    }

    @ParameterizedTest
    @EnumSource
    void aFileIsAlwaysReady(ThreadKind kind, @TempDir Path directory) throws Exception {
        try (var fd = open(directory, Fcntl.O_RDONLY)) {
            var entry = waiter.add(fd, Interest.READ, "directory");
            for (int i = 0; i < 2; i++) {
                var ready = kind.start(() -> waiter.await()).result();
                assertEquals(Set.of("directory"), names(ready));
                assertEquals(Interest.READ, ready.getFirst().interest());
            }
            entry.modify(Interest.WRITE);
            assertEquals(Interest.WRITE, waiter.tryAwait().getFirst().interest());
            entry.cancel();
            assertEquals(List.of(), kind.start(() -> waiter.await(SHORT)).result());
        }
    }

    private static Fd open(Path path, int flags) throws IOException {
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            var name = arena.allocateFrom(path.toString());
            return Fd.of("open", path.toString(), Fcntl.open(name, flags | Fcntl.O_CLOEXEC, 0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsCancelledIsNotReported(ThreadKind kind) throws Exception {
        var word = mapping.futex(0);
        var entries =
                List.of(
                        waiter.add(counter.fd(), Interest.READ, "counter"),
                        waiter.add(word.change(0), "word"),
                        waiter.add(Deadline.after(SHORT), "deadline"));
        for (var entry : entries) {
            entry.cancel();
            entry.cancel();
        }
        counter.add(1);
        word.set(1);
        word.wakeAll();
        assertEquals(List.of(), kind.start(() -> waiter.await(SHORT.multipliedBy(2))).result());
        waiter.add(counter.fd(), Interest.READ, "again");
        entries.getFirst().cancel(); // not that of the new entry
        assertEquals(Set.of("again"), names(waiter.await()));
    }

    @Test
    void aDescriptorCanBeWaitedForForSomethingElse() throws Exception {
        var entry = waiter.add(counter.fd(), Interest.READ, "counter");
        entry.modify(Interest.WRITE);
        assertEquals(Interest.WRITE, waiter.await().getFirst().interest());
        var deadline = waiter.add(Deadline.NEVER, "deadline");
        assertThrows(IllegalStateException.class, () -> deadline.modify(Interest.READ));
        assertThrows(
                AlreadyExistsException.class,
                () -> waiter.add(counter.fd(), Interest.READ, "again"));
    }

    @Test
    void aClosedDescriptorIsForgotten() throws Exception {
        counter.add(1);
        waiter.add(counter.fd(), Interest.READ, "counter");
        counter.close();
        assertEquals(List.of(), waiter.await(SHORT));
        assertThrows(
                ClosedChannelException.class,
                () -> waiter.add(counter.fd(), Interest.READ, "closed"));
    }

    @ParameterizedTest
    @EnumSource
    void aClosedFileIsForgotten(ThreadKind kind, @TempDir Path directory) throws Exception {
        var fd = open(directory, Fcntl.O_RDONLY);
        waiter.add(fd, Interest.READ, "directory");
        assertThrows(AlreadyExistsException.class, () -> waiter.add(fd, Interest.READ, "again"));
        fd.close();
        assertEquals(List.of(), kind.start(() -> waiter.await(SHORT)).result());
    }

    @Test
    void anEntryThatIsOverChangesNobodyElses() throws Exception {
        var first = waiter.add(counter.fd(), Interest.WRITE, "first");
        first.cancel();
        waiter.add(counter.fd(), Interest.READ, "second");
        assertThrows(IllegalStateException.class, () -> first.modify(Interest.WRITE));
        assertEquals(List.of(), waiter.tryAwait());
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineCanBeMoved(ThreadKind kind) throws Exception {
        var entry = waiter.add(Deadline.after(SHORT), "deadline");
        entry.modify(Deadline.NEVER);
        assertEquals(List.of(), waiter.await(SHORT.multipliedBy(2)));
        var running = kind.start(() -> waiter.await());
        running.awaitBlocked();
        entry.modify(Deadline.after(SHORT));
        assertEquals(Set.of("deadline"), names(running.result()));
        assertThrows(IllegalStateException.class, () -> entry.modify(Deadline.NEVER));
    }

    /// A wake that came as the entry was cancelled goes to the next one who waits.
    @Test
    void noWakeIsLostToACancelledEntry() throws Exception {
        var word = mapping.futex(0);
        for (int i = 0; i < 500; i++) {
            var entry = waiter.add(word.change(0), "word");
            var sleeper = ThreadKind.PLATFORM.start(() -> word.await(0));
            while (word.compareAndRequeue(0, 0, word, Integer.MAX_VALUE).orElseThrow() < 2) {
                Thread.onSpinWait(); // both sleep
            }
            var waker = ThreadKind.PLATFORM.start(() -> word.wake(1));
            entry.cancel();
            waker.result();
            sleeper.result(); // by that wake
            assertEquals(List.of(), waiter.tryAwait());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWordWhoseMemoryIsClosedIsReported(ThreadKind kind) throws Exception {
        var word = mapping.futex(0);
        waiter.add(word.change(0), "word");
        var running = kind.start(() -> waiter.await());
        running.awaitBlocked();
        mapping.close();
        assertEquals(Set.of("word"), names(running.result()));
        assertThrows(ClosedChannelException.class, () -> waiter.add(word.change(0), "late"));
        assertEquals(List.of(), waiter.await(SHORT));
    }

    @ParameterizedTest
    @EnumSource
    void aWaitCanBeWoken(ThreadKind kind) throws Exception {
        var running = kind.start(() -> waiter.await());
        running.awaitBlocked();
        waiter.wakeUp();
        assertEquals(List.of(), running.result());
        waiter.wakeUp();
        assertEquals(List.of(), waiter.tryAwait());
        assertEquals(List.of(), kind.start(() -> waiter.await()).result());
        assertEquals(List.of(), kind.start(() -> waiter.await(SHORT)).result());
    }

    @ParameterizedTest
    @EnumSource
    void onlyOneThreadWaits(ThreadKind kind) throws Exception {
        var running = kind.start(() -> waiter.await());
        running.awaitBlocked();
        assertThrows(IllegalStateException.class, waiter::await);
        assertThrows(IllegalStateException.class, waiter::tryAwait);
        waiter.wakeUp();
        running.result();
    }

    @ParameterizedTest
    @EnumSource
    void closingEndsAllThatItBegan(ThreadKind kind) throws Exception {
        var word = mapping.futex(0);
        waiter.add(word.change(0), "word");
        var running = kind.start(() -> waiter.await());
        running.awaitBlocked();
        waiter.close();
        waiter.close();
        assertThrows(AsynchronousCloseException.class, running::result);
        while (word.wakeAll() > 0) {
            Thread.onSpinWait(); // nothing of it stays in the kernel
        }
        assertFalse(waiter.isOpen());
        assertThrows(ClosedChannelException.class, () -> waiter.add(word.change(0), "late"));
        assertThrows(ClosedChannelException.class, () -> waiter.add(Deadline.NEVER, "late"));
        assertThrows(
                ClosedChannelException.class,
                () -> waiter.add(counter.fd(), Interest.READ, "late"));
    }

    @ParameterizedTest
    @EnumSource
    void thousandsOfDescriptorsAndWordsAreServed(ThreadKind kind) throws Exception {
        int count = 500; // within the usual limit of 1024 descriptors
        int rounds = 20;
        var counters = new ArrayList<EventFd>();
        try (var all = Waiter.<Integer>create();
                var file = MemoryFile.create("words", 4L * count);
                var words = file.map(Protection.READ_WRITE)) {
            for (int i = 0; i < count; i++) {
                counters.add(EventFd.create());
                all.add(counters.get(i).fd(), Interest.READ, i);
                all.add(words.futex(4L * i).change(0), count + i);
            }
            var server = kind.start(() -> serve(all, counters, words, 2 * count * rounds));
            for (int round = 1; round <= rounds; round++) {
                for (int i = 0; i < count; i++) {
                    counters.get(i).add(1);
                    words.futex(4L * i).set(round);
                    words.futex(4L * i).wakeAll();
                }
            }
            assertEquals(2L * count * rounds, server.result());
        } finally {
            counters.forEach(EventFd::close);
        }
    }

    /// Takes what comes, until it was `expected` in all.
    private static long serve(
            Waiter<Integer> all, List<EventFd> counters, Mapping words, int expected)
            throws Exception {
        int count = counters.size();
        var seen = new int[count];
        long served = 0;
        while (served < expected) {
            for (var ready : all.await()) {
                int index = ready.attachment();
                if (index < count) {
                    served += counters.get(index).tryTake();
                } else {
                    var word = words.futex(4L * (index - count));
                    int value = word.get();
                    served += value - seen[index - count];
                    seen[index - count] = value;
                    all.add(word.change(value), index);
                }
            }
        }
        return served;
    }

    @Test
    void oneThatCannotBeMadeLeavesNoDescriptor() throws Exception {
        long before = OpenDescriptors.count();
        for (var call : List.of("epoll_create1", "eventfd", "epoll_ctl")) {
            try (var fault = Faults.fail(call, 1, Errno.EMFILE.number())) {
                assertThrows(IOException.class, Waiter::create, call);
                assertTrue(fault.happened(), call);
            }
        }
        assertEquals(before, OpenDescriptors.count());
        try (var _ = Faults.fail("eventfd", 1, Errno.EMFILE.number())) {
            assertThrows(LimitReachedException.class, Waiter::create);
        }
    }
}
