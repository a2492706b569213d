package parley.ready;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import parley.kernel.Unistd;

/// What is ready is found, counted and taken without an allocation.
class ReadyAllocationTest {
    private static final int ROUNDS = 20_000;
    private static final int ATTEMPTS = 10;

    @Test
    void eventsAndTheirAttachments() throws Throwable {
        try (var epoll = Epoll.<EventFd>create();
                var first = EventFd.create(1);
                var second = EventFd.create(1)) {
            epoll.add(first.fd(), Interest.READ, first);
            epoll.add(second.fd(), Interest.READ, second);
            var events = epoll.events(4);
            assertAllocatesNothing(
                    1,
                    () -> {
                        int count = epoll.await(events);
                        for (int i = 0; i < count; i++) {
                            assertTrue(events.attachment(i).isOpen());
                            assertTrue(events.interest(i).contains(Interest.READ));
                        }
                    });
        }
    }

    @Test
    void countersAndTimers() throws Throwable {
        try (var counter = EventFd.create();
                var timer = TimerFd.create()) {
            assertAllocatesNothing(
                    4, // ppoll, write, and a read each
                    () -> {
                        counter.add(1);
                        long _ = counter.take();
                        long _ = timer.tryAwait();
                    });
        }
    }

    /// In a JVM started for faults each call of C allocates an iterator; that is what one that does
    /// nothing else shows.
    private static void assertAllocatesNothing(int calls, Executable round) throws Throwable {
        long perCall = leastAllocated(Unistd::getuid);
        long perRound = leastAllocated(round);
        assertTrue(perRound <= calls * perCall, perRound + " bytes a round, a call " + perCall);
    }

    /// Bytes that one run allocates, once the compiler has done what it can.
    private static long leastAllocated(Executable run) throws Throwable {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                run.execute();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least / ROUNDS;
    }
}
