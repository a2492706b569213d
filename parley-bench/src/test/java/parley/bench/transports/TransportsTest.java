package parley.bench.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.bench.Machine;
import parley.bench.Placement;
import parley.bench.Rounds;
import parley.bench.Row;
import parley.bench.Rows;

/// Every transport goes between all kinds of processes, at every length, and yields its rows; how
/// fast is nobody's business here.
@Timeout(300)
class TransportsTest {
    private static final int SIZES = 3;
    private static final Rounds TINY = new Rounds(2, Duration.ofMillis(1), 200, 1);

    @ParameterizedTest
    @EnumSource
    void aTransportIsComparedWithAllWhoHaveIt(Transport transport) throws Exception {
        var rows = new Rows();
        var measures = List.of(Measure.values());
        new Transports(List.of(transport), measures, TINY).run(rows);
        int rivals = Machine.has("cc") ? 1 : 0;
        int libraries = 1;
        for (var library : transport.rivals()) {
            if (library.missing().isEmpty()) {
                rivals++;
                libraries++;
            }
        }
        int cells = SIZES * Placement.all().size();
        int trips = 0;
        int floods = 0;
        int garbage = 0;
        for (var row : rows.all()) {
            switch (row.result()) {
                case Row.Comparison comparison -> {
                    assertTrue(comparison.ours().count() >= 2L * TINY.count(), row.toString());
                    assertEquals(comparison.ours().count(), comparison.theirs().count());
                    assertEquals(TINY.count(), comparison.ratio().rounds());
                    trips++;
                }
                case Row.Throughput throughput -> {
                    assertTrue(throughput.ours().nanos() > 0, row.toString());
                    assertTrue(throughput.theirs().nanos() > 0, row.toString());
                    floods++;
                }
                case Row.Amount amount -> {
                    assertEquals("garbage", row.measure());
                    assertTrue(amount.value() >= 0, row.toString());
                    garbage++;
                }
                case Row.Missing missing ->
                        assertTrue(missing.reason().matches("(C|junixsocket) .*"), row.toString());
                case Row.Alone _, Row.Standing _ -> throw new AssertionError(row);
            }
        }
        assertEquals(cells * rivals, trips);
        assertEquals(cells * rivals, floods);
        assertEquals(cells * libraries, garbage);
    }

    @Test
    void whatIsOnItsWayOverUdpFitsIntoTheReceiversBuffer() {
        assertEquals(2, Transport.UDP.window(Transport.UDP.messageBytes(65_536)));
        assertEquals(48, Transport.UDP.window(64));
        assertEquals(Integer.MAX_VALUE, Transport.TCP.window(64));
    }
}
