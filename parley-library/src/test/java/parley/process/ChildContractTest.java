package parley.process;

import java.time.Duration;
import parley.contract.WaitingContract;
import parley.os.Fd;

/// Waiting for a child of Parley's.
final class ChildContractTest extends WaitingContract {
    @Override
    protected Wait newWait() throws Exception {
        var child = Children.waiting();
        Fd input = child.stdin().fd().duplicate(); // closing the child closes its own
        return new Wait() {
            @Override
            public void forever() throws Exception {
                var _ = child.awaitExit();
            }

            @Override
            public boolean atMost(Duration timeout) throws Exception {
                return child.awaitExit(timeout).isPresent();
            }

            @Override
            public void satisfy() throws Exception {
                child.stdin().close();
                input.close();
                var _ = child.onExit().get();
            }

            @Override
            public boolean isTakenOnce() {
                return false;
            }

            @Override
            public void close() {
                child.close();
            }

            @Override
            public void dispose() throws Exception {
                input.close();
                var _ = child.onExit().get();
            }
        };
    }
}
