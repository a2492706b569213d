package parley.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.Allocations;
import parley.contract.Unique;

/// Calls that do not have to wait allocate nothing.
@Timeout(120)
final class AllocationTest {
    @Test
    void messagesAndTheirPriorities() throws Throwable {
        var name = Unique.name("/mq");
        try (var queue = PosixMessageQueue.create(name);
                var arena = Arena.ofConfined()) {
            var text = arena.allocate(100);
            var into = arena.allocate(queue.messageBytesMax());
            var inbox = queue.inbox(arena);
            Allocations.assertNone(() -> {
                queue.send(text, 7);
                queue.receive(inbox);
                var _ = queue.trySend(text, 3);
                var _ = queue.tryReceive(into);
            });
            assertEquals(7, inbox.priority());
        } finally {
            PosixMessageQueue.unlink(name);
        }
    }

    @Test
    void permits() throws Throwable {
        var name = Unique.name("/sem");
        try (var named = PosixSemaphore.create(name, 1);
                var arena = Arena.ofShared();
                var unnamed = PosixSemaphore.createUnnamed(arena.allocate(64, 8), 1)) {
            Allocations.assertNone(() -> {
                named.acquire();
                unnamed.acquire();
                unnamed.release();
                named.release();
            });
        } finally {
            PosixSemaphore.unlink(name);
        }
    }
}
