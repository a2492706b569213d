package parley.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import parley.pipe.PipeSource;

/// What tests need of children and of this process.
final class Children {
    private Children() {}

    static String readAll(PipeSource source) throws IOException {
        return new String(source.inputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    static Spawn shell(String script) {
        return Spawn.command("sh", "-c", script);
    }

    /// A child that runs until its standard input ends.
    static ChildProcess waiting() throws Exception {
        return Spawn.command("cat").stdin(Redirect.pipe()).stdout(Redirect.nothing()).start();
    }

    /// Children of this process that have ended and that nobody has waited for.
    static List<Long> zombies() throws IOException {
        var zombies = new ArrayList<Long>();
        for (var child : ProcessHandle.current().children().toList()) {
            var stat = ProcessStat.of(child.pid());
            if (stat.isPresent() && stat.get().state() == 'Z') {
                zombies.add(child.pid());
            }
        }
        return zombies;
    }

    /// Runs something twice, the first time to load what it needs, and compares the descriptors.
    static void assertNoDescriptorIsLeft(Action action) throws Exception {
        action.run();
        int before = descriptors();
        action.run();
        assertEquals(before, descriptors());
    }

    /// How many descriptors this process has open, once that of the last child is closed: the
    /// thread that watches a child that was killed lets go of it a little later.
    private static int descriptors() throws IOException {
        while (true) {
            var open = links();
            if (open.stream().noneMatch(link -> link.contains("pidfd"))) {
                return open.size();
            }
            Thread.onSpinWait();
        }
    }

    private static List<String> links() throws IOException {
        var links = new ArrayList<String>();
        try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fd"))) {
            for (var number : numbers.toList()) {
                try {
                    links.add(Files.readSymbolicLink(number).toString());
                } catch (NoSuchFileException _) {
                    // the one by which the folder was listed
                }
            }
        }
        return links;
    }

    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }
}
