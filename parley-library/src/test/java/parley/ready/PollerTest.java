package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.ThreadKind;
import parley.os.Limit;
import parley.pipe.Pipe;
import parley.pipe.PipeSource;

/// Many virtual threads parked on descriptors.
@Timeout(120)
final class PollerTest {
    private static final int ROUNDS = 5;

    private final ArrayList<EventFd> counters = new ArrayList<>();

    @AfterEach
    void closeAll() {
        counters.forEach(EventFd::close);
    }

    private static int threads() {
        long descriptors = Limit.RLIMIT_NOFILE.value().orElse(1024);
        return (int) Math.min(10_000, descriptors - 500);
    }

    @Test
    void tenThousandVirtualThreadsWaitEachOnItsOwnDescriptorAndNoneIsForgotten() throws Exception {
        int threads = threads();
        assumeTrue(threads >= 1000, "RLIMIT_NOFILE is too low");
        var served = new AtomicInteger();
        var running = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < threads; i++) {
            var counter = EventFd.create();
            counters.add(counter);
            running.add(
                    ThreadKind.VIRTUAL.start(() -> {
                        for (int round = 0; round < ROUNDS; round++) {
                            assertEquals(1, counter.take());
                            served.incrementAndGet();
                        }
                        return true;
                    }));
        }
        for (int round = 1; round <= ROUNDS; round++) {
            for (var one : running) {
                one.awaitBlocked();
            }
            assertEquals(0, blockingThreads(), "a platform thread was lent");
            for (var counter : counters) {
                counter.add(1);
            }
            while (served.get() < round * threads) {
                Thread.onSpinWait();
            }
        }
        for (var one : running) {
            assertTrue(one.result());
        }
    }

    private static long blockingThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("parley-blocking-"))
                .filter(thread -> thread.getState() == Thread.State.RUNNABLE)
                .count();
    }

    @Test
    void manyVirtualThreadsShareOneDescriptorAndEachByteGoesToOne() throws Exception {
        int readers = 50;
        int bytes = 20_000;
        try (var pipe = Pipe.create()) {
            var received = new AtomicInteger();
            var all = new CountDownLatch(bytes);
            for (int i = 0; i < readers; i++) {
                var _ =
                        ThreadKind.VIRTUAL.start(() -> {
                            var into = Arena.ofAuto().allocate(1);
                            while (pipe.source().read(into) == 1) {
                                received.incrementAndGet();
                                all.countDown();
                            }
                            return true;
                        });
            }
            var one = Arena.ofAuto().allocate(1);
            for (int i = 0; i < bytes; i++) {
                pipe.sink().write(one);
            }
            all.await();
            assertEquals(bytes, received.get());
        }
    }

    @Test
    void aDuplicateThatLivesOnKeepsNoWatchOnAClosedDescriptor() throws Exception {
        try (var pipe = Pipe.create()) {
            var duplicate = pipe.source().fd().duplicate();
            var waiting =
                    ThreadKind.VIRTUAL.start(() -> pipe.source().read(Arena.ofAuto().allocate(1)));
            waiting.awaitBlocked();
            pipe.source().close();
            try (var again = PipeSource.of(duplicate)) {
                var into = Arena.ofAuto().allocate(8);
                var second = ThreadKind.VIRTUAL.start(() -> again.read(into));
                second.awaitBlocked();
                pipe.sink().write(Arena.ofAuto().allocate(3));
                assertEquals(3, second.result());
            }
        }
    }
}
