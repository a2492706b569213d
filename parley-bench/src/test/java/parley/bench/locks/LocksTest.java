package parley.bench.locks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.bench.Machine;
import parley.bench.Placement;
import parley.bench.Rounds;
import parley.bench.Row;
import parley.bench.Rows;

/// Every lock is taken in every way, beside all rivals, and yields its rows; how fast is nobody's
/// business here.
@Timeout(300)
class LocksTest {
    private static final Effort TINY =
            new Effort(new Rounds(2, Duration.ofMillis(1), 10, 1), 10_000);

    @Test
    void everyLockIsCompared() throws Exception {
        var rows = new Rows();
        for (var measure : LocksCommand.MEASURES.values()) {
            measure.apply(TINY).run(rows);
        }
        var seen = new HashMap<String, ArrayList<String>>();
        for (var row : rows.all()) {
            seen.computeIfAbsent(row.measure(), _ -> new ArrayList<>()).add(rival(row));
        }
        var rivals = new ArrayList<String>();
        for (int i = 0; i < Placement.all().size(); i++) {
            Contention.RIVALS.forEach(rival -> rivals.add(rival.title()));
        }
        var expected = new HashMap<String, ArrayList<String>>();
        expected.put("free", new ArrayList<>(List.of("JDK", "JDK")));
        expected.put("hand-over", rivals);
        expected.put("contended", rivals);
        expected.put("garbage", new ArrayList<>(List.of("0.0", "0.0", "0.0", "")));
        assertEquals(expected, seen);
    }

    /// Whom it is compared with, or what it amounts to.
    private static String rival(Row row) {
        return switch (row.result()) {
            case Row.Comparison comparison -> {
                assertTrue(comparison.ours().p50() > 0, row.toString());
                assertTrue(comparison.theirs().p50() > 0, row.toString());
                assertEquals(TINY.rounds().count(), comparison.ratio().rounds());
                yield comparison.rival();
            }
            case Row.Alone alone -> {
                assertTrue(!Machine.has("cc"), alone.reason());
                yield alone.rival();
            }
            case Row.Amount amount -> {
                assertTrue(amount.value() >= 0, row.toString());
                // Not always 0 where the kernel is called: docs/benchmarking.md says whose it is.
                yield row.subject().endsWith("slept for") ? "" : Double.toString(amount.value());
            }
            default -> throw new AssertionError(row);
        };
    }
}
