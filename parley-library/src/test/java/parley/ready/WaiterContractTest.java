package parley.ready;

import java.time.Duration;
import parley.contract.WaitingContract;

final class WaiterContractTest extends WaitingContract {
    @Override
    protected Wait newWait() throws Exception {
        var counter = EventFd.create();
        var waiter = Waiter.<EventFd>create();
        waiter.add(counter.fd(), Interest.READ, counter);
        return new WaiterWait(waiter, counter);
    }

    @Override
    protected Blocked blockedTimed() {
        return new Blocked("epoll_pwait2", 1);
    }

    private record WaiterWait(Waiter<EventFd> waiter, EventFd counter) implements Wait {
        @Override
        public void forever() throws Exception {
            waiter.await().getFirst().attachment().tryTake();
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            var ready = waiter.await(timeout);
            return !ready.isEmpty() && ready.getFirst().attachment().tryTake() > 0;
        }

        @Override
        public void satisfy() throws Exception {
            counter.add(1);
        }

        @Override
        public void close() {
            waiter.close();
        }

        @Override
        public void dispose() {
            counter.close();
        }
    }
}
