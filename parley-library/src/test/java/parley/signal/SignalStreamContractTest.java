package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Nested;
import parley.contract.WaitingContract;
import parley.kernel.SignalH;

/// Waiting for a signal: that is blocked, that is HotSpot's, and for one of both.
final class SignalStreamContractTest {
    @Nested
    class OfTheKernel extends Receiving {
        @Override
        SignalSet signals() {
            return SignalSet.of(Signal.realTime(5));
        }

        @Override
        protected Blocked blockedTimed() {
            return new Blocked("rt_sigtimedwait", 1);
        }
    }

    @Nested
    class OfHotSpot extends Receiving {
        @Override
        SignalSet signals() {
            return SignalSet.of(Signal.HUP);
        }
    }

    @Nested
    class OfBoth extends Receiving {
        @Override
        SignalSet signals() {
            return SignalSet.of(Signal.HUP, Signal.realTime(5));
        }

        @Override
        protected Blocked blockedTimed() {
            return new Blocked("epoll_pwait2", 1);
        }
    }

    abstract static class Receiving extends WaitingContract {
        abstract SignalSet signals();

        @Override
        protected Wait newWait() throws Exception {
            return new StreamWait(SignalStream.open(signals()));
        }
    }

    private record StreamWait(SignalStream stream) implements WaitingContract.Wait {
        @Override
        public void forever() throws Exception {
            var _ = stream.receive();
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return stream.receive(timeout).isPresent();
        }

        @Override
        public void satisfy() {
            int pid = (int) ProcessHandle.current().pid();
            int number = stream.signals().signals().getFirst().number();
            // To a thread that has it open: handled when this returns. What is blocked is pending.
            int r =
                    number == SignalH.SIGHUP
                            ? SignalH.tgkill(pid, SignalH.gettid(), number)
                            : SignalH.kill(pid, number);
            assertEquals(0, r);
        }

        @Override
        public void close() throws Exception {
            stream.close();
        }

        @Override
        public void dispose() {}
    }
}
