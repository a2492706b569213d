package parley.bench.channels;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import parley.bench.Placement;
import parley.bench.Rounds;
import parley.bench.RunOptions;
import parley.signal.SignalSet;
import parley.tool.OrderlyEnd;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `parley bench channels`: what goes through shared memory between processes, and how fast.
@Command(
        name = "channels",
        description = "channels in shared memory, against C, other libraries and the kernel's",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  parley bench channels --quick                  the most important, in a minute",
            "  parley bench channels --only round-trip        one of the measures",
            "  parley bench channels --only two-cpus          or one-cpu, unpinned",
            "  parley bench channels --only throughput,c-ring,aeron-claim",
            "  parley bench channels --json                   one JSON object per row",
            "",
            "What the rows mean: docs/benchmarking.md.",
            "Exit status 0 if everything was measured, whatever came out."
        })
public final class ChannelsCommand implements Callable<Integer> {
    private static final int QUICK_ROUNDS = 9;
    private static final int ROUNDS = 20;
    private static final int QUICK_SECONDS = 2;
    private static final int SECONDS = 20;
    private static final int QUICK_WARM_UP = 10_000;
    private static final int WARM_UP = 40_000;
    private static final List<Integer> QUICK_SIZES = List.of(64, 1024);
    private static final List<Integer> SIZES = List.of(64, 256, 1024, Cargo.BYTES_MAX);

    @Mixin private RunOptions options;

    @Override
    public Integer call() throws Exception {
        var placements = placements();
        var words =
                options.only(
                        Stream.of(
                                        Stream.of(Measure.values()).map(Measure::word),
                                        placements.keySet().stream(),
                                        Contestant.ALL.stream().map(Contestant::word))
                                .flatMap(each -> each)
                                .toList());
        var contestants = RunOptions.named(Contestant.ALL, Contestant::word, words);
        var all = new Channels(contestants, effort(words, placements), rounds());
        try (var _ = OrderlyEnd.begin(SignalSet.EMPTY);
                var report = options.report()) {
            report.begin(options.words());
            all.run(report);
        }
        return 0;
    }

    /// By their words, the default ones first.
    private static Map<String, Placement> placements() throws IOException {
        var all = new LinkedHashMap<String, Placement>();
        for (var placement : Placement.all()) {
            if (placement.isPinned()) {
                all.put(placement.isShared() ? "one-cpu" : "two-cpus", placement);
            }
        }
        all.put("unpinned", Placement.free());
        return all;
    }

    private Channels.Effort effort(List<String> words, Map<String, Placement> placements) {
        boolean isQuick = options.isQuick();
        var named = new ArrayList<>(placements.keySet());
        named.retainAll(words);
        var usual = new ArrayList<>(named.isEmpty() ? placements.keySet() : named);
        if (named.isEmpty() && usual.size() > 1) {
            usual.remove("unpinned");
        }
        var spinning = new ArrayList<>(usual);
        if (named.isEmpty() && isQuick && spinning.contains("two-cpus")) {
            spinning.remove("one-cpu");
        }
        return new Channels.Effort(
                RunOptions.named(List.of(Measure.values()), Measure::word, words),
                spinning.stream().map(placements::get).toList(),
                usual.stream().map(placements::get).toList(),
                isQuick ? QUICK_SIZES : SIZES,
                isQuick ? List.of(2) : List.of(1, 2, 4),
                isQuick ? List.of(1) : List.of(1, 2));
    }

    private Rounds rounds() {
        boolean isQuick = options.isQuick();
        return new Rounds(
                isQuick ? QUICK_ROUNDS : ROUNDS,
                Duration.ofSeconds(options.seconds(isQuick ? QUICK_SECONDS : SECONDS)),
                isQuick ? QUICK_WARM_UP : WARM_UP,
                options.seed());
    }
}
