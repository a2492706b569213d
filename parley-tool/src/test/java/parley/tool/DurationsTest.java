package parley.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "2, 2000000000",
        "0, 0",
        "2s, 2000000000",
        "0.5, 500000000",
        "500ms, 500000000",
        "1.5m, 90000000000",
        "7us, 7000",
        "1h, 3600000000000"
    })
    void aTimeHasAUnit(String text, long nanos) {
        assertEquals(Duration.ofNanos(nanos), new Durations().convert(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1s", "2d", "1 s", "1e3", "99999999999999999999", "1.s"})
    void whatIsNoTimeIsRefused(String text) {
        assertThrows(TypeConversionException.class, () -> new Durations().convert(text));
    }
}
