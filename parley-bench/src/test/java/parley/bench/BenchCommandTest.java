package parley.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parley.tool.Main;
import parley.tool.demo.Closing;

class BenchCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        var command = new BenchCommand();
        var line =
                Main.commandLine(
                        "bench", "measure", command, new PrintWriter(out), new PrintWriter(err));
        return line.execute(args);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = '|',
            value = {
                "\"\" | say what to measure; there are: waiting, transports, locks,",
                "waiting --only=speed | no measure 'speed'; there are: round-trip, virtual,",
                "waiting --duration=0 | --duration: at least 1 second",
                "waiting --duration=soon | 'soon' is not an int",
                "waiting --waiters=0 | --waiters: at least 1",
                "waiting --wake-ups=5 | --wake-ups: at least one for each of the 10000",
                "transports --only=speed | no measure 'speed'; there are: pipe, fifo, unix,",
                "transports --duration=0 | --duration: at least 1 second",
                "locks --only=speed | no measure 'speed'; there are: free, hand-over,",
                "channels --only=speed | no measure 'speed'; there are: round-trip, throughput,",
                "channels --duration=0 | --duration: at least 1 second",
                "waiting --quik | --quick",
            })
    void aMistakeIsTold(String arguments, String words) {
        assertEquals(2, run(arguments.isEmpty() ? new String[0] : arguments.split(" ")));
        assertTrue(err.toString().startsWith("parley bench"), err.toString());
        assertTrue(err.toString().contains(words), err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void aProgramThatDoesNotCompileIsMissingWithTheReason() throws Exception {
        try (var end = new Closing()) {
            var program = CProgram.compile(BenchCommandTest.class, "broken.c", end);
            assertTrue(program.path().isEmpty());
            assertTrue(program.reason().contains("cc"), program.reason());
        }
    }

    private static Row.Against against(String rival, OptionalDouble goal) {
        var ratio = RatioOfMedians.of(new double[] {1, 2, 3}, new double[] {2, 2, 2});
        return new Row.Against("ring", rival, ratio, goal);
    }

    @Test
    void bothReportsHaveEveryKindOfResult() throws Exception {
        var latency = new Latency(3, 1_000, 2_000, 3_000);
        var ratio = RatioOfMedians.of(new double[] {1, 2, 3}, new double[] {2, 2, 2});
        for (boolean isJson : new boolean[] {false, true}) {
            try (var report = Report.to(new PrintWriter(out), new PrintWriter(err), isJson)) {
                report.begin("parley bench planted");
                for (var result :
                        new Row.Result[] {
                            new Row.Comparison(
                                    "C", latency, latency, ratio, OptionalDouble.of(1.1)),
                            new Row.Throughput(
                                    "junixsocket",
                                    new Row.Rate(500, 1000),
                                    new Row.Rate(1_000, 1000),
                                    ratio,
                                    3),
                            new Row.Standing(
                                    latency,
                                    OptionalDouble.of(24),
                                    List.of(
                                            against("line", OptionalDouble.empty()),
                                            against("other ring", OptionalDouble.of(3)))),
                            new Row.Standing(
                                    new Row.Rate(2, 64), OptionalDouble.empty(), List.of()),
                            new Row.Alone("C", latency, "no compiler"),
                            new Row.Amount(0.5, "%", OptionalDouble.of(1)),
                            new Row.Missing("too few descriptors")
                        }) {
                    report.row(new Row("planted", "pipe", "anywhere", result));
                }
            }
        }
        for (var words :
                new String[] {
                    "undecided", "no compiler", "junixsocket", "2000000", "too few", "other ring"
                }) {
            assertEquals(2, out.toString().split(words, -1).length - 1, words + "\n" + out);
        }
    }
}
