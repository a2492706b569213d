package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.os.Errno;
import parley.os.Lifetime;

/// A call that succeeds at once, or only in its form that waits.
class PreparedCallTest {
    private static final long AGAIN = -Errno.EAGAIN.number();

    private final AtomicInteger tries = new AtomicInteger();
    private final AtomicInteger waits = new AtomicInteger();
    private final AtomicInteger released = new AtomicInteger();
    private final Lifetime lifetime = new Lifetime(released::incrementAndGet);
    private volatile boolean isReady;

    private final PreparedCall call =
            new PreparedCall(
                    () -> {
                        tries.incrementAndGet();
                        return isReady ? 1 : AGAIN;
                    },
                    () -> {
                        waits.incrementAndGet();
                        return 2;
                    });

    @ParameterizedTest
    @EnumSource
    void whatSucceedsAtOnceIsNeverWaitedFor(ThreadKind kind) throws Exception {
        isReady = true;
        for (int i = 1; i <= 10; i++) {
            assertEquals(1, kind.start(() -> call.await(lifetime, Deadline.NEVER)).result());
            assertEquals(i, tries.get());
        }
        assertEquals(0, waits.get());
    }

    @Test
    void whatAlwaysWaitsIsSeldomTriedOnAPlatformThread() throws Exception {
        int count = 1000;
        for (int i = 0; i < count; i++) {
            assertEquals(2, call.await(lifetime, Deadline.NEVER));
        }
        assertEquals(count, waits.get());
        assertTrue(tries.get() < count / 10, tries + " tries");
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineThatIsOverStillLeavesOneTry(ThreadKind kind) throws Exception {
        for (int i = 1; i <= 10; i++) {
            var over = Deadline.after(Duration.ZERO);
            assertEquals(AGAIN, kind.start(() -> call.await(lifetime, over)).result());
            assertEquals(i, tries.get());
        }
        assertEquals(0, waits.get());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsClosedIsNotCalled(ThreadKind kind) throws Exception {
        long _ = call.await(lifetime, Deadline.NEVER); // whatever is guessed
        lifetime.close();
        assertEquals(1, released.get());
        int before = tries.get() + waits.get();
        for (int i = 0; i < 10; i++) {
            var late = kind.start(() -> call.await(lifetime, Deadline.NEVER));
            var e = assertThrows(ClosedChannelException.class, late::result);
            assertEquals(ClosedChannelException.class, e.getClass());
        }
        assertThrows(ClosedChannelException.class, () -> call.attempt(lifetime));
        assertEquals(before, tries.get() + waits.get());
    }

    @ParameterizedTest
    @EnumSource
    void aThreadThatIsInterruptedDoesNotCall(ThreadKind kind) {
        isReady = true;
        var interrupted =
                kind.start(() -> {
                    Thread.currentThread().interrupt();
                    return call.await(lifetime, Deadline.NEVER);
                });
        assertThrows(InterruptedException.class, interrupted::result);
        assertEquals(0, tries.get());
    }
}
