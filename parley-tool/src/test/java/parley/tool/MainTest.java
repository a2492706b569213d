package parley.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    @Test
    void theVersionIsTheBuilds() {
        assertEquals(0, run("--version"));
        assertTrue(out.toString().matches("parley \\d+\\.\\d+\\.\\d+(-\\w+)?\\R"), out.toString());
    }

    @Test
    void theOverviewNamesEveryVerb() {
        assertEquals(0, run("--help"));
        for (var verb : Verb.ALL) {
            assertTrue(out.toString().contains("  " + verb.name() + " "), verb.name());
        }
    }

    @Test
    void everyVerbHelps() {
        for (var verb : Verb.ALL) {
            assertEquals(0, run(verb.name(), "--help"));
            assertTrue(out.toString().contains("Usage: parley " + verb.name()), out.toString());
            assertTrue(out.toString().contains(verb.summary()), out.toString());
        }
    }

    @Test
    void anUnknownWordSuggestsTheNearest() {
        assertEquals(2, run("verison"));
        assertTrue(err.toString().contains("did you mean 'version'?"), err.toString());
    }

    @Test
    void anUnknownOptionOfAVerbSuggestsTheNearest() {
        assertEquals(2, run("demo", "--jsn"));
        assertTrue(err.toString().contains("--json"), err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void noWordIsAUsageError() {
        assertEquals(2, run());
        assertEquals("", out.toString());
    }

    /// A verb with a defect.
    @Command
    static final class Defective implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("first\nsecond");
        }
    }

    @Test
    void aDefectIsOneLineThatNamesItsClassAndHowToSeeMore() {
        var verb = new Verb("defective", "", Verb.Group.CARE, "fails", Defective::new);
        int status =
                Main.commandLine(verb, new PrintWriter(out), new PrintWriter(err, true)).execute();
        assertEquals(1, status);
        assertEquals(
                "parley defective: unexpected java.lang.IllegalStateException: first second"
                        + " (PARLEY_TRACE=1 in the environment shows where)\n",
                err.toString());
    }
}
