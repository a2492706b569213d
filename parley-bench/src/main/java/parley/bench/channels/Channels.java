package parley.bench.channels;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import parley.bench.CProgram;
import parley.bench.Placement;
import parley.bench.Report;
import parley.bench.Rounds;
import parley.bench.Row;
import parley.tool.demo.Closing;

/// Channels between processes: those that were chosen, in all measures in which they take part.
record Channels(List<Contestant> contestants, Effort effort, Rounds rounds) {
    /// How much is measured.
    ///
    /// @param placements of those who spin
    /// @param placementsAsleep of those who sleep
    /// @param sizes of messages
    /// @param senders how many to one receiver
    /// @param subscribers how many there are of one sender
    record Effort(
            List<Measure> measures,
            List<Placement> placements,
            List<Placement> placementsAsleep,
            List<Integer> sizes,
            List<Integer> senders,
            List<Integer> subscribers) {}

    private static final int SMALLEST = 64; // bytes

    /// Measures, and reports a row for each who takes part.
    void run(Report report) throws Exception {
        try (var end = new Closing()) {
            report.progress("compiling channels.c");
            var options = List.of("-O3", "-march=native"); // memory copies are what it does most
            var program = CProgram.compile(Channels.class, "channels.c", options, end);
            for (var contestant : contestants) {
                var reason = contestant.missing(program);
                if (reason.isPresent()) {
                    var missing = new Row.Missing(reason.get());
                    report.row(new Row("channels", contestant.name(), "anywhere", missing));
                }
            }
            for (var cells : cells()) {
                run(cells, program, report);
            }
        }
    }

    /// All cells, in lists that the same processes can go through.
    private List<List<Cell>> cells() {
        var all = new ArrayList<List<Cell>>();
        for (var placement : effort.placements()) {
            var pairs = new ArrayList<Cell>();
            pairs.add(new Cell(Measure.ROUND_TRIP, SMALLEST, 1, 1, placement));
            for (int size : effort.sizes()) {
                pairs.add(new Cell(Measure.THROUGHPUT, size, 1, 1, placement));
            }
            all.add(pairs);
        }
        for (var placement : effort.placementsAsleep()) {
            all.add(List.of(new Cell(Measure.ASLEEP, SMALLEST, 1, 1, placement)));
        }
        for (var placement : effort.placements()) {
            for (int senders : effort.senders()) {
                all.add(List.of(new Cell(Measure.SENDERS, SMALLEST, senders, 1, placement)));
            }
            // On one processor a sender that never waits sends until its time slice is over.
            var subscribers = placement.isShared() ? List.<Integer>of() : effort.subscribers();
            for (int receivers : subscribers) {
                all.add(List.of(new Cell(Measure.BROADCAST, SMALLEST, 1, receivers, placement)));
            }
        }
        all.replaceAll(cells ->
                cells.stream().filter(cell -> effort.measures().contains(cell.measure())).toList());
        all.removeIf(List::isEmpty);
        return all;
    }

    private void run(List<Cell> cells, CProgram program, Report report) throws Exception {
        var first = cells.getFirst();
        report.progress("starting, " + first.setting());
        try (var end = new Closing()) {
            var teams = new ArrayList<Team>();
            for (var contestant : contestants) {
                boolean takesPart =
                        cells.stream()
                                .anyMatch(cell -> contestant.measures().contains(cell.measure()));
                if (takesPart && contestant.missing(program).isEmpty()) {
                    teams.add(end.add(new Team(contestant, crew(contestant, program, first))));
                }
            }
            var bracket = end.add(bracket(program, first.placement()));
            for (var cell : cells) {
                var those =
                        teams.stream()
                                .filter(t -> t.contestant().measures().contains(cell.measure()))
                                .toList();
                if (!those.isEmpty()) {
                    new Contest(cell, those, bracket, rounds, report).run();
                }
            }
        }
    }

    private static Crew crew(Contestant contestant, CProgram program, Cell cell) throws Exception {
        return new Crew(contestant, program, cell.placement(), cell.senders(), cell.receivers());
    }

    private static Bracket bracket(CProgram program, Placement placement) throws Exception {
        var line = Contestant.ALL.getFirst();
        return line.missing(program).isPresent()
                ? new Bracket(Optional.empty())
                : new Bracket(Optional.of(new Crew(line, program, placement, 1, 1)));
    }
}
