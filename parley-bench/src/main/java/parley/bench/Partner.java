package parley.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.os.Fd;
import parley.pipe.Pipe;
import parley.pipe.PipeSource;
import parley.process.ChildProcess;
import parley.process.Redirect;
import parley.process.Spawn;
import parley.tool.demo.Closing;

/// A process that the benchmark starts: a JVM, or a program in C. It ends with the benchmark.
public final class Partner {
    /// The pipe that nobody writes; the programs in C have the same numbers.
    private static final int LIFE = 3;

    private static final int FIRST_DESCRIPTOR = 4;

    private Partner() {}

    /// Starts one, with standard input and output of pipes.
    ///
    /// @param descriptors given to it; [#given] has them there
    /// @param life ends with this process
    /// @param end kills it
    public static ChildProcess start(
            List<String> command, List<Fd> descriptors, Pipe life, Closing end) throws Exception {
        var spawn = Spawn.command(command).stdin(Redirect.pipe()).stdout(Redirect.pipe());
        var _ = spawn.give(LIFE, life.source().fd());
        for (int i = 0; i < descriptors.size(); i++) {
            var _ = spawn.give(FIRST_DESCRIPTOR + i, descriptors.get(i));
        }
        var child = end.add(spawn.start());
        end.add(() -> kill(child));
        return child;
    }

    /// Kills one, if it has not ended.
    public static void kill(ChildProcess child) {
        try {
            var _ = child.kill();
        } catch (IOException _) {
            // It has ended, or is about to: it finds the end of its life pipe.
        }
    }

    /// The words that start this JVM again, with the same options and another main class.
    public static List<String> java(Class<?> main) {
        return java(main, List.of());
    }

    /// The same with more options.
    public static List<String> java(Class<?> main, List<String> options) {
        var words = new ArrayList<String>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData"));
        words.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
        words.add(System.getProperty("java.class.path"));
        words.addAll(options);
        words.add(main.getName());
        return words;
    }

    /// In the started JVM: one of the descriptors that it was given.
    public static Fd given(int index) throws IOException {
        return Fd.adopt(FIRST_DESCRIPTOR + index);
    }

    /// In the started JVM: ends it when the one that started it ends.
    public static void endWithTheFirstProcess() throws IOException {
        var life = PipeSource.of(Fd.adopt(LIFE));
        Thread.ofPlatform().daemon().start(() -> endWith(life));
    }

    private static void endWith(PipeSource life) {
        try (var arena = Arena.ofConfined()) {
            int _ = life.read(arena.allocate(1)); // nothing ever comes but the end
        } catch (IOException _) {
            // That is an end, too.
        }
        Runtime.getRuntime().halt(0);
    }
}
