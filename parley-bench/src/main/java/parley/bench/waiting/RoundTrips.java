package parley.bench.waiting;

import java.nio.file.Files;
import java.util.List;
import java.util.SplittableRandom;
import parley.bench.CProgram;
import parley.bench.Partner;
import parley.bench.Placement;
import parley.bench.Report;
import parley.bench.Row;
import parley.tool.demo.Closing;

/// Round trips between two processes, of two JVMs beside those of two processes in C: what a
/// platform thread pays to wait.
record RoundTrips(Effort effort) implements Measure {
    private static final String NAME = "round-trip";

    @Override
    public void run(Report report) throws Exception {
        try (var end = new Closing()) {
            var directory = Files.createTempDirectory("parley-bench-");
            end.add(() -> Files.delete(directory));
            report.progress("compiling trips.c");
            run(CProgram.compile(RoundTrips.class, "trips.c", directory, end), report);
        }
    }

    private void run(CProgram program, Report report) throws Exception {
        var turns = new Turns(effort, new SplittableRandom(effort.seed()));
        for (var placement : Placement.all()) {
            for (var mechanism : Mechanism.ALL) {
                report.progress(NAME + " " + mechanism.name() + ", " + placement.name());
                var result = measure(turns, program, mechanism, placement);
                report.row(new Row(NAME, mechanism.name(), placement.name(), result));
            }
        }
    }

    private static Row.Result measure(
            Turns turns, CProgram program, Mechanism mechanism, Placement placement)
            throws Exception {
        try (var ours = new ProcessPair(Partner.java(TripProcess.class), mechanism, placement)) {
            var path = program.path();
            if (path.isEmpty()) {
                return new Row.Alone("C", turns.alone(ours), program.reason());
            }
            try (var theirs = new ProcessPair(List.of(path.get()), mechanism, placement)) {
                return turns.compare(ours, "C", theirs, mechanism.goal());
            }
        }
    }
}
