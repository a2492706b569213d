package parley.bench.waiting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.bench.Machine;
import parley.bench.Measure;
import parley.bench.Placement;
import parley.bench.Rounds;
import parley.bench.Row;
import parley.bench.Rows;

/// Every part of the benchmark runs and yields its rows; how long things take is nobody's business
/// here.
@Timeout(300)
class WaitingTest {
    private static final int WAITERS = 100;
    private static final int WAKE_UPS = 2_000;
    private static final Effort TINY =
            new Effort(
                    new Rounds(2, Duration.ofMillis(1), 10, 1),
                    WAITERS,
                    WAKE_UPS,
                    Duration.ofMillis(1),
                    10_000);

    private static List<Row> rowsOf(Function<Effort, Measure> making) throws Exception {
        var rows = new Rows();
        making.apply(TINY).run(rows);
        return rows.all();
    }

    private static double amount(Row row) {
        return assertInstanceOf(Row.Amount.class, row.result()).value();
    }

    private static void assertCounted(Row.Result result) {
        switch (result) {
            case Row.Comparison comparison -> {
                assertTrue(comparison.ours().count() > 0, comparison.toString());
                assertEquals(comparison.ours().count(), comparison.theirs().count());
                assertEquals(TINY.rounds().count(), comparison.ratio().rounds());
            }
            case Row.Alone alone -> assertTrue(!Machine.has("cc"), alone.reason());
            default -> throw new AssertionError(result);
        }
    }

    @Test
    void everyMechanismIsComparedWithCOnEveryPlacement() throws Exception {
        var rows = rowsOf(RoundTrips::new);
        assertEquals(Mechanism.ALL.size() * Placement.all().size(), rows.size());
        rows.forEach(row -> assertCounted(row.result()));
    }

    @Test
    void virtualThreadsAreComparedWithTheJdk() throws Exception {
        var rows = rowsOf(VirtualTrips::new);
        assertEquals(2, rows.size());
        rows.forEach(row -> assertCounted(row.result()));
    }

    @Test
    void noWakeUpIsLost() throws Exception {
        var rows = rowsOf(Crowds::new);
        assertEquals(1 + 4 * Cell.ALL.size(), rows.size());
        for (var row : rows) {
            switch (row.measure()) {
                case "woken" -> assertEquals(WAKE_UPS, amount(row), row.subject());
                case "lost" -> assertEquals(0, amount(row), row.subject());
                default -> assertTrue(amount(row) >= 0, row.toString());
            }
        }
    }

    @Test
    void platformThreadsThatWaitLeaveNoGarbage() throws Exception {
        var rows = rowsOf(Garbage::new);
        assertEquals(6, rows.size());
        rows.forEach(row -> assertEquals(0, amount(row), row.subject()));
    }
}
