package parley.bench;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options that all benchmarks have.
public final class RunOptions {
    private static final int UNSET = -1;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-J", "--json"},
            description = "one JSON object per row")
    private boolean isJson;

    @Option(names = "--quick", description = "in a fraction of the time, with more noise")
    private boolean isQuick;

    @Option(
            names = "--only",
            paramLabel = "WORD",
            description = "measure only these, separated by commas; a wrong word tells them all")
    private List<String> only = List.of();

    @Option(
            names = "--duration",
            paramLabel = "SECONDS",
            description = "for the rounds of one comparison; default: quick 1, else more")
    private int seconds = UNSET;

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            description = "decides who goes first; default: ${DEFAULT-VALUE}")
    private long seed = 1;

    /// Shall it be over soon?
    public boolean isQuick() {
        return isQuick;
    }

    /// What chooses the order.
    public long seed() {
        return seed;
    }

    /// How long all rounds of one comparison take together.
    ///
    /// @param otherwise if nothing was said
    public int seconds(int otherwise) {
        require(seconds == UNSET || seconds >= 1, "--duration: at least 1 second");
        return seconds == UNSET ? otherwise : seconds;
    }

    /// Where the rows go.
    public Report report() {
        var line = spec.commandLine();
        return Report.to(line.getOut(), line.getErr(), isJson);
    }

    /// The arguments that make this run again.
    public String words() {
        var words = new StringJoiner(" ", "parley bench ", "");
        spec.commandLine().getParent().getParseResult().originalArgs().forEach(words::add);
        return words + (words.toString().contains("--seed") ? "" : " --seed " + seed);
    }

    /// The words of `--only`.
    ///
    /// @param all those that there are
    public List<String> only(Collection<String> all) {
        var words = only.stream().flatMap(each -> Stream.of(each.split(",", -1))).toList();
        for (var word : words) {
            require(
                    all.contains(word),
                    "no measure '%s'; there are: %s".formatted(word, String.join(", ", all)));
        }
        return words;
    }

    /// What `--only` picks; all if it says nothing.
    ///
    /// @param all by their words, in the order in which they are measured
    public <T> List<T> chosen(Map<String, T> all) {
        var words = only(all.keySet());
        return all.entrySet().stream()
                .filter(each -> words.isEmpty() || words.contains(each.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    /// Those of a kind that were named; all of it if none was.
    ///
    /// @param words of several kinds, from [#only]
    public static <T> List<T> named(List<T> all, Function<T, String> word, List<String> words) {
        var named = all.stream().filter(each -> words.contains(word.apply(each))).toList();
        return named.isEmpty() ? all : named;
    }

    /// Refuses an argument.
    public void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }
}
