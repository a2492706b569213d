package parley.shm;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Places of participants.
public final class ParticipantsStress {
    private ParticipantsStress() {}

    private static ParticipantTable table(int slots) {
        return new ParticipantTable(Cells.WORDS, Cells.next(), slots);
    }

    /// Two want the last place.
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one has it")
    @Outcome(expect = FORBIDDEN, desc = "both have it, or none")
    @State
    public static class LastPlace {
        private final ParticipantTable table = table(1);

        @Actor
        public void first(II_Result result) {
            result.r1 = Cells.claim(table, 1);
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = Cells.claim(table, 2);
        }
    }

    /// Two want one of two places.
    @JCStressTest
    @Outcome(
            id = {"1, 2", "2, 1"},
            expect = ACCEPTABLE,
            desc = "each has one")
    @Outcome(expect = FORBIDDEN, desc = "both have one place, or one has none")
    @State
    public static class TwoPlaces {
        private final ParticipantTable table = table(2);

        @Actor
        public void first(II_Result result) {
            result.r1 = Cells.claim(table, 1);
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = Cells.claim(table, 2);
        }
    }

    /// Two want the place of a dead one, which is of another generation then.
    @JCStressTest
    @Outcome(
            id = {"257, 0", "0, 257"},
            expect = ACCEPTABLE,
            desc = "one has it")
    @Outcome(expect = FORBIDDEN, desc = "both have it, or none, or it is the dead one's still")
    @State
    public static class PlaceOfADeadOne {
        private final ParticipantTable table = table(1);

        public PlaceOfADeadOne() {
            Cells.kill(table, Cells.claim(table, 1));
        }

        @Actor
        public void first(II_Result result) {
            result.r1 = Cells.claim(table, 1);
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = Cells.claim(table, 2);
        }
    }

    /// One ends, another comes, and a third asks twice whether the first one is there.
    @JCStressTest
    @Outcome(
            id = {"true, true", "true, false", "false, false"},
            expect = ACCEPTABLE,
            desc = "he was, and then he was not")
    @Outcome(expect = FORBIDDEN, desc = "he came back")
    @State
    public static class NobodyComesBack {
        private final ParticipantTable table = table(1);
        private final int who = Cells.claim(table, 1);

        @Actor
        public void other() {
            Cells.kill(table, who);
            int _ = Cells.claim(table, 2);
        }

        @Actor
        public void watcher(ZZ_Result result) {
            result.r1 = table.isAlive(who);
            result.r2 = table.isAlive(who);
        }
    }
}
