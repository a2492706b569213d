package parley.bench.waiting;

import java.time.Duration;

/// How much is measured.
///
/// @param rounds turns of each side in one comparison
/// @param comparison how long all rounds of one comparison take together, both sides
/// @param warmUpTrips round trips of each side that are not counted
/// @param waiters virtual threads that wait at the same time
/// @param wakeUps how many wake-ups are counted
/// @param idle for how long the use of the processor is watched
/// @param allocationCalls calls of which the garbage is measured, and at most how many times
/// @param seed what chooses who goes first, and who is woken first
record Effort(
        int rounds,
        Duration comparison,
        int warmUpTrips,
        int waiters,
        long wakeUps,
        Duration idle,
        int allocationCalls,
        long seed) {
    /// Trips in a round, when one takes so long.
    int tripsPerRound(double tripNanos) {
        double nanos = (double) comparison.toNanos() / (2 * rounds);
        return (int) Math.clamp(nanos / tripNanos, 1, 1 << 20);
    }
}
