package parley.sysv;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import parley.contract.WaitingContract;

/// Waiting for several operations at once, of which only the last cannot be done.
final class SemaphoreOperationsWaitTest extends WaitingContract {
    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    @Override
    protected Blocked blockedTimed() {
        return new Blocked("semtimedop", 1);
    }

    @Override
    protected Wait newWait() throws Exception {
        var key = Traces.newKey();
        var set = SysvSemaphoreSet.create(key, 5, 0, 0);
        var peer = SysvSemaphoreSet.openById(set.id());
        var operations = set.operations().acquire(0).awaitZero(1).acquire(2);
        return new Wait() {
            @Override
            public void forever() throws Exception {
                operations.perform();
            }

            @Override
            public boolean atMost(Duration timeout) throws Exception {
                return operations.perform(timeout);
            }

            @Override
            public void satisfy() throws Exception {
                peer.semaphore(2).release();
            }

            @Override
            public void close() {
                set.close();
            }

            @Override
            public void dispose() throws Exception {
                SysvSemaphoreSet.remove(key);
            }
        };
    }
}
