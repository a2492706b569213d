package parley.bench.transports;

import java.io.IOException;
import parley.bench.Score;

/// One who takes part: Parley or a rival, with what it has shown at the present measure.
final class Contestant implements AutoCloseable {
    private final String name;
    private final Pair pair;
    private Score score = new Score();
    private double bytesAllocated; // for a message, in the round with the least

    Contestant(String name, Pair pair) {
        this.name = name;
        this.pair = pair;
    }

    String name() {
        return name;
    }

    Pair pair() {
        return pair;
    }

    /// Forgets what was measured.
    void begin() {
        score = new Score();
        bytesAllocated = Double.MAX_VALUE;
    }

    void trips(int count) throws Exception {
        score.add(pair.trips(count));
    }

    void flood(int count, int window) throws Exception {
        var flood = pair.flood(count, window);
        score.add((double) flood.nanos() / count);
        bytesAllocated = Math.min(bytesAllocated, (double) flood.bytesAllocated() / count);
    }

    /// Of each message, in the round with the least.
    double bytesAllocated() {
        return bytesAllocated;
    }

    Score score() {
        return score;
    }

    @Override
    public void close() throws IOException {
        pair.close();
    }
}
