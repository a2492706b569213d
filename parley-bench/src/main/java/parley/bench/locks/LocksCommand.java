package parley.bench.locks;

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

/// `parley bench locks`: what locks of several processes cost.
@Command(
        name = "locks",
        description = "what locks of several processes cost, free and wanted by two",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  parley bench locks --quick              everything, in a minute",
            "  parley bench locks --only free          beside the JDK's lock, in one JVM",
            "  parley bench locks --only hand-over     Java beside C, between two processes",
            "  parley bench locks --json               one JSON object per row",
            "",
            "What the rows mean: docs/benchmarking.md.",
            "Exit status 0 if everything was measured, whatever came out."
        })
public final class LocksCommand implements Callable<Integer> {
    private static final int QUICK_ROUNDS = 12;
    private static final int ROUNDS = 20;
    private static final int QUICK_SECONDS = 1;
    private static final int SECONDS = 8;
    private static final int QUICK_WARM_UP = 15_000;
    private static final int WARM_UP = 40_000;
    private static final int ALLOCATION_CALLS = 10_000;

    /// By the words of `--only`, in the order of the report.
    static final Map<String, Function<Effort, Measure>> MEASURES = measures();

    private static Map<String, Function<Effort, Measure>> measures() {
        var all = new LinkedHashMap<String, Function<Effort, Measure>>();
        all.put("free", FreeLocks::new);
        for (var contention : Contention.ALL) {
            all.put(contention.name(), effort -> new Contentions(contention, effort));
        }
        all.put("garbage", LockGarbage::new);
        return all;
    }

    @Mixin private RunOptions options;

    @Override
    public Integer call() throws Exception {
        var chosen = options.chosen(MEASURES);
        boolean isQuick = options.isQuick();
        var rounds =
                new Rounds(
                        isQuick ? QUICK_ROUNDS : ROUNDS,
                        Duration.ofSeconds(options.seconds(isQuick ? QUICK_SECONDS : SECONDS)),
                        isQuick ? QUICK_WARM_UP : WARM_UP,
                        options.seed());
        try (var end = OrderlyEnd.begin(SignalSet.EMPTY);
                var report = options.report()) {
            report.begin(options.words());
            for (var measure : chosen) {
                measure.apply(new Effort(rounds, ALLOCATION_CALLS)).run(report);
                end.check();
            }
        }
        return 0;
    }
}
