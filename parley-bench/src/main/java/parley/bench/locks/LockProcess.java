package parley.bench.locks;

import java.util.List;
import parley.bench.Partner;
import parley.bench.trips.TripProcess;

/// One side of two that want the same lock, started with the name of the way they do.
public final class LockProcess {
    private LockProcess() {}

    static void main(String[] args) throws Exception {
        var words = List.of(args);
        var contention = Contention.named(words.getFirst());
        TripProcess.run(
                words.subList(1, words.size()), rest -> contention.join(Partner.given(0), rest));
    }
}
