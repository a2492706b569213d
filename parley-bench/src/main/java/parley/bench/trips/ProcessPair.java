package parley.bench.trips;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import parley.bench.Partner;
import parley.bench.Placement;
import parley.bench.Respondent;
import parley.pipe.Pipe;
import parley.process.ChildProcess;
import parley.tool.demo.Closing;

/// Two processes that make round trips between each other: two JVMs, or twice the program in C.
public final class ProcessPair implements AutoCloseable, Turns.Side {
    private final Closing end = new Closing();
    private final Respondent trips;

    /// @param program the words that start a side; its role and those of its offer follow
    /// @throws IOException if a process cannot be started
    public ProcessPair(List<String> program, Offer.Making making, Placement placement)
            throws Exception {
        boolean isStarted = false;
        try {
            var offer = making.offer(end);
            var life = end.add(Pipe.create());
            var prefix = new ArrayList<>(placement.echo());
            prefix.addAll(program);
            var echo = start(prefix, TripProcess.ECHO, offer.echo(), life);
            prefix = new ArrayList<>(placement.trips());
            prefix.addAll(program);
            trips = new Respondent(start(prefix, TripProcess.TRIPS, offer.trips(), life));
            // The other one would wait for it for ever.
            var _ = echo.onExit().thenRun(() -> Partner.kill(trips.child()));
            isStarted = true;
        } finally {
            if (!isStarted) {
                end.close();
            }
        }
    }

    private ChildProcess start(List<String> program, String role, Offer.Side side, Pipe life)
            throws Exception {
        var command = new ArrayList<>(program);
        command.add(role);
        command.addAll(side.words());
        return Partner.start(command, side.descriptors(), life, end);
    }

    @Override
    public long[] trips(int count) throws Exception {
        return trips.ask(Integer.toString(count), count);
    }

    @Override
    public void close() throws IOException {
        end.close();
    }
}
