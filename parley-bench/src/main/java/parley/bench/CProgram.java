package parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import parley.process.Spawn;
import parley.tool.demo.Closing;

/// A program in C that is compiled when it is needed.
///
/// @param path of the program; empty if there is none
/// @param reason why there is none
public record CProgram(Optional<String> path, String reason) {
    private static final String COMPILER = "cc";

    /// Compiles a resource with `cc -O2`.
    ///
    /// @param owner the class beside which the resource lies
    /// @param name `trips.c`
    /// @param end takes source and program away
    public static CProgram compile(Class<?> owner, String name, Closing end)
            throws IOException, InterruptedException {
        return compile(owner, name, List.of("-O2"), end);
    }

    /// The same with other options.
    public static CProgram compile(Class<?> owner, String name, List<String> options, Closing end)
            throws IOException, InterruptedException {
        if (!Machine.has(COMPILER)) {
            return missing("there is no C compiler (" + COMPILER + ") on the PATH");
        }
        var directory = Files.createTempDirectory("parley-bench-");
        end.add(() -> Files.delete(directory));
        var source = directory.resolve(name);
        try (var in = owner.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the jar");
            }
            Files.copy(in, source);
            end.add(() -> Files.delete(source));
        }
        var program = directory.resolve(name.replace(".c", ""));
        end.add(() -> Files.deleteIfExists(program));
        var words = new ArrayList<>(List.of(COMPILER));
        words.addAll(options);
        words.addAll(List.of("-o", program.toString(), source.toString(), "-lrt", "-pthread"));
        var compiling = Spawn.command(words).run();
        return compiling.isSuccess()
                ? new CProgram(Optional.of(program.toString()), "")
                : missing(COMPILER + ": " + compiling.errorsText().lines().findFirst().orElse(""));
    }

    static CProgram missing(String reason) {
        return new CProgram(Optional.empty(), reason);
    }
}
