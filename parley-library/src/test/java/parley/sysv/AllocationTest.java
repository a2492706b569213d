package parley.sysv;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.Allocations;

/// Calls that do not have to wait allocate nothing.
@Timeout(120)
final class AllocationTest {
    @Test
    void messages() throws Throwable {
        try (var queue = SysvMessageQueue.createPrivate();
                var arena = Arena.ofConfined()) {
            var text = arena.allocate(100);
            var which = MessageSelector.exactly(1);
            try {
                Allocations.assertNone(() -> {
                    queue.send(1, text);
                    var _ = queue.receive(text, which);
                });
            } finally {
                queue.remove();
            }
        }
    }

    @Test
    void semaphores() throws Throwable {
        try (var set = SysvSemaphoreSet.createPrivate(1, 0)) {
            var semaphore = set.semaphore(0);
            var both = set.operations().acquire(0).undo().release(1);
            var back = set.operations().release(0).undo().acquire(1);
            try {
                Allocations.assertNone(() -> {
                    semaphore.acquire();
                    semaphore.release();
                    both.perform();
                    back.perform();
                });
            } finally {
                set.remove();
            }
        }
    }
}
