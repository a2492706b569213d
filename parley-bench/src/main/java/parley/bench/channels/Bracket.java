package parley.bench.channels;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Trips of a cache line, in C, right before and after each round: what this machine gives just
/// now. A round counts only if both are about equal.
final class Bracket implements AutoCloseable {
    private static final int TRIPS = 2000;
    private static final double RATIO_MAX = 1.25;

    private final Optional<Crew> line; // none without a compiler: then every round counts
    private final List<Double> nanos = new ArrayList<>();
    private double before;

    Bracket(Optional<Crew> line) {
        this.line = line;
    }

    /// Before the first round of a cell.
    void open(int bytes) throws Exception {
        nanos.clear();
        if (line.isPresent()) {
            line.get().open(bytes);
            double _ = measure();
        }
    }

    private double measure() throws Exception {
        if (line.isEmpty()) {
            return 1;
        }
        var trips = line.get().trips(TRIPS);
        Arrays.sort(trips);
        return trips[trips.length / 2];
    }

    /// Before a round.
    void begin() throws Exception {
        before = measure();
    }

    /// After it.
    ///
    /// @return whether it counts
    boolean end() throws Exception {
        double after = measure();
        boolean isEven = isEven(before, after);
        if (isEven) {
            nanos.add(before);
            nanos.add(after);
        }
        return isEven;
    }

    static boolean isEven(double before, double after) {
        return Math.max(before, after) <= RATIO_MAX * Math.min(before, after);
    }

    /// The brackets of the rounds that count, the shortest first; in nanoseconds a trip.
    List<Double> sorted() {
        var sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        return line.isEmpty() ? List.of() : sorted;
    }

    /// After the last round of a cell.
    void closeChannel() throws Exception {
        if (line.isPresent()) {
            line.get().closeChannel();
        }
    }

    @Override
    public void close() throws IOException {
        if (line.isPresent()) {
            line.get().close();
        }
    }
}
