package parley.bench.channels;

import java.io.IOException;
import java.util.OptionalDouble;
import parley.bench.Rounds;
import parley.bench.Score;

/// A contestant with its processes, and what it has shown in the present cell.
final class Team implements AutoCloseable {
    private static final int TRIPS_MAX = 1 << 16;
    private static final int MESSAGES_MAX = 1 << 25;
    private static final int FIRST_COUNT = 64;

    private final Contestant contestant;
    private final Crew crew;
    private Score score = new Score();
    private long[] trips = {}; // of the last round, which perhaps counts
    private Crew.Flood flood = new Crew.Flood(0, 0, 0);
    private int count;
    private double bytesLeft; // by a message, in the round with the least
    private long lost;
    private long sent;

    Team(Contestant contestant, Crew crew) {
        this.contestant = contestant;
        this.crew = crew;
    }

    Contestant contestant() {
        return contestant;
    }

    Score score() {
        return score;
    }

    /// Of one message; empty in C, and for trips.
    OptionalDouble bytesLeft(Cell cell) {
        return contestant.isInC() || cell.measure().isOfTrips()
                ? OptionalDouble.empty()
                : OptionalDouble.of(Math.rint(bytesLeft));
    }

    /// Percent of the messages that should have come.
    double lostPercent() {
        return 100.0 * lost / Math.max(1, sent);
    }

    /// Opens a channel, and makes more and more trips or messages until a round is long enough.
    ///
    /// @param turnNanos how long a round shall take
    void begin(Cell cell, Rounds rounds, double turnNanos) throws Exception {
        score = new Score();
        bytesLeft = Double.MAX_VALUE;
        lost = 0;
        sent = 0;
        crew.open(cell.bytes());
        int max = cell.measure().isOfTrips() ? TRIPS_MAX : MESSAGES_MAX;
        long done = 0;
        count = FIRST_COUNT;
        while (true) {
            long start = System.nanoTime();
            take(cell);
            double nanos = System.nanoTime() - start;
            done += count;
            if (nanos >= turnNanos && done >= rounds.warmUp()) {
                count = (int) Math.clamp(count * turnNanos / nanos, 2, max);
                return;
            }
            count = nanos >= turnNanos ? count : Math.min(2 * count, max);
            if (count == max && done > 2L * max) {
                return;
            }
        }
    }

    /// Has its round.
    void take(Cell cell) throws Exception {
        if (cell.measure().isOfTrips()) {
            trips = crew.trips(count);
        } else {
            flood = crew.flood(count);
        }
    }

    /// The last round counts: nothing has disturbed it.
    void keep(Cell cell) {
        if (cell.measure().isOfTrips()) {
            score.add(trips);
        } else {
            long messages = (long) count * cell.senders();
            score.add(flood.nanos());
            bytesLeft = Math.min(bytesLeft, (double) flood.bytesAllocated() / messages);
            lost += flood.lost();
            sent += messages * cell.receivers();
        }
    }

    /// Closes the channel.
    void end() throws Exception {
        crew.closeChannel();
    }

    @Override
    public void close() throws IOException {
        crew.close();
    }
}
