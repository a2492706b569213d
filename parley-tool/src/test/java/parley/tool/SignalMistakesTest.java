package parley.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Command lines about signals that cannot be meant.
class SignalMistakesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "signal",
                "signal abc",
                "signal 0 TERM",
                "signal -- -1 TERM",
                "kill -TERM -- 0",
                "kill -123",
                "kill -TERM -123",
                "signal 99999999999 TERM",
                "signal 1 USR3",
                "kill -0 1 -q 5",
                "kill -0 1 --thread 0",
                "kill -0 1 -v",
                "kill -0 -- 0",
                "signal 1 URG 5 6",
                "signal 1 URG 0x10000000000000000",
                "signal 1 URG 0x-5",
                "kill -TERM -- -9223372036854775808",
                "signal 1 URG --thread 0",
                "signal -- -5 URG 3",
                "signal --check -- -5 URG",
                "signal --list NOTHING",
                "kill -l 300",
                "kill -l 128",
                "show 0 --signals",
                "show abc --signals",
                "show 1",
                "listen",
                "listen NOTHING",
                "listen KILL",
                "listen SEGV",
                "listen USR1 -c 0",
                "listen USR1 --timeout never"
            })
    void aMistakeIsToldBeforeAnythingIsSent(String line) {
        var out = new StringWriter();
        var err = new StringWriter();
        var words = line.split(" ", -1);
        int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
        assertEquals(2, status, err.toString());
        assertEquals("", out.toString());
        assertTrue(err.toString().contains("--help'"), err.toString());
    }
}
