package parley.shm;

import java.time.Duration;
import parley.contract.WaitingContract;
import parley.memory.Futex;

/// Waiting for a word of a region that is only looked at.
class RegionViewContractTest extends WaitingContract {
    @Override
    protected Wait newWait() throws Exception {
        var region = SharedRegion.createAnonymous(1, 4096);
        return new WordWait(region, region.futex(64), RegionView.of(region.openReadOnly(), 1));
    }

    @Override
    protected Blocked blockedTimed() {
        return new Blocked("futex", 1);
    }

    private record WordWait(SharedRegion region, Futex word, RegionView view) implements Wait {
        @Override
        public void forever() throws Exception {
            boolean _ = view.awaitChange(64, 0, region.self());
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return view.awaitChange(64, 0, region.self(), timeout);
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
            view.close();
        }

        @Override
        public void dispose() {
            region.close();
        }
    }
}
