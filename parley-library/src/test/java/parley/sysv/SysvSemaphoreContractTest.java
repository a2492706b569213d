package parley.sysv;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import parley.contract.SemaphoreContract;
import parley.contract.WaitingContract;

final class SysvSemaphoreContractTest extends SemaphoreContract {
    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    @Override
    protected WaitingContract.Blocked blockedTimed() {
        return new WaitingContract.Blocked("semtimedop", 1);
    }

    @Override
    protected Semaphore open(int value) throws Exception {
        var key = Traces.newKey();
        var set = SysvSemaphoreSet.create(key, 7, value);
        var semaphore = set.semaphore(1);
        return new Semaphore() {
            @Override
            public void acquire() throws Exception {
                semaphore.acquire();
            }

            @Override
            public boolean tryAcquire() throws Exception {
                return semaphore.tryAcquire();
            }

            @Override
            public boolean tryAcquire(Duration timeout) throws Exception {
                return semaphore.tryAcquire(timeout);
            }

            @Override
            public void release() throws Exception {
                semaphore.release();
            }

            @Override
            public int value() throws Exception {
                return semaphore.value();
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
