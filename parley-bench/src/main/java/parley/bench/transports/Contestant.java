package parley.bench.transports;

import java.io.IOException;
import java.util.Arrays;
import parley.bench.Latency;
import parley.bench.RatioOfMedians;
import parley.bench.Row;

/// One who takes part: Parley or a rival, with what it has shown at the present measure.
final class Contestant implements AutoCloseable {
    private final String name;
    private final Pair pair;
    private double[] rounds = {};
    private Latency.Recorder recorder = new Latency.Recorder();
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
    void begin(int count) {
        rounds = new double[count];
        recorder = new Latency.Recorder();
        bytesAllocated = Double.MAX_VALUE;
    }

    void trips(int round, int count) throws Exception {
        rounds[round] = recorder.add(pair.trips(count));
    }

    void flood(int round, int count, int window) throws Exception {
        var flood = pair.flood(count, window);
        rounds[round] = (double) flood.nanos() / count;
        bytesAllocated = Math.min(bytesAllocated, (double) flood.bytesAllocated() / count);
    }

    /// Of each message, in the round with the least.
    double bytesAllocated() {
        return bytesAllocated;
    }

    Latency latency() {
        return recorder.latency();
    }

    Row.Rate rate(int bytes) {
        var sorted = rounds.clone();
        Arrays.sort(sorted);
        return new Row.Rate(sorted[sorted.length / 2], bytes);
    }

    RatioOfMedians ratioTo(Contestant rival) {
        return RatioOfMedians.of(rounds, rival.rounds);
    }

    @Override
    public void close() throws IOException {
        pair.close();
    }
}
