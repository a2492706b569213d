package parley.bench.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import parley.bench.CProgram;
import parley.bench.Latency;
import parley.bench.Placement;
import parley.bench.Rounds;
import parley.bench.Row;
import parley.bench.Rows;
import parley.tool.demo.Closing;

/// Every contestant that is there sends whole messages in their order between its processes, and
/// yields its rows; how fast is nobody's business here.
@Timeout(300)
class ChannelsTest {
    private static final Rounds TINY = new Rounds(2, Duration.ofMillis(4), 200, 1);
    private static final List<Integer> SIZES = List.of(64, Cargo.BYTES_MAX);
    private static final List<Integer> CROWDS = List.of(2);
    static final List<Contestant> CONTESTANTS = Contestant.ALL;

    @ParameterizedTest
    @FieldSource("CONTESTANTS")
    void aContestantTakesPartInItsMeasures(Contestant contestant) throws Exception {
        var placements = Placement.all();
        var effort =
                new Channels.Effort(
                        List.of(Measure.values()), placements, placements, SIZES, CROWDS, CROWDS);
        var rows = new Rows();
        new Channels(List.of(contestant), effort, TINY).run(rows);
        var shown = new ArrayList<Row>();
        for (var row : rows.all()) {
            switch (row.result()) {
                case Row.Standing standing -> {
                    assertFigures(standing);
                    shown.add(row);
                }
                case Row.Missing missing -> {
                    if (missing.reason().startsWith("the machine changed")) {
                        shown.add(row);
                    }
                }
                case Row.Amount amount -> assertTrue(amount.value() >= 0, row.toString());
                default -> throw new AssertionError(row);
            }
        }
        int cells = 0;
        for (var placement : isHere(contestant) ? placements : List.<Placement>of()) {
            cells += cells(contestant, placement);
        }
        assertEquals(cells, shown.size(), rows.all().toString());
    }

    private static void assertFigures(Row.Standing standing) {
        switch (standing.figures()) {
            case Latency latency -> assertTrue(latency.p50() > 0);
            case Row.Rate rate -> assertTrue(rate.nanos() > 0);
        }
        assertTrue(standing.bytesLeft().orElse(0) >= 0);
    }

    private static boolean isHere(Contestant contestant) throws Exception {
        try (var end = new Closing()) {
            var program = CProgram.compile(Channels.class, "channels.c", end);
            return contestant.missing(program).isEmpty();
        }
    }

    private static int cells(Contestant contestant, Placement placement) {
        int cells = 0;
        for (var measure : contestant.measures()) {
            cells +=
                    switch (measure) {
                        case THROUGHPUT -> SIZES.size();
                        case BROADCAST -> placement.isShared() ? 0 : 1;
                        default -> 1;
                    };
        }
        return cells;
    }

    private static Cargo cargo(boolean isLossy) {
        var side = new Side(Side.Role.RECEIVER, 0, 1, Path.of("/dev/shm"), 64, 0);
        var cargo = new Cargo(side, isLossy);
        cargo.expect(10);
        return cargo;
    }

    private static void arrive(Cargo cargo, long number) {
        cargo.number(number);
        Cargo.incoming().put(0, Cargo.outgoing(), 0, 64);
        cargo.took();
    }

    @Test
    void aMessageThatIsMissingOrTornIsNoticed() {
        var cargo = cargo(false);
        arrive(cargo, 0);
        assertThrows(IllegalStateException.class, () -> arrive(cargo, 2));
        arrive(cargo, 1);
        assertThrows(IllegalStateException.class, () -> arrive(cargo, 1));
        cargo.number(2);
        Cargo.incoming().put(0, Cargo.outgoing(), 0, 8);
        assertThrows(IllegalStateException.class, cargo::took);
    }

    @Test
    void whatALossyOneSkipsIsCounted() {
        var cargo = cargo(true);
        arrive(cargo, 3);
        assertEquals(3, cargo.lost());
        assertThrows(IllegalStateException.class, () -> arrive(cargo, 2));
        assertTrue(cargo.isWaiting());
        arrive(cargo, 9);
        assertEquals(8, cargo.lost());
        assertFalse(cargo.isWaiting());
    }

    @Test
    void aRoundCountsIfTheCacheLineHasHardlyChanged() {
        assertTrue(Bracket.isEven(125, 100));
        assertTrue(Bracket.isEven(100, 125));
        assertFalse(Bracket.isEven(100, 126));
        assertFalse(Bracket.isEven(500, 120));
    }

    /// A goal against nobody would never be missed.
    @Test
    void whoeverHasAGoalTakesPart() {
        for (var goal : Goals.ALL) {
            for (var rival : goal.rivals()) {
                boolean takesPart =
                        Contestant.ALL.stream()
                                .anyMatch(each ->
                                        each.name().equals(rival)
                                                && each.measures().contains(goal.measure()));
                assertTrue(takesPart || Set.of("Parley", "Parley park").contains(rival), rival);
            }
        }
    }
}
