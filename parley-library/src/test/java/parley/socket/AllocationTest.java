package parley.socket;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import parley.kernel.Unistd;

/// A message that does not have to wait allocates nothing.
class AllocationTest extends SocketTest {
    private static final int ROUNDS = 20_000;
    private static final int ATTEMPTS = 10;

    @Test
    void seqpacket() throws Throwable {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var message = room(100);
            assertAllocatesNothing(
                    3,
                    () -> {
                        pair.first().send(message);
                        var _ = pair.second().receive(message);
                        var _ = pair.second().tryReceive(message);
                    });
        }
    }

    @Test
    void datagram() throws Throwable {
        try (var pair = UnixDatagramSocket.pair()) {
            var message = room(100);
            assertAllocatesNothing(
                    2,
                    () -> {
                        var _ = pair.first().trySend(message);
                        var _ = pair.second().receive(message);
                    });
        }
    }

    @Test
    void stream() throws Throwable {
        try (var pair = UnixStreamSocket.pair()) {
            var message = room(100);
            assertAllocatesNothing(
                    2,
                    () -> {
                        var _ = pair.first().tryWrite(message);
                        var _ = pair.second().read(message);
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
