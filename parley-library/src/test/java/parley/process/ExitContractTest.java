package parley.process;

import java.time.Duration;
import parley.contract.WaitingContract;

/// Waiting for a process that is no child of Parley's.
final class ExitContractTest extends WaitingContract {
    @Override
    protected Wait newWait() throws Exception {
        var process = new ProcessBuilder("cat").start();
        var held = PidFd.of(process);
        return new Wait() {
            @Override
            public void forever() throws Exception {
                held.awaitExit();
            }

            @Override
            public boolean atMost(Duration timeout) throws Exception {
                return held.awaitExit(timeout);
            }

            @Override
            public void satisfy() throws Exception {
                process.getOutputStream().close();
                process.waitFor();
            }

            @Override
            public boolean isTakenOnce() {
                return false;
            }

            @Override
            public void close() {
                held.close();
            }

            @Override
            public void dispose() {
                process.destroyForcibly();
            }
        };
    }
}
