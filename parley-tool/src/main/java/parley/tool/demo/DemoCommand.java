package parley.tool.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
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
            "MB/s counts the receiver's SHA-256, too. Exit status 0 only if every row is ok."
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
            split = ",",
            paramLabel = "MECHANISM",
            description = "only these, separated by commas")
    private List<String> only = List.of();

    @Override
    public Integer call() throws Exception {
        var mechanisms = chosen();
        if (file != null) {
            requireRegularFile(file);
        }
        var directory = Files.createTempDirectory("parley-demo-"); // mode 0700
        try (var _ = new AtExit(() -> remove(directory))) {
            var source = file == null ? generate(directory) : file;
            try (var content = FileChannel.open(source, StandardOpenOption.READ)) {
                return run(mechanisms, content, directory);
            }
        }
    }

    private int run(List<Mechanism> mechanisms, FileChannel content, Path directory)
            throws Exception {
        var stem = "parley-demo-" + UUID.randomUUID();
        var workplace = new Workplace(directory, stem, new AtomicInteger());
        boolean isAllWell = true;
        try (var demonstration = new Demonstration(content, workplace);
                var _ = new AtExit(demonstration::close)) {
            var report = Report.to(out(), spec.commandLine().getErr(), isJson);
            report.begin();
            for (var mechanism : mechanisms) {
                var progress = report.progress(mechanism.name(), content.size());
                var row = demonstration.run(mechanism, progress);
                report.row(row);
                isAllWell &= row.status() == Row.Status.OK;
            }
        }
        return isAllWell ? 0 : 1;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private List<Mechanism> chosen() {
        if (only.isEmpty()) {
            return Mechanism.ALL;
        }
        var chosen = new ArrayList<Mechanism>();
        for (var name : only) {
            var names = Mechanism.ALL.stream().map(Mechanism::name).toList();
            chosen.add(
                    Mechanism.named(name)
                            .orElseThrow(() ->
                                    usage(
                                            "no mechanism '%s'; there are: %s"
                                                    .formatted(name, String.join(", ", names)))));
        }
        return chosen;
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
    private static Path generate(Path directory) throws IOException {
        var bytes = new byte[GENERATED_BYTES];
        new SplittableRandom().nextBytes(bytes);
        var path = directory.resolve("content");
        try (var channel =
                FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (var rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
                int _ = channel.write(rest);
            }
        }
        return path;
    }

    private static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (var paths = Files.walk(directory)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
