package parley.bench.channels;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import parley.bench.Report;
import parley.bench.Rounds;
import parley.bench.Row;

/// A cell: all who take part in it, in alternating rounds between brackets.
record Contest(Cell cell, List<Team> teams, Bracket bracket, Rounds rounds, Report report) {
    private static final int DROPPED_BY_KEPT_MAX = 2;

    void run() throws Exception {
        report.progress(cell.measure().word() + ", " + cell.setting());
        double turnNanos = rounds.turnNanos(teams.size());
        for (var team : teams) {
            team.begin(cell, rounds, turnNanos);
        }
        bracket.open(cell.bytes());
        int kept = 0;
        int dropped = 0;
        var order = new ArrayList<>(teams);
        var random = new Random(rounds.seed());
        while (kept < rounds.count() && dropped <= DROPPED_BY_KEPT_MAX * rounds.count()) {
            Collections.shuffle(order, random);
            bracket.begin();
            for (var team : order) {
                team.take(cell);
            }
            if (bracket.end()) {
                teams.forEach(team -> team.keep(cell));
                kept++;
            } else {
                dropped++;
            }
        }
        for (var team : teams) {
            team.end();
        }
        bracket.closeChannel();
        if (kept == 0) {
            row("all", new Row.Missing("the machine changed during each of " + dropped));
        } else {
            teams.forEach(this::report);
        }
        reportConditions(dropped);
    }

    private void report(Team team) {
        var figures =
                cell.measure().isOfTrips()
                        ? team.score().latency()
                        : team.score().rate(cell.bytes());
        var standing = new Row.Standing(figures, team.bytesLeft(cell), comparisons(team));
        row(team.contestant().name(), standing);
    }

    /// With the reference, which is the first in C, and with ours where there is a goal.
    private List<Row.Against> comparisons(Team team) {
        var comparisons = new ArrayList<Row.Against>();
        var reference = teams.getFirst();
        if (reference.contestant().isInC() && team != reference) {
            comparisons.add(against(team, reference, OptionalDouble.empty()));
        }
        for (var ours : teams) {
            var goal =
                    Goals.of(
                            cell.measure(),
                            cell.bytes(),
                            ours.contestant().name(),
                            team.contestant().name());
            if (goal.isPresent()) {
                comparisons.add(against(ours, team, goal));
            }
        }
        return comparisons;
    }

    private static Row.Against against(Team subject, Team rival, OptionalDouble goal) {
        var ratio = subject.score().ratioTo(rival.score());
        return new Row.Against(subject.contestant().name(), rival.contestant().name(), ratio, goal);
    }

    private void reportConditions(int dropped) {
        var brackets = bracket.sorted();
        if (!brackets.isEmpty()) {
            amount("a cache line, least", brackets.getFirst(), "ns a trip");
            amount("a cache line, median", brackets.get(brackets.size() / 2), "ns a trip");
            amount("a cache line, most", brackets.getLast(), "ns a trip");
        }
        amount("dropped", dropped, "rounds");
        for (var team : teams) {
            if (team.contestant().isLossy()) {
                amount("lost by " + team.contestant().name(), team.lostPercent(), "%");
            }
        }
    }

    private void amount(String subject, double value, String unit) {
        row(subject, new Row.Amount(value, unit, OptionalDouble.empty()));
    }

    private void row(String subject, Row.Result result) {
        report.row(new Row(cell.measure().word(), subject, cell.setting(), result));
    }
}
