package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrnoTest {
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNNAMED")
    void everyNumberLeadsBackToItsName(Errno errno) {
        assertEquals(errno, Errno.of(errno.number()));
        assertTrue(errno.is(-errno.number()));
        assertFalse(errno.is(errno.number()));
        assertFalse(errno.meaning().isBlank());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 41, 58, 134, 4095, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aNumberWithoutANameIsUnnamed(int number) {
        assertEquals(Errno.UNNAMED, Errno.of(number));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNNAMED")
    void successIsNoError(Errno errno) {
        assertFalse(errno.is(0));
    }
}
