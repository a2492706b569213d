package parley.bench.waiting;

import java.util.List;
import java.util.OptionalDouble;
import parley.bench.CProgram;
import parley.bench.Measure;
import parley.bench.Partner;
import parley.bench.Placement;
import parley.bench.Report;
import parley.bench.Row;
import parley.bench.trips.ProcessPair;
import parley.bench.trips.Turns;
import parley.tool.demo.Closing;

/// Round trips between two processes, of two JVMs beside those of two processes in C: what a
/// platform thread pays to wait.
record RoundTrips(Effort effort) implements Measure {
    private static final String NAME = "round-trip";

    @Override
    public void run(Report report) throws Exception {
        try (var end = new Closing()) {
            report.progress("compiling " + Turns.PROGRAM);
            var program = CProgram.compile(Turns.class, Turns.PROGRAM, end);
            var turns = new Turns(effort.rounds());
            for (var placement : Placement.all()) {
                for (var mechanism : Mechanism.ALL) {
                    report.progress(NAME + " " + mechanism.name() + ", " + placement.name());
                    var result = measure(turns, program, mechanism, placement);
                    report.row(new Row(NAME, mechanism.name(), placement.name(), result));
                }
            }
        }
    }

    private static Row.Result measure(
            Turns turns, CProgram program, Mechanism mechanism, Placement placement)
            throws Exception {
        var words = Partner.java(WaitingProcess.class);
        words.add(mechanism.name());
        try (var ours = new ProcessPair(words, mechanism.offer(), placement)) {
            var path = program.path();
            if (path.isEmpty()) {
                return new Row.Alone("C", turns.alone(ours), program.reason());
            }
            words = List.of(path.get(), mechanism.name());
            try (var theirs = new ProcessPair(words, mechanism.offer(), placement)) {
                var goal = OptionalDouble.of(mechanism.goal());
                return turns.compare(ours, "C", theirs, goal);
            }
        }
    }
}
