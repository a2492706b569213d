package parley.bench.waiting;

import java.util.List;
import parley.bench.trips.TripProcess;

/// One side of round trips, started with the name of its mechanism.
public final class WaitingProcess {
    private WaitingProcess() {}

    static void main(String[] args) throws Exception {
        var words = List.of(args);
        var mechanism = Mechanism.named(words.getFirst());
        TripProcess.run(words.subList(1, words.size()), mechanism.join());
    }
}
