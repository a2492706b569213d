package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileModeTest {
    @ParameterizedTest
    @CsvSource({
        "0000, ---------",
        "0600, rw-------",
        "0640, rw-r-----",
        "0751, rwxr-x--x",
        "0777, rwxrwxrwx"
    })
    void aModeIsReadAndShownInBothForms(String digits, String letters) {
        var mode = FileMode.parse(digits);
        assertEquals(letters, mode.letters());
        assertEquals(digits, mode.toString());
        assertEquals(mode, FileMode.parse(letters));
        assertEquals(mode, FileMode.parse(digits.substring(1)));
    }

    @Test
    void allModesHaveTheLettersThatTheJdkGivesThem() {
        for (int bits = 0; bits <= 0777; bits++) {
            var letters = new FileMode(bits).letters();
            assertEquals(
                    letters,
                    PosixFilePermissions.toString(PosixFilePermissions.fromString(letters)));
            assertEquals(bits, FileMode.parse(letters).bits());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "6",
                "60",
                "0888",
                "01777",
                "rw-",
                "rwxrwxrwxr",
                "wr-------",
                "-1",
                " 600"
            })
    void anythingElseIsRefusedWithAnExample(String text) {
        var refused = assertThrows(IllegalArgumentException.class, () -> FileMode.parse(text));
        assertTrue(refused.getMessage().contains("0600"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 01000, 07777})
    void bitsBeyondTheNineAreRefused(int bits) {
        assertThrows(IllegalArgumentException.class, () -> new FileMode(bits));
    }
}
