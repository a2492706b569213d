package parley.bench.waiting;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import parley.bench.Report;
import parley.signal.SignalSet;
import parley.tool.OrderlyEnd;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `parley bench waiting`: what it costs to wait and to be woken.
@Command(
        name = "waiting",
        description = "what it costs to wait and to be woken",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  parley bench waiting --quick             everything, in less than a minute",
            "  parley bench waiting --only round-trip   Java beside C, between two processes",
            "  parley bench waiting --json              one JSON object per row",
            "",
            "What the rows mean: docs/benchmarking.md.",
            "Exit status 0 if everything was measured, whatever came out."
        })
public final class WaitingCommand implements Callable<Integer> {
    private static final int QUICK_ROUNDS = 12;
    private static final int ROUNDS = 20;
    private static final int QUICK_SECONDS = 1;
    private static final int SECONDS = 8;
    private static final int QUICK_IDLE_SECONDS = 3;
    private static final int IDLE_SECONDS = 10;
    private static final int QUICK_WARM_UP_TRIPS = 15_000;
    private static final int WARM_UP_TRIPS = 40_000;
    private static final int ALLOCATION_CALLS = 10_000;
    private static final int UNSET = -1;

    /// By the words of `--only`, in the order of the report.
    private static final Map<String, Measure.Making> MEASURES = measures();

    private static Map<String, Measure.Making> measures() {
        var all = new LinkedHashMap<String, Measure.Making>();
        all.put("round-trip", RoundTrips::new);
        all.put("virtual", VirtualTrips::new);
        all.put("crowd", Crowds::new);
        all.put("garbage", Garbage::new);
        return all;
    }

    @Spec private CommandSpec spec;

    @Option(
            names = {"-J", "--json"},
            description = "one JSON object per row")
    private boolean isJson;

    @Option(names = "--quick", description = "in less than a minute, with more noise")
    private boolean isQuick;

    @Option(
            names = "--only",
            paramLabel = "MEASURE",
            description = "only these, separated by commas: round-trip, virtual, crowd, garbage")
    private List<String> only = List.of();

    @Option(
            names = "--duration",
            paramLabel = "SECONDS",
            description = "for the rounds of one comparison; default: 8, quick: 1")
    private int seconds = UNSET;

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            description = "decides who goes first; default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Option(
            names = "--waiters",
            paramLabel = "NUMBER",
            description = "virtual threads that wait at a time; default: ${DEFAULT-VALUE}")
    private int waiters = 10_000;

    @Option(
            names = "--wake-ups",
            paramLabel = "NUMBER",
            description = "counted for each kind of wait; default: ${DEFAULT-VALUE}")
    private long wakeUps = 1_000_000;

    @Override
    public Integer call() throws Exception {
        var effort = effort();
        var chosen = chosen();
        var line = spec.commandLine();
        try (var end = OrderlyEnd.begin(SignalSet.EMPTY);
                var report = Report.to(line.getOut(), line.getErr(), isJson)) {
            report.begin(words());
            for (var measure : chosen) {
                measure.make(effort).run(report);
                end.check();
            }
        }
        return 0;
    }

    /// The arguments that make this run again.
    private String words() {
        var words = new StringJoiner(" ", "parley bench ", "");
        spec.commandLine().getParent().getParseResult().originalArgs().forEach(words::add);
        return words + (words.toString().contains("--seed") ? "" : " --seed " + seed);
    }

    private Effort effort() {
        require(waiters >= 1, "--waiters: at least 1");
        require(wakeUps >= waiters, "--wake-ups: at least one for each of the " + waiters);
        require(seconds == UNSET || seconds >= 1, "--duration: at least 1 second");
        int comparison = seconds != UNSET ? seconds : isQuick ? QUICK_SECONDS : SECONDS;
        return new Effort(
                isQuick ? QUICK_ROUNDS : ROUNDS,
                Duration.ofSeconds(comparison),
                isQuick ? QUICK_WARM_UP_TRIPS : WARM_UP_TRIPS,
                waiters,
                wakeUps,
                Duration.ofSeconds(isQuick ? QUICK_IDLE_SECONDS : IDLE_SECONDS),
                ALLOCATION_CALLS,
                seed);
    }

    /// In the order of [#MEASURES].
    private List<Measure.Making> chosen() {
        var words = only.stream().flatMap(each -> Stream.of(each.split(",", -1))).toList();
        for (var word : words) {
            require(
                    MEASURES.containsKey(word),
                    "no measure '%s'; there are: %s"
                            .formatted(word, String.join(", ", MEASURES.keySet())));
        }
        return MEASURES.entrySet().stream()
                .filter(each -> words.isEmpty() || words.contains(each.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }
}
