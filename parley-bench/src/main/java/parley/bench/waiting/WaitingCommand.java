package parley.bench.waiting;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import parley.bench.Measure;
import parley.bench.Rounds;
import parley.bench.RunOptions;
import parley.signal.SignalSet;
import parley.tool.OrderlyEnd;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

    /// By the words of `--only`, in the order of the report.
    private static final Map<String, Function<Effort, Measure>> MEASURES = measures();

    private static Map<String, Function<Effort, Measure>> measures() {
        var all = new LinkedHashMap<String, Function<Effort, Measure>>();
        all.put("round-trip", RoundTrips::new);
        all.put("virtual", VirtualTrips::new);
        all.put("crowd", Crowds::new);
        all.put("garbage", Garbage::new);
        return all;
    }

    @Mixin private RunOptions options;

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
        var chosen = options.chosen(MEASURES);
        try (var end = OrderlyEnd.begin(SignalSet.EMPTY);
                var report = options.report()) {
            report.begin(options.words());
            for (var measure : chosen) {
                measure.apply(effort).run(report);
                end.check();
            }
        }
        return 0;
    }

    private Effort effort() {
        options.require(waiters >= 1, "--waiters: at least 1");
        options.require(wakeUps >= waiters, "--wake-ups: at least one for each of the " + waiters);
        boolean isQuick = options.isQuick();
        var rounds =
                new Rounds(
                        isQuick ? QUICK_ROUNDS : ROUNDS,
                        Duration.ofSeconds(options.seconds(isQuick ? QUICK_SECONDS : SECONDS)),
                        isQuick ? QUICK_WARM_UP_TRIPS : WARM_UP_TRIPS,
                        options.seed());
        return new Effort(
                rounds,
                waiters,
                wakeUps,
                Duration.ofSeconds(isQuick ? QUICK_IDLE_SECONDS : IDLE_SECONDS),
                ALLOCATION_CALLS);
    }
}
