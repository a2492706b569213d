package parley.bench;

import java.io.IOException;
import java.util.List;

/// On which processors the two processes of a pair run: all pairs, Java's and C's, alike.
///
/// @param name as the report has it
/// @param trips the words before the command of the process that makes the trips
/// @param echo those of the other one
public record Placement(String name, List<String> trips, List<String> echo) {
    /// Those that this machine has.
    public static List<Placement> all() throws IOException {
        var processors = Machine.processors();
        if (!Machine.has("taskset")) {
            return List.of(new Placement("not pinned", List.of(), List.of()));
        }
        int first = processors.getFirst();
        var both = new Placement("both on cpu " + first, pin(first), pin(first));
        if (processors.size() == 1) {
            return List.of(both);
        }
        int second = processors.get(1);
        return List.of(
                both,
                new Placement("cpu %d, cpu %d".formatted(first, second), pin(first), pin(second)));
    }

    private static List<String> pin(int processor) {
        return List.of("taskset", "-c", Integer.toString(processor));
    }
}
