package parley;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.peer.Command;

/// The models of what participants of a region do, searched by Spin.
@Timeout(600)
class SpinModelsTest {
    @Test
    void noModelHasAnErrorButThosePlanted() throws Exception {
        Command.require("spin");
        Command.require("cc");
        var check = Docs.root().resolve("models/check").toString();
        var result = Command.run(List.of(check, "--quick"));
        assertEquals(0, result.exitCode(), result::output);
    }
}
