package parley.memory;

import java.time.Duration;
import parley.contract.WaitingContract;

/// Waiting for a futex word, as it is done here.
class FutexContractTest extends WaitingContract {
    @Override
    protected Wait newWait() throws Exception {
        var file = MemoryFile.create("futex", 4096);
        var mapping = file.map(Protection.READ_WRITE);
        return new WordWait(file, mapping, mapping.futex(64));
    }

    @Override
    protected Blocked blockedTimed() {
        return new Blocked("futex", 1);
    }

    private record WordWait(MemoryFile file, Mapping mapping, Futex word) implements Wait {
        @Override
        public void forever() throws Exception {
            word.await(0);
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return word.await(0, timeout) != Futex.End.TIMED_OUT;
        }

        @Override
        public void satisfy() throws Exception {
            word.set(1);
            word.wakeAll();
        }

        @Override
        public boolean isTakenOnce() {
            return false;
        }

        @Override
        public void close() {
            mapping.close();
        }

        @Override
        public void dispose() {
            file.close();
        }
    }
}
