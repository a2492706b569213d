package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.kernel.Poll;
import parley.os.Errno;
import parley.os.Lifetime;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.pipe.Pipe;

@Timeout(120)
final class BlockingTest {
    private static final Deadline SOON = Deadline.after(Duration.ofMillis(1));
    private static final Blocking.Call WAIT_FOR_EVER =
            () -> Poll.ppoll(MemorySegment.NULL, 0, MemorySegment.NULL);

    private final Lifetime lifetime = new Lifetime(() -> {});
    private final CountDownLatch slowIsIn = new CountDownLatch(1);
    private final CountDownLatch slowMayLeave = new CountDownLatch(1);

    /// A thread that stays in its call, whatever calls it back.
    private ThreadKind.Running<Long> startSlow(ThreadKind kind, Deadline deadline)
            throws Exception {
        var running = kind.start(() -> Blocking.call(lifetime, deadline, this::staySlowly));
        slowIsIn.await();
        return running;
    }

    private long staySlowly() {
        slowIsIn.countDown();
        boolean isOver = false;
        while (!isOver) {
            try {
                slowMayLeave.await();
                isOver = true;
            } catch (InterruptedException _) {
                // It stays.
            }
        }
        return 0;
    }

    @ParameterizedTest
    @EnumSource
    void closingEndsTheWaitsOfManyThreads(ThreadKind kind) throws Exception {
        int threads = 100;
        try (var pipe = Pipe.create()) {
            var running = new ArrayList<ThreadKind.Running<Integer>>();
            for (int i = 0; i < threads; i++) {
                running.add(kind.start(() -> pipe.source().read(Arena.ofAuto().allocate(1))));
            }
            for (var one : running) {
                one.awaitBlocked();
            }
            pipe.source().close();
            for (var one : running) {
                assertThrows(ClosedChannelException.class, one::result);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoClosesAndTheOthersDoNotWaitForOneThatIsSlowToLeave(ThreadKind kind) throws Exception {
        lifetime.enter();
        var slow = startSlow(kind, Deadline.NEVER);
        var others = new ArrayList<ThreadKind.Running<Long>>();
        int count = 10;
        var waiting = new CountDownLatch(1);
        try (var _ = Faults.before("ppoll", count, waiting::countDown)) {
            for (int i = 0; i < count; i++) {
                others.add(kind.start(() -> Blocking.call(lifetime, WAIT_FOR_EVER)));
            }
            waiting.await();
        }
        lifetime.close();
        for (var other : others) {
            assertThrows(AsynchronousCloseException.class, other::result);
        }
        slowMayLeave.countDown();
        assertEquals(0, slow.result());
    }

    @ParameterizedTest
    @EnumSource
    void noDeadlineWaitsForOneThatIsSlowToLeave(ThreadKind kind) throws Exception {
        var slow = startSlow(kind, SOON);
        for (int i = 0; i < 10; i++) {
            var other =
                    kind.start(() -> {
                        var deadline = Deadline.after(Duration.ofMillis(2));
                        return Blocking.call(lifetime, deadline, WAIT_FOR_EVER);
                    });
            assertEquals(-Errno.ETIMEDOUT.number(), other.result());
        }
        slowMayLeave.countDown();
        assertEquals(0, slow.result());
    }

    @Test
    void anInterruptDoesNotWaitForOneThatIsSlowToLeave() throws Exception {
        var slow = startSlow(ThreadKind.PLATFORM, Deadline.NEVER);
        slow.interrupt();
        slowMayLeave.countDown();
        assertEquals(0, slow.result());
    }

    @Test
    void aDeadlineThatWasNotNeededIsForgotten() throws Exception {
        var inAnHour = Deadline.after(Duration.ofHours(1));
        int before = Alarms.pending();
        for (int i = 0; i < 100; i++) {
            assertEquals(7, Blocking.call(lifetime, inAnHour, () -> 7));
        }
        assertEquals(before, Alarms.pending());
    }

    @Test
    void waitsEndWhereNoSignalCanBeQueued() throws Exception {
        OtherUser.assumeItCanRead(OtherUser.NOBODY);
        var before = new ArrayList<>(List.of("prlimit", "--sigpending=0:0"));
        before.addAll(OtherUser.NOBODY);
        assertEquals(EndedWaits.ALL, Command.output(Command.java(before, EndedWaits.class)));
    }

    @Test
    void waitsEndInAJvmThatWasStartedWithTheSignalBlocked() throws Exception {
        var before = List.of("env", "--block-signal=URG");
        assertEquals(EndedWaits.ALL, Command.output(Command.java(before, EndedWaits.class)));
    }
}
