package parley.bench.transports;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import parley.bench.Rounds;
import parley.bench.RunOptions;
import parley.signal.SignalSet;
import parley.tool.OrderlyEnd;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `parley bench transports`: how much goes through, and how long there and back takes.
@Command(
        name = "transports",
        description = "throughput and round trips of all transports, against C and other Java",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  parley bench transports --quick                   everything, in six minutes",
            "  parley bench transports --only tcp,udp            these transports",
            "  parley bench transports --only msg,mq,sem,psem,memory",
            "  parley bench transports --only unix,throughput    one of two measures",
            "  parley bench transports --json                    one JSON object per row",
            "",
            "What the rows mean: docs/benchmarking.md.",
            "Exit status 0 if everything was measured, whatever came out."
        })
public final class TransportsCommand implements Callable<Integer> {
    private static final int QUICK_ROUNDS = 12;
    private static final int ROUNDS = 20;
    private static final int QUICK_SECONDS = 1;
    private static final int SECONDS = 4;
    private static final int QUICK_WARM_UP = 10_000;
    private static final int WARM_UP = 20_000;

    @Mixin private RunOptions options;

    @Override
    public Integer call() throws Exception {
        var words = options.only(words());
        var transports = RunOptions.named(List.of(Transport.values()), Transport::word, words);
        var measures = RunOptions.named(List.of(Measure.values()), Measure::word, words);
        var all = new Transports(transports, measures, rounds());
        try (var _ = OrderlyEnd.begin(SignalSet.EMPTY);
                var report = options.report()) {
            report.begin(options.words());
            all.run(report);
        }
        return 0;
    }

    private static List<String> words() {
        return Stream.concat(
                        Stream.of(Transport.values()).map(Transport::word),
                        Stream.of(Measure.values()).map(Measure::word))
                .toList();
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
