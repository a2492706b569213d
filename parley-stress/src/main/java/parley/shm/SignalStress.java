package parley.shm;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// What all waiting is built on: one changes the data and looks whether somebody waits, another
/// says that he waits and looks at the data.
public final class SignalStress {
    private static final int DATA = 64;

    private SignalStress() {}

    @JCStressTest
    @Outcome(id = "false, false", expect = FORBIDDEN, desc = "who waits is not woken")
    @Outcome(expect = ACCEPTABLE, desc = "one of them has seen the other")
    @State
    public static class OneSeesTheOther {
        private final long cell = Cells.next();

        @Actor
        public void signaller(ZZ_Result result) {
            Cells.WORDS.setInt(cell + DATA, 1);
            result.r1 = Cells.WORDS.getInt(cell) != 0;
        }

        @Actor
        public void waiter(ZZ_Result result) {
            Cells.WORDS.setInt(cell, 1);
            result.r2 = Cells.WORDS.getInt(cell + DATA) != 0;
        }
    }

    /// The same as it is used: what is waited for is stored without any order.
    @JCStressTest
    @Outcome(id = "false, false", expect = FORBIDDEN, desc = "who waits falls asleep for ever")
    @Outcome(expect = ACCEPTABLE, desc = "it is seen, or the sleep does not begin")
    @State
    public static class NobodySleepsForEver {
        private final long cell = Cells.next();
        private final EventCount events = new EventCount(Cells.WORDS, cell);
        private long prepared;

        @Actor
        public void signaller() {
            Cells.setPlain(cell + DATA, 1);
            events.signalAll();
        }

        @Actor
        public void waiter(ZZ_Result result) {
            prepared = events.prepare();
            result.r1 = Cells.getPlain(cell + DATA) != 0;
        }

        @Arbiter
        public void word(ZZ_Result result) {
            result.r2 = Cells.WORDS.getInt(cell) != (int) prepared;
        }
    }
}
