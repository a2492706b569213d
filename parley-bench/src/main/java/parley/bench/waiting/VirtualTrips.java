package parley.bench.waiting;

import java.nio.channels.Pipe;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import parley.bench.Measure;
import parley.bench.Report;
import parley.bench.Row;
import parley.bench.trips.Ends;
import parley.bench.trips.Turns;
import parley.tool.demo.Closing;

/// Round trips between two threads of this JVM, of which one at least is virtual: Parley's beside
/// those of the JDK.
record VirtualTrips(Effort effort) implements Measure {
    private static final String NAME = "virtual";
    private static final OptionalDouble GOAL = OptionalDouble.of(1.0);

    /// What threads of two kinds do to each other.
    private record Kinds(String name, ThreadFactory trips, ThreadFactory echo) {}

    private static final ThreadFactory VIRTUAL = Thread.ofVirtual().factory();
    private static final List<Kinds> KINDS =
            List.of(
                    new Kinds("both virtual", VIRTUAL, VIRTUAL),
                    new Kinds("virtual, platf.", VIRTUAL, Thread.ofPlatform().factory()));

    /// Something of Parley's and what the JDK has for it.
    private record Contest(String subject, Ends.Making ours, Ends.Making theirs) {}

    private static final List<Contest> CONTESTS =
            List.of(new Contest("pipe", VirtualTrips::pipes, VirtualTrips::pipesOfTheJdk));

    private static Ends pipes(Closing end) throws Exception {
        var there = end.add(parley.pipe.Pipe.create());
        var back = end.add(parley.pipe.Pipe.create());
        return new Ends(
                new Links.Stream(back.source(), there.sink()),
                new Links.Stream(there.source(), back.sink()));
    }

    private static Ends pipesOfTheJdk(Closing end) throws Exception {
        var there = pipeOfTheJdk(end);
        var back = pipeOfTheJdk(end);
        return new Ends(
                new Links.Channels(back.source(), there.sink()),
                new Links.Channels(there.source(), back.sink()));
    }

    private static Pipe pipeOfTheJdk(Closing end) throws Exception {
        var pipe = Pipe.open();
        end.add(pipe.source());
        end.add(pipe.sink());
        return pipe;
    }

    @Override
    public void run(Report report) throws Exception {
        var turns = new Turns(effort.rounds());
        for (var contest : CONTESTS) {
            for (var kinds : KINDS) {
                report.progress(NAME + " " + contest.subject() + ", " + kinds.name());
                try (var end = new Closing()) {
                    var ours = side(kinds, contest.ours().make(end));
                    var theirs = side(kinds, contest.theirs().make(end));
                    var result = turns.compare(ours, "JDK", theirs, GOAL);
                    report.row(new Row(NAME, contest.subject(), kinds.name(), result));
                }
            }
        }
    }

    /// Two threads for every round, the same ends for all.
    private static Turns.Side side(Kinds kinds, Ends ends) {
        return count -> {
            var echo =
                    new FutureTask<Void>(() -> {
                        ends.echo().echo(count);
                        return null;
                    });
            var trips = new FutureTask<>(() -> ends.trips().trips(count));
            kinds.echo().newThread(echo).start();
            kinds.trips().newThread(trips).start();
            var _ = echo.get();
            return trips.get();
        };
    }
}
