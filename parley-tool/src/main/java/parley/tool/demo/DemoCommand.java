package parley.tool.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import parley.signal.SignalSet;
import parley.tool.OrderlyEnd;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley demo`: two processes talk over every mechanism, and every byte is checked.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley demo                     an 8 MiB file of random bytes, every mechanism",
            "  parley demo README.md           your file",
            "  parley demo --only fifo,mq      some of them",
            "  parley demo --json              one JSON object per mechanism, as it finishes",
            "",
            "MB/s: millions of bytes a second, until the receiver has the SHA-256 of all: no",
            "mechanism can seem faster than that. p50, p99: until a message of 64 bytes has come",
            "back, in 5,000 rounds, which are made before the file is sent.",
            "Exit status 0 only if every row is ok."
        })
public final class DemoCommand implements Callable<Integer> {
    private static final int GENERATED_BYTES = 8 << 20;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "what to carry; default: 8 MiB of random bytes")
    private @Nullable Path file;

    @Option(
            names = {"-J", "--json"},
            description = "one JSON object per mechanism")
    private boolean isJson;

    @Option(
            names = "--only",
            paramLabel = "MECHANISM",
            description = "only these, separated by commas")
    private List<String> only = List.of();

    @Override
    public Integer call() throws Exception {
        var mechanisms = chosen();
        if (file != null) {
            requireRegularFile(file);
        }
        try (var end = OrderlyEnd.begin(SignalSet.EMPTY);
                var workplace = Workplace.create()) {
            var content = Content.of(file == null ? generate(workplace) : file);
            return run(mechanisms, content, workplace, end);
        }
    }

    private int run(
            List<Mechanism> mechanisms, Content content, Workplace workplace, OrderlyEnd end)
            throws Exception {
        boolean isAllWell = true;
        try (var demonstration = new Demonstration(content, workplace);
                var report = Report.to(out(), spec.commandLine().getErr(), isJson)) {
            report.begin();
            for (var mechanism : mechanisms) {
                end.check();
                var progress = report.progress(mechanism.name(), content.bytes());
                var row = demonstration.run(mechanism, progress);
                end.check(); // or it would tell that the second process was told to end, too
                report.row(row);
                isAllWell &= row.status() == Row.Status.OK;
            }
        }
        return isAllWell ? 0 : 1;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /// In the order of their first mention, each once.
    private List<Mechanism> chosen() {
        if (only.isEmpty()) {
            return Mechanism.ALL;
        }
        return only.stream()
                .flatMap(words -> Stream.of(words.split(",", -1)))
                .map(String::strip)
                .map(this::named)
                .distinct()
                .toList();
    }

    private Mechanism named(String name) {
        return Mechanism.named(name)
                .orElseThrow(() -> {
                    var all = Mechanism.ALL.stream().map(Mechanism::name);
                    return usage(
                            "no mechanism '%s'; there are: %s"
                                    .formatted(name, all.collect(Collectors.joining(", "))));
                });
    }

    private void requireRegularFile(Path path) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw usage(
                    path
                            + (Files.isDirectory(path)
                                    ? " is a directory; name a file"
                                    : " is not a regular file"));
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /// Bytes that do not repeat, so that a piece that is lost, doubled or swapped is noticed.
    private static Path generate(Workplace workplace) throws IOException {
        var bytes = new byte[GENERATED_BYTES];
        new SplittableRandom().nextBytes(bytes);
        return Files.write(workplace.path(), bytes, StandardOpenOption.CREATE_NEW);
    }
}
