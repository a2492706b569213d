package parley.bench.locks;

import java.util.ArrayList;
import java.util.List;
import parley.bench.CProgram;
import parley.bench.Measure;
import parley.bench.Partner;
import parley.bench.Placement;
import parley.bench.Report;
import parley.bench.Row;
import parley.bench.trips.ProcessPair;
import parley.bench.trips.Turns;
import parley.tool.demo.Closing;

/// One lock and two processes that want it: two JVMs beside two processes in C.
record Contentions(Contention contention, Effort effort) implements Measure {
    private static final String SUBJECT = "mutex";

    @Override
    public void run(Report report) throws Exception {
        try (var end = new Closing()) {
            report.progress("compiling " + Turns.PROGRAM);
            var program = CProgram.compile(Turns.class, Turns.PROGRAM, end);
            var rounds = contention.isOfMany() ? effort.roundsOfMany() : effort.rounds();
            var turns = new Turns(rounds);
            for (var placement : Placement.all()) {
                report.progress(contention.name() + ", " + placement.name());
                for (var result : results(turns, program, placement)) {
                    var times = contention.isOfMany() ? " " + Effort.TIMES + " times" : "";
                    report.row(
                            new Row(contention.name(), SUBJECT + times, placement.name(), result));
                }
            }
        }
    }

    private List<Row.Result> results(Turns turns, CProgram program, Placement placement)
            throws Exception {
        var words = Partner.java(LockProcess.class);
        words.add(contention.name());
        try (var pair = new ProcessPair(words, Contention::offerRegion, placement)) {
            var ours = side(pair);
            var results = new ArrayList<Row.Result>();
            for (var rival : Contention.RIVALS) {
                results.add(against(rival, turns, ours, program, placement));
            }
            return results;
        }
    }

    private Row.Result against(
            Contention.Rival rival,
            Turns turns,
            Turns.Side ours,
            CProgram program,
            Placement placement)
            throws Exception {
        var path = program.path();
        if (path.isEmpty()) {
            return new Row.Alone(rival.title(), turns.alone(ours), program.reason());
        }
        var words = List.of(path.get(), contention.name() + "-" + rival.name());
        try (var theirs = new ProcessPair(words, Contention::offerMemory, placement)) {
            return turns.compare(ours, rival.title(), side(theirs), rival.goal());
        }
    }

    private Turns.Side side(ProcessPair pair) {
        return contention.isOfMany() ? pair.mean() : pair;
    }
}
