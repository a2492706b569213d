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
            return List.of(free());
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

    /// Wherever the kernel puts them.
    public static Placement free() {
        return new Placement("not pinned", List.of(), List.of());
    }

    /// The words before the command of a process that shall not disturb them: a third processor's,
    /// if there is one.
    public static List<String> elsewhere() throws IOException {
        var processors = Machine.processors();
        boolean hasOne = processors.size() > 2 && Machine.has("taskset");
        return hasOne ? pin(processors.get(2)) : List.of();
    }

    /// Does each have its processor?
    public boolean isPinned() {
        return !trips.isEmpty();
    }

    /// Do they share one processor?
    public boolean isShared() {
        return isPinned() && trips.equals(echo);
    }

    private static List<String> pin(int processor) {
        return List.of("taskset", "-c", Integer.toString(processor));
    }
}
